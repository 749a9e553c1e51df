import stringWidth from 'string-width';

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

const GAP = '  ';
const NARROWEST = 6;

/** A table that fits `widthColumns`: flexible columns are cut short first. */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  widthColumns: number,
): string {
  const widths = columns.map((column, index) =>
    Math.max(stringWidth(column.title), ...rows.map((row) => stringWidth(row[index]?.text ?? ''))),
  );
  shrink(columns, widths, widthColumns - GAP.length * (columns.length - 1));
  const line = (cells: readonly Cell[]) =>
    cells
      .map((cell, index) => fit(cell, widths[index] ?? 0, columns[index]?.align ?? 'left'))
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

function fit(cell: Cell, width: number, align: 'left' | 'right'): string {
  const text = cut(cell.text, width);
  const padding = ' '.repeat(Math.max(0, width - stringWidth(text)));
  const painted = cell.paint === undefined ? text : cell.paint(text);
  return align === 'right' ? padding + painted : painted + padding;
}

function cut(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let result = '';
  for (const character of text) {
    if (stringWidth(result + character) > width - 1) break;
    result += character;
  }
  return `${result}…`;
}
