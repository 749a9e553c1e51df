/** How many columns of a terminal a text takes. */
export type Measure = (text: string) => number;

// One column each; what daimon itself says has nothing else.
const PLAIN = /^[ -~…→]*$/;

export const plainWidth: Measure = (text) => text.length;

/** What measures these texts. Wide and joined characters need tables whose loading costs as much as a bare Node. */
export async function measureFor(texts: readonly string[]): Promise<Measure> {
  if (texts.every((text) => PLAIN.test(text))) return plainWidth;
  return (await import('string-width')).default;
}
