import { RUNTIME } from './runtime.ts';

const DENO_CATCHES_UP_MS = 100;

/**
 * Takes a listener of a signal back. A thread of Deno's looks up who listens some time after a signal has
 * come: where nobody does by then, it ends the process, though the signal was heard and answered. So there
 * the place is held a little longer.
 */
export function stopListening(name: NodeJS.Signals, listener: (...given: never[]) => void): void {
  if (RUNTIME === 'deno') holdPlace(name);
  process.off(name, listener as () => void);
}

function holdPlace(name: NodeJS.Signals): void {
  const nothing = () => {};
  process.on(name, nothing);
  setTimeout(() => process.off(name, nothing), DENO_CATCHES_UP_MS).unref();
}
