import stringWidth from 'string-width';

/** Breaks a text into lines of at most `widthColumns`, between words where it can; wide characters count twice. */
export function wrapText(text: string, widthColumns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap((long) => breakWord(long, widthColumns))) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && stringWidth(longer) > widthColumns) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}

function breakWord(word: string, widthColumns: number): string[] {
  if (stringWidth(word) <= widthColumns) return [word];
  const pieces = [''];
  for (const character of word) {
    const longer = `${pieces.at(-1)}${character}`;
    if (stringWidth(longer) > widthColumns) pieces.push(character);
    else pieces[pieces.length - 1] = longer;
  }
  return pieces;
}
