import { type FSWatcher, lstatSync, realpathSync, statSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { isErrno } from '../../errors.ts';
import { system } from '../../os/index.ts';
import { type FormerFile, listFormers } from './former-files.ts';
import { inodeId, LineSplitter, LogFile } from './log-file.ts';
import type { LogLine } from './past-lines.ts';
import type { LogSource } from './sources.ts';

/** What happened to a followed log, beside its growing. */
export type LogEvent = 'truncated' | 'rotated' | 'gone';

export interface FollowSink {
  line(line: LogLine): void;
  event(source: LogSource, event: LogEvent): void;
  /** Everything that is there has been given. */
  drained(): void;
  failed(error: unknown): void;
}

// Only while the system cannot tell: the log is missing (an open file keeps its removed folder from being told
// as removed), the user's watches are used up, or folders do not tell that their files grow.
const POLL_MS = 1000;
// So that one busy log does not keep the others waiting.
const AT_A_TIME_BYTES = 4_194_304;

/**
 * Follows one log through its life: growing, truncated in place (copytruncate), renamed with a new file in its
 * place, deleted and made again. Asleep in inotify(7) between.
 */
export class FollowedLog {
  readonly #source: LogSource;
  readonly #sink: FollowSink;
  #current: Generation | null;
  /** What was rotated away last: its writer may go on with it until it opens its log again. */
  #former: Generation | null = null;
  /** Former files that were there at the last look. */
  #knownFormers: ReadonlySet<string> = new Set();
  #isGone = false;
  readonly #watches = new Map<string, FolderWatch>();
  #scheduled: NodeJS.Immediate | null = null;
  #poll: NodeJS.Timeout | null = null;

  /** `file` is taken over, at its position; null: there is none yet. */
  constructor(source: LogSource, file: LogFile | null, sink: FollowSink) {
    this.#source = source;
    this.#sink = sink;
    this.#current = file === null ? null : new Generation(file);
  }

  start(): void {
    this.#watchPlaces();
    this.#forgetMissed();
    this.#drain();
  }

  /** Gives what there is now, even a last line without its end. */
  drainAll(): void {
    this.#drain();
    for (const generation of [this.#former, this.#current]) this.#emit(generation?.flush() ?? []);
    this.#sink.drained();
  }

  /** Lets go of everything. */
  close(): void {
    for (const generation of [this.#former, this.#current]) generation?.file.close();
    for (const watch of this.#watches.values()) watch.close();
    if (this.#scheduled !== null) clearImmediate(this.#scheduled);
    if (this.#poll !== null) clearTimeout(this.#poll);
  }

  /** A symbolic link may lead elsewhere after a rotation. Names that begin alike are former files. */
  #watchPlaces(): void {
    for (const place of placesOf(this.#source.path)) {
      if (this.#watches.has(place)) continue;
      const base = basename(place);
      const watch = new FolderWatch(dirname(place), (name) => {
        if (name === null || name.startsWith(base)) this.#schedule();
      });
      this.#watches.set(place, watch);
    }
  }

  #keepWatch(): void {
    const watches = [...this.#watches.values()];
    const seesAll = watches.map((watch) => watch.renew()).every(Boolean);
    if (seesAll && !this.#isGone && system().tellsGrowth) return;
    this.#poll ??= setTimeout(() => {
      this.#poll = null;
      this.#schedule();
    }, POLL_MS);
  }

  /** Many events, one look. */
  #schedule(): void {
    this.#scheduled ??= setImmediate(() => {
      this.#scheduled = null;
      try {
        this.#drain();
      } catch (error) {
        this.#sink.failed(error);
      }
    });
  }

  #drain(): void {
    if (this.#former !== null) {
      this.#read(this.#former);
      if (this.#former.file.isDeleted) this.#forgetFormer();
    }
    if (this.#current !== null) {
      if (this.#current.file.sizeBytes < this.#current.file.positionBytes) {
        this.#emit(this.#current.flush());
        this.#current.file.positionBytes = 0;
        this.#sink.event(this.#source, 'truncated');
        this.#forgetMissed(); // a copy of what was given already
      }
      this.#read(this.#current);
    }
    this.#lookAtName();
    this.#keepWatch();
    this.#sink.drained();
  }

  /** Is the name still that of the open file? The old file is read to its end before the new one. */
  #lookAtName(): void {
    const id = idAt(this.#source.path);
    if (id === null) {
      if (this.#current !== null && !this.#isGone) this.#sink.event(this.#source, 'gone');
      this.#isGone = true;
      return;
    }
    this.#isGone = false;
    if (id === this.#current?.file.id) return;
    const next = LogFile.open(this.#source.path);
    if (next === null) return; // gone again: an event tells when it is back
    for (const { path } of this.#missed(next.id)) {
      const missed = LogFile.open(path);
      if (missed !== null) this.#goOnWith(missed);
    }
    this.#goOnWith(next);
    this.#watchPlaces();
  }

  /** What has borne the name, and lost it again, since the last look; the oldest first. */
  #missed(nextId: string): FormerFile[] {
    const formers = this.#listFormers();
    const missed = formers.filter(
      ({ id, identity }) =>
        !this.#knownFormers.has(identity) && id !== this.#current?.file.id && id !== nextId,
    );
    this.#knownFormers = new Set(formers.map(({ identity }) => identity));
    return missed;
  }

  #forgetMissed(): void {
    this.#knownFormers = new Set(this.#listFormers().map(({ identity }) => identity));
  }

  #listFormers(): FormerFile[] {
    return placesOf(this.#source.path).flatMap(listFormers);
  }

  #goOnWith(next: LogFile): void {
    if (this.#current !== null) {
      this.#emit(this.#current.read(Number.POSITIVE_INFINITY));
      this.#forgetFormer();
      this.#former = this.#current;
      this.#sink.event(this.#source, 'rotated');
    }
    this.#current = new Generation(next);
    this.#read(this.#current);
  }

  #forgetFormer(): void {
    if (this.#former === null) return;
    this.#emit(this.#former.flush());
    this.#former.file.close();
    this.#former = null;
  }

  #read(generation: Generation): void {
    const { file } = generation;
    const endBytes = file.positionBytes + AT_A_TIME_BYTES;
    this.#emit(generation.read(endBytes));
    if (file.positionBytes === endBytes) this.#schedule();
  }

  #emit(lines: Iterable<Buffer>): void {
    for (const bytes of lines) this.#sink.line({ source: this.#source, bytes });
  }
}

/** One file that has borne the log's name, with the beginning of its last line. */
class Generation {
  readonly file: LogFile;
  readonly #splitter = new LineSplitter();

  constructor(file: LogFile) {
    this.file = file;
  }

  *read(endBytes: number): Generator<Buffer> {
    for (;;) {
      const block = this.file.readBlock(endBytes);
      if (block === null) return;
      yield* this.#splitter.push(block);
    }
  }

  flush(): Iterable<Buffer> {
    return this.#splitter.flush();
  }
}

/** Watches whatever folder bears a name. */
class FolderWatch {
  readonly #folder: string;
  readonly #changed: (name: string | null) => void;
  #watcher: FSWatcher | null = null;
  #id: string | null = null;

  constructor(folder: string, changed: (name: string | null) => void) {
    this.#folder = folder;
    this.#changed = changed;
    this.renew();
  }

  /** Follows the name to another folder; false while there is none, or no watch to be had. */
  renew(): boolean {
    const id = idAt(this.#folder);
    if (this.#watcher !== null && id === this.#id) return true;
    this.close();
    try {
      this.#watcher = watch(this.#folder, (_, name) => this.#changed(name));
      this.#watcher.on('error', () => this.close());
      this.#id = id;
    } catch (error) {
      if (!isErrno(error, 'ENOENT', 'ENOTDIR', 'ENOSPC', 'EMFILE', 'EACCES')) throw error;
    }
    return this.#watcher !== null;
  }

  close(): void {
    this.#watcher?.close();
    this.#watcher = null;
  }
}

function idAt(path: string): string | null {
  try {
    return inodeId(statSync(path, { bigint: true }));
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return null;
    throw error;
  }
}

/** The log by its name and, behind a symbolic link, the file itself. */
function placesOf(path: string): string[] {
  try {
    return [path, ...(lstatSync(path).isSymbolicLink() ? [realpathSync(path)] : [])];
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'ENOTDIR')) throw error;
    return [path];
  }
}
