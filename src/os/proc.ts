import { closeSync, openSync, readdirSync } from 'node:fs';
import { isErrno } from '../errors.ts';
import type { ProcessRef } from '../process-ref.ts';
import { hasEnded } from './has-ended.ts';
import { readWhole } from './read-whole.ts';
import type { ProcessFacts } from './system.ts';

// USER_HZ: the unit of times in /proc, 100 on every Linux that Node runs on. time(7).
const TICKS_PER_SECOND = 100;
const NANOSECONDS_PER_SECOND = 1e9;
const USUAL_PAGE_BYTES = 4096;
const AT_PAGESZ = 6n;
const BOOT_CLOCK = 'boottime ';

let knownBootId: string | undefined;
let knownBootOffset: number | undefined;
let knownPageBytes: number | undefined;

export function bootId(): string {
  knownBootId ??= readSystemFile('/proc/sys/kernel/random/boot_id').trim();
  return knownBootId;
}

/** What this process' time namespace adds to times since boot, as they stand in /proc, in ticks. */
function bootOffsetTicks(): number {
  knownBootOffset ??= parseBootOffset(readProcFile('self', 'timens_offsets') ?? '');
  return knownBootOffset;
}

/** In ticks, from /proc/self/timens_offsets: seconds and nanoseconds. Missing before Linux 5.6. time_namespaces(7) */
export function parseBootOffset(text: string): number {
  const words =
    text
      .split('\n')
      .find((line) => line.startsWith(BOOT_CLOCK))
      ?.split(' ') ?? [];
  const [seconds = 0, nanoseconds = 0] = words
    .filter((word) => word !== '')
    .slice(1)
    .map(Number);
  return (
    seconds * TICKS_PER_SECOND +
    Math.floor((nanoseconds * TICKS_PER_SECOND) / NANOSECONDS_PER_SECOND)
  );
}

/** The unit of memory in /proc: on arm64 a kernel is built for pages of 4, 16 or 64 KiB. */
function pageBytes(): number {
  knownPageBytes ??= process.arch === 'x64' ? USUAL_PAGE_BYTES : readPageBytes();
  return knownPageBytes;
}

function readPageBytes(): number {
  try {
    return parsePageBytes(readSystemFile('/proc/self/auxv'));
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'EACCES')) return USUAL_PAGE_BYTES; // shut after a change of the user
    throw error;
  }
}

/** Of /proc/self/auxv: pairs of 64-bit numbers. proc_pid_auxv(5), getauxval(3) */
export function parsePageBytes(auxv: string): number {
  const bytes = Buffer.from(auxv, 'latin1');
  for (let at = 0; at + 16 <= bytes.length; at += 16)
    if (bytes.readBigUInt64LE(at) === AT_PAGESZ) return Number(bytes.readBigUInt64LE(at + 8));
  return USUAL_PAGE_BYTES;
}

/** A file of /proc/PID; null when the process is gone. Other errors (EACCES) are thrown. */
export function readProcFile(pid: number | 'self', file: string): string | null {
  try {
    return readSystemFile(`/proc/${pid}/${file}`);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ESRCH')) return null;
    throw error;
  }
}

export function readSystemFile(path: string): string {
  const fd = openSync(path, 'r');
  try {
    return readWhole(fd, 'latin1');
  } finally {
    closeSync(fd);
  }
}

/** Parses /proc/PID/stat. The name in brackets may itself hold brackets, spaces and line ends. */
export function parseStat(text: string, uptimeSeconds: number, boot: string): ProcessFacts | null {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  const fields = text
    .slice(close + 2)
    .trim()
    .split(' ');
  const pid = Number(text.slice(0, open));
  const [state, parentPid, pgid, sid, terminal] = fields;
  // Numbered from 3 (state) in proc_pid_stat(5): 14 utime, 15 stime, 20 num_threads, 22 starttime, 24 rss.
  const [utime, stime, startTime, rss] = [fields[11], fields[12], fields[19], fields[21]];
  if (open < 0 || !Number.isInteger(pid) || state === undefined || startTime === undefined)
    return null;
  const startedSeconds = Number(startTime) / TICKS_PER_SECOND;
  return {
    ref: { pid, startTime, bootId: boot },
    parentPid: Number(parentPid),
    pgid: Number(pgid),
    sid: Number(sid),
    terminal: Number(terminal),
    // The file is read byte by byte, as latin1: names are UTF-8.
    comm: Buffer.from(text.slice(open + 1, close), 'latin1').toString(),
    state,
    threads: Number(fields[17]),
    cpuTimeMs: ((Number(utime) + Number(stime)) * 1000) / TICKS_PER_SECOND,
    memoryBytes: Number(rss) * pageBytes(),
    uptimeMs: Math.max(0, Math.round((uptimeSeconds - startedSeconds) * 1000)),
  };
}

export function readProcess(pid: number): ProcessFacts | null {
  if (!Number.isInteger(pid) || pid <= 0) return null;
  const text = readProcFile(pid, 'stat');
  if (text === null) return null;
  const uptimeSeconds = Number.parseFloat(readSystemFile('/proc/uptime'));
  const facts = parseStat(text, uptimeSeconds, bootId());
  return facts === null ? null : { ...facts, ref: inEveryTimeNamespace(facts.ref) };
}

/** A record may be read in another time namespace than it was written in: it counts from the true boot. */
function inEveryTimeNamespace(ref: ProcessRef): ProcessRef {
  const offset = bootOffsetTicks();
  return offset === 0 ? ref : { ...ref, startTime: String(Number(ref.startTime) - offset) };
}

export function isAlive(ref: ProcessRef): boolean {
  if (ref.bootId !== bootId()) return false;
  const facts = readProcess(ref.pid);
  return facts !== null && facts.ref.startTime === ref.startTime && !hasEnded(facts);
}

export function listPids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** The words by which this process was executed. proc_pid_cmdline(5). */
export function ownArguments(): string[] {
  return (readProcFile('self', 'cmdline') ?? '').split('\0').slice(0, -1);
}

const WHOLE_RANGE = /^\s*0\s+0\s+4294967295\s*$/;

/** In a user namespace, files of users that are not in it (the system's root) are shown as nobody's. */
export function hidesOwners(): boolean {
  return !WHOLE_RANGE.test(readProcFile('self', 'uid_map') ?? '');
}
