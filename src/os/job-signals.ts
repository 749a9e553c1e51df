import { system } from './index.ts';
import type { System } from './system.ts';

/** Signals whose numbers POSIX leaves to the system: signal(7), signal(3). TTIN is 21 and TTOU 22 on all of them. */
export interface JobSignals {
  readonly SIGCHLD: number;
  readonly SIGCONT: number;
  readonly SIGSTOP: number;
  readonly SIGTSTP: number;
}

const LINUX: JobSignals = { SIGCHLD: 17, SIGCONT: 18, SIGSTOP: 19, SIGTSTP: 20 };
const BSD: JobSignals = { SIGCHLD: 20, SIGCONT: 19, SIGSTOP: 17, SIGTSTP: 18 };

/** The running system's. node:os knows them too, and costs 0.5 ms to load. */
export function jobSignals(name: System['name'] = system().name): JobSignals {
  return name === 'darwin' || name === 'freebsd' ? BSD : LINUX;
}
