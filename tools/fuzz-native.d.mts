/** What reads bytes from outside in the addon, one harness each: test/fuzz. */
export const HARNESSES: readonly string[];
/** Compiles a harness with sanitizers. `guide`: its main program in test/fuzz, and what the compiler needs for it. */
export function compileHarness(
  name: string,
  output: string,
  compiler: string,
  guide: 'random' | 'libfuzzer',
): void;
