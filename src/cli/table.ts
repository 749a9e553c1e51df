import type { Measure } from './text-width.ts';

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** May be cut short to this width where the terminal is narrow; the others keep theirs. */
  readonly narrowest?: number;
  /** Left out where cutting short is not enough; the highest number is cut, and goes, first. */
  readonly expendable?: number;
}

export interface Cell {
  readonly text: string;
  readonly paint?: (text: string) => string;
}

const GAP = '  ';

/** A table that fits `widthColumns`: columns are left out, then cut short, until it does. */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  widthColumns: number,
  measure: Measure,
): string {
  const all = columns.map((column, index) => ({
    ...column,
    index,
    width: Math.max(measure(column.title), ...rows.map((row) => measure(row[index]?.text ?? ''))),
  }));
  const filled = all.filter(({ index }) => rows.some((row) => row[index]?.text));
  const shown = shrink(leaveOut(filled, widthColumns), widthColumns);
  const line = (cells: readonly Cell[]) =>
    shown
      .map(({ index, width, align }) =>
        fit(cells[index] ?? { text: '' }, width, align ?? 'left', measure),
      )
      .join(GAP)
      .trimEnd();
  return [line(columns.map(({ title }) => ({ text: title }))), ...rows.map(line)].join('\n');
}

interface Measured extends Column {
  readonly index: number;
  readonly width: number;
}

const totalOf = (columns: readonly Measured[]) =>
  columns.reduce((sum, { width }) => sum + width, GAP.length * (columns.length - 1));

function leaveOut(columns: readonly Measured[], available: number): readonly Measured[] {
  const least = columns.map((column) =>
    column.narrowest === undefined
      ? column
      : { ...column, width: Math.min(column.width, column.narrowest) },
  );
  if (totalOf(least) <= available) return columns;
  const first = columns.reduce<Measured | null>(
    (best, column) => ((column.expendable ?? 0) > (best?.expendable ?? 0) ? column : best),
    null,
  );
  if (first === null) return columns;
  return leaveOut(
    columns.filter((column) => column !== first),
    available,
  );
}

/** Cuts what is most expendable first, each column as far as it may be. */
function shrink(columns: readonly Measured[], available: number): readonly Measured[] {
  let surplus = totalOf(columns) - available;
  const widths = new Map<Measured, number>();
  const order = [...columns].sort((a, b) => (b.expendable ?? 0) - (a.expendable ?? 0));
  for (const column of order) {
    const give = Math.min(surplus, column.width - (column.narrowest ?? column.width));
    if (give <= 0) continue;
    widths.set(column, column.width - give);
    surplus -= give;
  }
  return columns.map((column) => ({ ...column, width: widths.get(column) ?? column.width }));
}

function fit(cell: Cell, width: number, align: 'left' | 'right', measure: Measure): string {
  const text = cutText(cell.text, width, measure);
  const padding = ' '.repeat(Math.max(0, width - measure(text)));
  const painted = cell.paint === undefined ? text : cell.paint(text);
  return align === 'right' ? padding + painted : painted + padding;
}

/** Cuts a text to a width in columns, never inside of what is seen as one character. */
export function cutText(text: string, width: number, measure: Measure): string {
  if (measure(text) <= width) return text;
  let result = '';
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (measure(result + segment) > width - 1) break;
    result += segment;
  }
  return `${result}…`;
}
