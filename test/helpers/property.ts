import fc from 'fast-check';

/** `npm run fuzz` asks for more, with seeds of its own; in the tests always the same inputs come. */
const RUNS = Number(process.env.DAIMON_FUZZ_RUNS ?? 300);
const SEED = Number(process.env.DAIMON_FUZZ_SEED ?? 1);

/** Looks for an input for which it does not hold; the failure tells the smallest, and the seed. */
export function holds<T>(property: fc.IProperty<T>): void {
  fc.assert(property, { seed: SEED, numRuns: RUNS });
}

/** The same for properties that write files each time: a fifth of the inputs. */
export function holdsOnDisk<T>(property: fc.IProperty<T>): void {
  fc.assert(property, { seed: SEED, numRuns: Math.ceil(RUNS / 5) });
}

/** Any text at all: whole Unicode, lone surrogates, controls; often near to what is expected. */
export function textLike(...samples: readonly string[]): fc.Arbitrary<string> {
  const binary = fc.string({ unit: 'binary' });
  if (samples.length === 0) return binary;
  const sample = fc.constantFrom(...samples);
  return fc.oneof(
    binary,
    sample,
    fc.tuple(sample, fc.nat(), binary).map(([text, at, put]) => splice(text, at, put)),
    fc.tuple(sample, sample).map(([a, b]) => a + b),
  );
}

function splice(text: string, at: number, put: string): string {
  const place = at % (text.length + 1);
  return text.slice(0, place) + put + text.slice(place + (at % 3));
}
