import { type Measure, plainWidth } from './text-width.ts';

/** Breaks a text into lines of at most `widthColumns`, between words where it can; wide characters count twice. */
export function wrapText(
  text: string,
  widthColumns: number,
  measure: Measure = plainWidth,
): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap((long) => breakWord(long, widthColumns, measure))) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && measure(longer) > widthColumns) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}

function breakWord(word: string, widthColumns: number, measure: Measure): string[] {
  if (measure(word) <= widthColumns) return [word];
  const pieces = [''];
  for (const character of word) {
    const longer = `${pieces.at(-1)}${character}`;
    if (measure(longer) > widthColumns) pieces.push(character);
    else pieces[pieces.length - 1] = longer;
  }
  return pieces;
}
