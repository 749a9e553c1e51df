import type { ChildProcess } from 'node:child_process';
import { isErrno } from '../errors.ts';
import { BARE_PLAN, NOTHING } from './bare-plan.ts';
import { native } from './native.ts';
import type { NativePlan } from './native-launch.ts';
import { type ProcessLook, sessionMark, sessionMembers } from './session-tree.ts';
import type { ChildFamily } from './system.ts';

// Told of each process group in a line, and of its end in another with a minus. The pipe ends with
// the program that writes it, however that ends: then what is left is killed.
const WATCHDOG = `trap '' HUP INT QUIT TERM
groups=
while read -r line; do
  case $line in
    -*) kept=
      for group in $groups; do [ "$group" = "\${line#-}" ] || kept="$kept $group"; done
      groups=$kept ;;
    *) groups="$groups $line" ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group"; done`;

/**
 * The trees of children where processes bear no marks: each child leads a session of its own
 * (`detached`), which is its tree. When this program is killed, a shell that it has started ends the process
 * groups of its children; who left both is not found.
 */
export class SessionFamily implements ChildFamily {
  readonly #look: ProcessLook;
  readonly #sessions = new Set<number>();
  /** The shell's pipe; null: it could not be started. */
  #watchdog: number | null | undefined;

  constructor(look: ProcessLook) {
    this.#look = look;
  }

  spawn<Child extends ChildProcess>(spawn: () => Child): { child: Child; mark: string | null } {
    if (this.#watchdog === undefined) this.#watchdog = startWatchdog();
    const child = spawn();
    const { pid } = child;
    if (pid === undefined) return { child, mark: null };
    this.#sessions.add(pid);
    this.#tell(`${pid}\n`);
    // What it leaves behind keeps the number of its session, and of its group, from being given away.
    child.once('exit', () => {
      if (this.#members(pid).length === 0) this.#forget(pid);
    });
    return { child, mark: sessionMark(pid) };
  }

  livingTrees(): string[] {
    for (const sid of this.#sessions) if (this.#members(sid).length === 0) this.#forget(sid);
    return [...this.#sessions].map(sessionMark);
  }

  rest(): void {
    for (const sid of this.#sessions) this.#forget(sid);
    if (this.#watchdog != null) native().closeFd(this.#watchdog);
    this.#watchdog = undefined;
  }

  #members(sid: number) {
    return sessionMembers(this.#look, sessionMark(sid));
  }

  #forget(sid: number): void {
    this.#sessions.delete(sid);
    this.#tell(`-${sid}\n`);
  }

  #tell(line: string): void {
    if (this.#watchdog == null) return;
    try {
      native().writeFd(this.#watchdog, line);
    } catch (error) {
      if (!isErrno(error, 'EPIPE')) throw error; // somebody has ended it
    }
  }
}

function startWatchdog(): number | null {
  const { read, write } = native().pipe();
  try {
    const { pidfd } = native().launch(planWatchdog(read), true);
    if (pidfd >= 0) native().closeFd(pidfd);
    return write;
  } catch (error) {
    native().closeFd(write);
    if (!isErrno(error, 'EACCES', 'EPERM', 'ENOENT', 'ENOEXEC')) throw error;
    process.emitWarning(
      `stop.spawn() has no watchdog (${error.message}): child processes will outlive this program if it is killed`,
    );
    return null;
  } finally {
    native().closeFd(read);
  }
}

function planWatchdog(input: number): NativePlan {
  return {
    ...BARE_PLAN,
    file: '/bin/sh',
    argv: ['daimon-watchdog', '-c', WATCHDOG],
    environment: ['PATH=/usr/bin:/bin'],
    stdio: [{ fd: input }, NOTHING, NOTHING],
  };
}
