import { closeSync, constants, openSync } from 'node:fs';
import { isErrno } from '../../errors.ts';
import { native } from '../../os/native.ts';
import type { TerminalHolder } from './job-control.ts';

/**
 * Our controlling terminal. Only the group in its foreground may read it and gets what is typed as
 * signals; while the child's group has it, it is lent. tcsetpgrp(3).
 */
export class Terminal {
  readonly #fd: number;
  readonly #ownGroup = native().ownGroup();
  readonly #modes: Uint8Array;
  #borrower: number | null = null;
  #isLent = false;

  private constructor(fd: number) {
    this.#fd = fd;
    this.#modes = native().terminalModes(fd);
  }

  /** null: we have none, as in most containers and under every init. */
  static open(): Terminal | null {
    try {
      return new Terminal(openSync('/dev/tty', constants.O_RDWR | constants.O_NOCTTY));
    } catch (error) {
      if (isErrno(error, 'ENXIO', 'ENOENT', 'ENODEV', 'EACCES', 'EPERM', 'EIO')) return null;
      throw error;
    }
  }

  get holder(): TerminalHolder {
    if (this.#isLent) return 'child';
    return native().terminalGroup(this.#fd) === this.#ownGroup ? 'us' : 'nobody';
  }

  /** True when the fd is this terminal, and we are in its foreground. */
  isOursAt(fd: number): boolean {
    return native().terminalGroup(fd) === this.#ownGroup;
  }

  /** The child is to take it before its exec, which may yet fail. */
  expectLoan(): number {
    this.#isLent = true;
    return this.#fd;
  }

  /** The child's group has it. */
  noteLent(pgid: number): void {
    this.#borrower = pgid;
    this.#isLent = true;
  }

  lend(pgid: number): void {
    if (native().setTerminalGroup(this.#fd, pgid)) this.noteLent(pgid);
  }

  takeBack(): void {
    if (this.#isLent) native().setTerminalGroup(this.#fd, this.#ownGroup);
    this.#isLent = false;
  }

  /** After SIGCONT: `fg` has put us into the foreground, where the child wants to be; `bg` has not. */
  lendAgain(): void {
    const group = native().terminalGroup(this.#fd);
    if (this.#borrower !== null && group === this.#ownGroup) this.lend(this.#borrower);
    else this.#isLent &&= group === this.#borrower;
  }

  /** A child that was killed had no time to leave the raw mode. */
  restoreModes(): void {
    try {
      native().setTerminalModes(this.#fd, this.#modes);
    } catch (error) {
      if (!isErrno(error, 'EIO')) throw error; // it was hung up
    }
  }

  close(): void {
    closeSync(this.#fd);
  }
}
