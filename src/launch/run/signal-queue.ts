import { native } from '../../os/native.ts';

/**
 * The signals of this process, in the kernel's order. From its making on they wait in the kernel's
 * queue until somebody listens: none is lost that comes before there is a child.
 */
export class SignalQueue {
  readonly #fd: number;
  #watch: number | null = null;

  constructor(numbers: readonly number[]) {
    this.#fd = native().captureSignals([...numbers]);
  }

  /** Calls back for each, those that wait already first. The event loop lives as long. */
  listen(onSignal: (number: number) => void): void {
    this.#watch = native().watchReadable(this.#fd, () => {
      const taken = native().takeSignals(this.#fd);
      this.listen(onSignal);
      for (const { number, own } of taken) if (!own) onSignal(number);
    });
  }

  /** What comes from now on waits for ever. */
  close(): void {
    if (this.#watch !== null) native().unwatch(this.#watch);
    native().closeFd(this.#fd);
  }
}
