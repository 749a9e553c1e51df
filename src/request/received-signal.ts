import { parseSignal, signalName } from '../os/signals.ts';

/** Who sent a signal, where the system tells: siginfo_t of sigaction(2). */
export interface SignalSender {
  readonly pid: number;
  /** -1 on Windows, which has no such numbers. */
  readonly uid: number;
}

/**
 * A signal that arrived, as an error: the reason with which `AbortSignal`s abort and
 * waiting code rejects. `Number(error)` and `Number(Class)` give the signal's number.
 *
 * Its subclasses stand for one signal each: {@link SIGINT}, {@link SIGTERM},
 * {@link SIGABRT}, {@link SIGHUP}, and {@link signalClass} for all others.
 */
export class ReceivedSignal extends Error {
  /** The signal's number on this platform; -1 in the base class, which stands for any. */
  static readonly SIGNUM: number = -1;
  /** null when the kernel, the terminal or an unknown process sent it. */
  readonly sender: SignalSender | null;

  constructor(message?: string, sender: SignalSender | null = null) {
    super(message);
    const { name } = new.target;
    this.name = name;
    if (message === undefined) {
      this.message =
        sender === null ? `received ${name}` : `received ${name} from pid ${sender.pid}`;
    }
    this.sender = sender;
  }

  get SIGNUM(): number {
    return (this.constructor as typeof ReceivedSignal).SIGNUM;
  }

  [Symbol.toPrimitive](hint: string): number | string {
    return hint === 'number' ? this.SIGNUM : this.toString();
  }

  static readonly [Symbol.toPrimitive] = function (this: typeof ReceivedSignal, hint: string) {
    return hint === 'number' ? this.SIGNUM : this.name;
  };
}

/** Ctrl-C in a terminal; 2. */
export class SIGINT extends ReceivedSignal {
  static override readonly SIGNUM: number = parseSignal('SIGINT');
}

/** The polite request to end; 15. */
export class SIGTERM extends ReceivedSignal {
  static override readonly SIGNUM: number = parseSignal('SIGTERM');
}

/** Abnormal end; 6, on Windows 22. */
export class SIGABRT extends ReceivedSignal {
  static override readonly SIGNUM: number = parseSignal('SIGABRT');
}

/** The terminal is gone or, to a daemon, "read your configuration again"; 1. */
export class SIGHUP extends ReceivedSignal {
  static override readonly SIGNUM: number = parseSignal('SIGHUP');
}

/** What send() and signal maps accept: a class, an instance, a number or a name. */
export type SignalLike = string | number | ReceivedSignal | typeof ReceivedSignal;

/** As the handler of a signal: do nothing when it arrives. */
export const IGNORE_SIGNAL: unique symbol = Symbol.for('daimon.IGNORE_SIGNAL');

const classes = new Map<number, typeof ReceivedSignal>(
  [SIGINT, SIGTERM, SIGABRT, SIGHUP].map((signal) => [signal.SIGNUM, signal]),
);

/**
 * The class that stands for a signal, always the same one for the same number.
 * @throws DaemonError INVALID_ARGUMENT when the platform has no such signal.
 */
export function signalClass(signal: string | number): typeof ReceivedSignal {
  const number = parseSignal(signal);
  const known = classes.get(number);
  if (known !== undefined) return known;
  const created = class extends ReceivedSignal {
    static override readonly SIGNUM: number = number;
  };
  Object.defineProperty(created, 'name', { value: signalName(number) });
  classes.set(number, created);
  return created;
}

/**
 * The number of a signal in any of its forms.
 * @throws DaemonError INVALID_ARGUMENT when the platform has no such signal.
 */
export function signalNumber(signal: SignalLike): number {
  return parseSignal(
    typeof signal === 'object' || typeof signal === 'function' ? signal.SIGNUM : signal,
  );
}
