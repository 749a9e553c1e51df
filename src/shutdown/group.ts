import type { Hook, HookContext, PhaseRun } from './run.ts';

/**
 * Things of one kind that stop together, each within its own time: one hook for all of them, which
 * is there from the first member on, also for those that come late.
 */
export class StopGroup<Member> {
  readonly members = new Set<Member>();
  readonly #run: PhaseRun;
  readonly #name: string;
  readonly #steps: readonly {
    phase: string;
    stop: (member: Member, context: HookContext) => unknown;
  }[];
  readonly #waiting = new Set<string>();

  constructor(
    run: PhaseRun,
    name: string,
    steps: readonly { phase: string; stop: (member: Member, context: HookContext) => unknown }[],
  ) {
    this.#run = run;
    this.#name = name;
    this.#steps = steps;
  }

  /** @throws DaemonError REFUSED when the shutdown is over */
  add(member: Member): void {
    for (const { phase, stop } of this.#steps) {
      if (this.#waiting.has(phase)) continue;
      const hook: Hook = async (context) => {
        this.#waiting.delete(phase);
        await settleAll([...this.members].map((one) => stop(one, context)));
      };
      this.#run.add(hook, { phase, name: this.#name, timeoutMs: Number.POSITIVE_INFINITY });
      this.#waiting.add(phase);
    }
    this.members.add(member);
  }
}

/** Waits for all, then fails with what failed. */
export async function settleAll(promises: readonly unknown[]): Promise<void> {
  const results = await Promise.allSettled(promises);
  const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) throw new AggregateError(errors, errors.map(String).join('; '));
}

/** A member's time: its own wish or half of the group's, never more than the group's. */
export function memberTimeMs(wishMs: number | undefined, context: HookContext): number {
  return Math.ceil(Math.min(wishMs ?? context.timeoutMs / 2, context.timeoutMs));
}
