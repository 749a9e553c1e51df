// npm run leak [-- ROUNDS]: launches and waits in one process, many thousand times; memory and fds must stay flat.
// Each round: a daemon started, waited for and tidied; a launch that fails; a child of our own reaped; a pipe
// that is no longer watched; a notify socket. The environment is large, so that a forgotten plan would show.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeRemains } from '../src/control/stop.ts';
import { DaemonError } from '../src/errors.ts';
import { type StartContext, start } from '../src/launch/start.ts';
import { system } from '../src/os/index.ts';
import { native } from '../src/os/native.ts';
import { findDaemon } from '../src/record/find.ts';
import { placesIn } from '../src/spec/places.ts';
import { resolveSpec } from '../src/spec/resolve-spec.ts';

const SAMPLES = 40;
const BALLAST_BYTES = 65_536;
// V8's own comings and goings: what the second half may seem to add. A thousand plans would be 64 MB.
const RSS_NOISE_BYTES = 8_000_000;
const HEAP_NOISE_BYTES = 400_000;

const rounds = Number(process.argv[2] ?? 10_000);
const home = mkdtempSync(join(tmpdir(), 'daimon-leak-'));
const places = placesIn(home);
const environment = { PATH: '/usr/bin:/bin', BALLAST: 'x'.repeat(BALLAST_BYTES) };
const context: StartContext = { places, environment, restarts: 0, endsAfterStart: false };
const specOf = (entry: string) =>
  resolveSpec(entry, [], { name: 'it', ready: 'exec' }, { cwd: home, places });
const [good, bad] = [specOf('/bin/true'), specOf('/nonexistent')];

async function round(): Promise<void> {
  await startAndWait();
  await fail();
  await reapChild();
  await unwatch();
  notify();
}

async function startAndWait(): Promise<void> {
  const { ref } = await start(good, context);
  const handle = system().openProcess(ref);
  await handle?.exited();
  handle?.close();
  const found = findDaemon(places, 'it');
  if (found !== null) await removeRemains(places, found);
}

async function fail(): Promise<void> {
  const error = await start(bad, context).then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof DaemonError)) throw error ?? new Error('it did not fail');
}

async function reapChild(): Promise<void> {
  const { pid, pidfd } = native().launch(
    {
      ...{ detach: false, ownGroup: true, dieWithParent: true, terminal: null },
      ...{ file: '/bin/true', argv: ['true'], environment: [`BALLAST=${environment.BALLAST}`] },
      ...{ identity: null, chroot: null, cwd: '/', umask: 0o22, limits: [], nice: null },
      ...{ oomScoreAdj: null, credentials: null, noNewPrivs: false, fds: [] },
      stdio: [{ fd: 0 }, { fd: 1 }, { fd: 2 }],
    },
    false,
  );
  await new Promise<void>((resolve) => {
    native().watchReadable(pidfd, resolve);
  });
  native().closeFd(pidfd);
  if (native().reap(pid)?.exitCode !== 0) throw new Error('the child did not end well');
}

async function unwatch(): Promise<void> {
  const { read, write } = native().pipe();
  native().unwatch(native().watchReadable(read, () => {}));
  native().closeFd(read);
  native().closeFd(write);
}

function notify(): void {
  const address = `@daimon-leak/${process.pid}`;
  const fd = native().bindDatagram(address);
  native().sendDatagram(address, `STATUS=${environment.BALLAST}`, [fd]);
  if (native().receiveDatagram(fd) === null) throw new Error('nothing came');
  native().closeFd(fd);
  native().lookupUser('root');
  native().lookupGroup(0);
}

interface Sample {
  round: number;
  rssBytes: number;
  heapBytes: number;
  fds: number;
}

function sample(round: number): Sample {
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  return { round, rssBytes: rss, heapBytes: heapUsed, fds: readdirSync('/proc/self/fd').length };
}

/** Bytes a round, over the second half: a line through all of it (least squares), not two noisy readings. */
function slope(samples: readonly Sample[], of: (sample: Sample) => number): number {
  const settled = samples.slice(samples.length / 2);
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(settled.map((one) => one.round)), mean(settled.map(of))];
  const over = mean(settled.map((one) => (one.round - x) * (of(one) - y)));
  return over / mean(settled.map((one) => (one.round - x) ** 2));
}

const samples: Sample[] = [];
const startedMs = performance.now();
for (let done = 0; done < rounds; done++) {
  if (done % Math.ceil(rounds / SAMPLES) === 0) samples.push(sample(done));
  await round();
}
samples.push(sample(rounds));
rmSync(home, { recursive: true });

const rssSlope = slope(samples, ({ rssBytes }) => rssBytes);
const heapSlope = slope(samples, ({ heapBytes }) => heapBytes);
const [first, last] = [samples[samples.length >> 1], samples.at(-1)] as [Sample, Sample];
const isFlat =
  (rssSlope * rounds) / 2 < RSS_NOISE_BYTES &&
  (heapSlope * rounds) / 2 < HEAP_NOISE_BYTES &&
  first.fds === last.fds;
const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
console.log(
  `${3 * rounds} launches (${rounds} of them failing) in ${((performance.now() - startedMs) / 1000).toFixed(0)} s, Node ${process.versions.node}\n` +
    `RSS   ${megabytes(first.rssBytes)} MB at half, ${megabytes(last.rssBytes)} MB at the end, slope ${rssSlope.toFixed(0)} bytes a round\n` +
    `heap  ${megabytes(first.heapBytes)} MB at half, ${megabytes(last.heapBytes)} MB at the end, slope ${heapSlope.toFixed(0)} bytes a round\n` +
    `fds   ${first.fds} at half, ${last.fds} at the end\n` +
    (isFlat && !process.env.SAMPLES
      ? 'flat'
      : `NOT flat\n${samples.map((one) => JSON.stringify(one)).join('\n')}`),
);
process.exitCode = isFlat ? 0 : 1;
