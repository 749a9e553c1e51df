export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** May be cut short where the terminal is narrow; the others keep their width. */
  readonly flexible?: boolean;
}

export interface Cell {
  readonly text: string;
  readonly paint?: (text: string) => string;
}

type Measure = (text: string) => number;

const ASCII = /^[\x20-\x7e]*$/;

/** Columns that a text takes. What knows of wide characters takes 20 ms to load: only where there are some. */
async function measureFor(texts: readonly string[]): Promise<Measure> {
  if (texts.every((text) => ASCII.test(text))) return (text) => text.length;
  const { default: stringWidth } = await import('string-width');
  return stringWidth;
}

const GAP = '  ';
const NARROWEST = 6;

/** A table that fits `widthColumns`: flexible columns are cut short first. */
export async function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  widthColumns: number,
): Promise<string> {
  const measure = await measureFor([
    ...columns.map(({ title }) => title),
    ...rows.flat().map(({ text }) => text),
  ]);
  const widths = columns.map((column, index) =>
    Math.max(measure(column.title), ...rows.map((row) => measure(row[index]?.text ?? ''))),
  );
  shrink(columns, widths, widthColumns - GAP.length * (columns.length - 1));
  const line = (cells: readonly Cell[]) =>
    cells
      .map((cell, index) => fit(measure, cell, widths[index] ?? 0, columns[index]?.align ?? 'left'))
      .join(GAP)
      .trimEnd();
  return [line(columns.map(({ title }) => ({ text: title }))), ...rows.map(line)].join('\n');
}

function shrink(columns: readonly Column[], widths: number[], available: number): void {
  const total = () => widths.reduce((sum, width) => sum + width, 0);
  while (total() > available) {
    const widest = columns.reduce((best, column, index) => {
      const width = widths[index] ?? 0;
      return column.flexible && width > NARROWEST && width > (widths[best] ?? 0) ? index : best;
    }, -1);
    if (widest < 0) return;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
}

function fit(measure: Measure, cell: Cell, width: number, align: 'left' | 'right'): string {
  const text = cut(measure, cell.text, width);
  const padding = ' '.repeat(Math.max(0, width - measure(text)));
  const painted = cell.paint === undefined ? text : cell.paint(text);
  return align === 'right' ? padding + painted : painted + padding;
}

function cut(measure: Measure, text: string, width: number): string {
  if (measure(text) <= width) return text;
  let result = '';
  for (const character of text) {
    if (measure(result + character) > width - 1) break;
    result += character;
  }
  return `${result}…`;
}
