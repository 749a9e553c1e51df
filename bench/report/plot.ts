import { type Figure, formatValue, ratioOf, type ScenarioResult } from '../lib/scenario.ts';

const LABEL = 300;
const PLOT = 420;
const VALUES = 330;
const MARGIN = 12;
const BAR = 18;
const GAP = 10;
const LEGEND = 26;
const OURS = ['#1f6fd0', '#8fbdf0', '#4f96e3', '#c3dcf8'];
const THEIRS = ['#7d8894', '#c3cad2', '#a0a9b4', '#dde1e6'];
const FLOOR = ['#d9902a', '#f0cd97', '#e5af60', '#f7e3c4'];

interface Bar {
  readonly label: string;
  /** Which of the bars of a group: it chooses the shade. */
  readonly series: string;
  readonly figure: Figure;
}

/**
 * Horizontal bars of the medians in the scenario's own unit, with a whisker from the 10th to the 90th
 * percentile: ours blue, the floor orange. Where the largest would leave nothing to be seen of the
 * smallest, the axis is logarithmic, and says so.
 */
export function plot(result: ScenarioResult): string {
  const bars = barsOf(result);
  const series = [...new Set(bars.map((bar) => bar.series))];
  const groups = [...new Set(bars.map((bar) => bar.label))];
  const scale = scaleFor(bars.map(({ figure }) => figure));
  const hasLegend = series.length > 1 || scale.isLogarithmic;
  const parts: string[] = [];
  let y = MARGIN;
  if (hasLegend) {
    parts.push(legend(series, scale.isLogarithmic, y));
    y += LEGEND;
  }
  for (const group of groups) {
    const own = bars.filter(({ label }) => label === group);
    const middle = y + (own.length * BAR) / 2;
    parts.push(text(LABEL - 8, middle + 4, group, 'text-anchor="end"'));
    for (const bar of own) {
      parts.push(drawBar(result, bar, series.indexOf(bar.series), y, scale.x));
      y += BAR;
    }
    y += GAP;
  }
  const [width, height] = [LABEL + PLOT + VALUES, y + MARGIN - GAP];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="13" role="img" aria-labelledby="title">`,
    `<title id="title">${escapeXml(`${result.title}: ${result.isolates}`)}</title>`,
    '<rect width="100%" height="100%" fill="white"/>',
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

function barsOf({ figures, unit, groupedBy }: ScenarioResult): Bar[] {
  return figures
    .filter((figure) => figure.unit === unit)
    .map((figure) =>
      groupedBy === 'figure'
        ? { label: figure.figure, series: figure.contender, figure }
        : { label: figure.contender, series: figure.figure, figure },
    );
}

const LARGEST_RATIO = 60;

function scaleFor(figures: readonly Figure[]) {
  const longest = Math.max(...figures.map(({ summary }) => summary.high));
  const shortest = Math.min(
    ...figures.map(({ summary }) => summary.median).filter((value) => value > 0),
  );
  const isLogarithmic = longest / shortest > LARGEST_RATIO;
  const from = shortest / 2;
  const x = (value: number) => {
    if (value <= 0) return LABEL;
    const share = isLogarithmic
      ? Math.max(0, Math.log(value / from) / Math.log(longest / from))
      : value / longest;
    return LABEL + share * PLOT;
  };
  return { isLogarithmic, x };
}

function drawBar(
  result: ScenarioResult,
  { label, figure }: Bar,
  shade: number,
  y: number,
  x: (value: number) => number,
): string {
  const { median, low, high } = figure.summary;
  const isFloor = figure.key === result.floor && !/daimon/.test(label);
  const isOurs =
    result.groupedBy === 'figure' ? !/pm2|start-stop/.test(figure.contender) : isDaimon(label);
  const colours = isFloor ? FLOOR : isOurs ? OURS : THEIRS;
  const ratio = ratioOf(result, figure);
  const value = [
    formatValue(median, figure.unit),
    ...(ratio === null ? [] : [`${ratio.toFixed(2)} ×`]),
    ...(shade === 0 ? besides(result, figure) : []),
  ].join(' · ');
  const middle = y + BAR / 2;
  return [
    `<rect x="${LABEL}" y="${y + 1}" width="${(x(median) - LABEL).toFixed(1)}" height="${BAR - 2}" fill="${colours[shade % colours.length]}"/>`,
    `<line x1="${x(low).toFixed(1)}" x2="${x(high).toFixed(1)}" y1="${middle}" y2="${middle}" stroke="#333"/>`,
    text(Math.round(x(high)) + 6, middle + 4, value),
  ].join('\n');
}

/** What the contender has in other units: how it came by its time. */
function besides(result: ScenarioResult, { contender, unit }: Figure): string[] {
  return result.figures
    .filter((other) => other.contender === contender && other.unit !== unit)
    .map((other) => `${formatValue(other.summary.median, other.unit)} ${other.figure}`);
}

/** In scenarios of a program's shutdown, `stop.requested` is ours too. */
function isDaimon(label: string): boolean {
  return /daimon|^stop\./.test(label);
}

function legend(series: readonly string[], isLogarithmic: boolean, y: number): string {
  const parts: string[] = [];
  let x = LABEL;
  for (const [index, name] of series.entries()) {
    if (series.length < 2) break;
    parts.push(
      `<rect x="${x}" y="${y}" width="12" height="12" fill="${OURS[index % OURS.length]}"/>`,
      text(x + 17, y + 11, name),
    );
    x += 40 + name.length * 7;
  }
  if (isLogarithmic)
    parts.push(text(x, y + 11, 'logarithmic scale', 'fill="#666" font-style="italic"'));
  return parts.join('\n');
}

function text(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${x}" y="${y}"${attributes === '' ? '' : ` ${attributes}`}>${escapeXml(content)}</text>`;
}

function escapeXml(content: string): string {
  return content
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
