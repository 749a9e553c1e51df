/** An invariant that did not hold: which, and what was seen. */
export class Violation extends Error {
  readonly seen: string;

  constructor(invariant: string, seen: string) {
    super(invariant);
    this.seen = seen;
  }
}
