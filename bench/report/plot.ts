import {
  type Figure,
  formatValue,
  ratioOf,
  type ScenarioResult,
  type Verdict,
  verdictOf,
} from '../lib/scenario.ts';
import { type Axis, axisFor } from './axis.ts';
import { formatRatio } from './words.ts';

const PLOT = 400;
const MARGIN = 14;
const BAR = 18;
const GAP = 10;
const LEGEND = 26;
const AXIS = 24;
// Of the fonts that stand behind sans-serif, the widest.
const CHARACTER = 7.8;

const STYLE = `<style>
text { fill: #24292f } .dim { fill: #6e7781 } .paper { fill: #ffffff } .grid { stroke: #d8dee4 } .whisker { stroke: #24292f }
.ours0 { fill: #1f6fd0 } .ours1 { fill: #8fbdf0 } .ours2 { fill: #4f96e3 }
.floor0 { fill: #d9902a } .floor1 { fill: #f0cd97 } .floor2 { fill: #e5af60 }
.peer0 { fill: #7d8894 } .peer1 { fill: #c3cad2 } .peer2 { fill: #a0a9b4 }
path.held { stroke: #1a7f37 } tspan.held { fill: #1a7f37 } path.missed { stroke: #cf222e } tspan.missed { fill: #cf222e }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } .dim { fill: #9198a1 } .paper { fill: #0d1117 } .grid { stroke: #30363d } .whisker { stroke: #f0f6fc }
.ours1 { fill: #2c517e } .ours2 { fill: #245fa3 } .floor1 { fill: #6d4c1c } .floor2 { fill: #9c6a24 }
.peer1 { fill: #4b535c } .peer2 { fill: #626c77 } 
path.held { stroke: #3fb950 } tspan.held { fill: #3fb950 } path.missed { stroke: #f85149 } tspan.missed { fill: #f85149 }
}
</style>`;

interface Bar {
  readonly label: string;
  /** Which of the bars of a group: it chooses the shade. */
  readonly series: string;
  readonly figure: Figure;
}

/**
 * Horizontal bars of the medians in the scenario's own unit, with a whisker from the 10th to the 90th
 * percentile and a mark at the aim: ours blue, the floor orange, the peers grey; in dark mode too.
 */
export function plot(result: ScenarioResult): string {
  const bars = barsOf(result);
  const series = [...new Set(bars.map((bar) => bar.series))];
  const labels = [...new Set(bars.map((bar) => bar.label))];
  const left = MARGIN + Math.max(...labels.map(widthOf));
  const axis = axisFor(
    bars.map(({ figure }) => figure.summary),
    left,
    PLOT,
  );
  const words = bars.map((bar) => wordsOf(result, bar, series.indexOf(bar.series)));
  const right = Math.max(
    ...bars.map((bar, index) => {
      const content = `${words[index]}${aimOf(verdictOf(result, bar.figure))}`;
      return axis.x(bar.figure.summary.high) + SPACE + widthOf(content);
    }),
    left + legendWidth(series, axis),
  );
  const parts: string[] = [];
  let y = MARGIN;
  if (series.length > 1 || axis.isLogarithmic) {
    parts.push(legend(result, bars, series, axis, left, y));
    y += LEGEND;
  }
  const top = y;
  for (const label of labels) {
    const own = bars.filter((bar) => bar.label === label);
    parts.push(text(left - 8, y + (own.length * BAR) / 2 + 4, label, 'text-anchor="end"'));
    for (const bar of own) {
      const shade = series.indexOf(bar.series);
      parts.push(drawBar(result, bar, shade, y, axis));
      parts.push(drawWords(result, bar, words[bars.indexOf(bar)] ?? '', y, axis));
      y += BAR;
    }
    y += GAP;
  }
  const bottom = y - GAP;
  const [width, height] = [Math.ceil(right + MARGIN), bottom + AXIS];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="13" role="img" aria-labelledby="title">`,
    `<title id="title">${escapeXml(`${result.title}: ${result.isolates}`)}</title>`,
    STYLE,
    '<rect class="paper" width="100%" height="100%"/>',
    ...axis.ticks.map((tick) => drawTick(tick, result.unit, top, bottom, axis)),
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

function barsOf({ figures, unit, groupedBy }: ScenarioResult): Bar[] {
  const bars = figures
    .filter((figure) => figure.unit === unit)
    .map((figure) =>
      groupedBy === 'figure'
        ? { label: figure.figure, series: figure.contender, figure }
        : { label: figure.contender, series: figure.figure, figure },
    );
  const labels = [...new Set(bars.map(({ label }) => label))];
  return labels.flatMap((label) => bars.filter((bar) => bar.label === label));
}

/** Blue, orange or grey, darker for the first of a group. */
function colourOf(result: ScenarioResult, { contender }: Figure, shade: number): string {
  const { floor, groupedBy } = result;
  // In scenarios of a program's shutdown, `stop.requested` is ours too.
  const kind = /daimon|^stop\./.test(contender)
    ? 'ours'
    : groupedBy !== 'figure' && (floor === contender || floor?.startsWith(`${contender}: `))
      ? 'floor'
      : 'peer';
  return `${kind}${shade % 3}`;
}

function drawBar(
  result: ScenarioResult,
  { figure }: Bar,
  shade: number,
  y: number,
  axis: Axis,
): string {
  const { median, low, high } = figure.summary;
  const middle = y + BAR / 2;
  const [from, to] = [axis.x(low).toFixed(1), axis.x(high).toFixed(1)];
  const colour = colourOf(result, figure, shade);
  return [
    `<rect class="${colour}" x="${axis.left}" y="${y + 1}" width="${(axis.x(median) - axis.left).toFixed(1)}" height="${BAR - 2}"/>`,
    ...(from === to
      ? []
      : [
          `<path class="whisker" d="M${from} ${middle}H${to}M${from} ${middle - 3}v6M${to} ${middle - 3}v6"/>`,
        ]),
  ].join('\n');
}

/** The value beside its bar, and the mark at the aim. */
function drawWords(
  result: ScenarioResult,
  { figure }: Bar,
  words: string,
  y: number,
  axis: Axis,
): string {
  const verdict = verdictOf(result, figure);
  const kind = verdict?.isHeld ? 'held' : 'missed';
  const aimX = axis.x(verdict?.atMost ?? 0);
  const isMarked = aimX > axis.left && aimX <= axis.left + PLOT;
  const x = Math.round(Math.max(axis.x(figure.summary.high), isMarked ? aimX : 0)) + 7;
  const aim =
    verdict === null ? '' : `<tspan class="${kind}" dx="5">${escapeXml(aimOf(verdict))}</tspan>`;
  return [
    ...(isMarked
      ? [`<path class="${kind}" stroke-width="2" d="M${aimX.toFixed(1)} ${y - 1}v${BAR + 2}"/>`]
      : []),
    `<text x="${x}" y="${y + BAR / 2 + 4}">${escapeXml(words)}${aim}</text>`,
  ].join('\n');
}

function wordsOf(result: ScenarioResult, { figure }: Bar, shade: number): string {
  const ratio = formatRatio(ratioOf(result, figure));
  return [
    formatValue(figure.summary.median, figure.unit),
    ...(ratio === '' || figure.summary.median === 0 ? [] : [ratio]),
    ...(shade === 0 ? besides(result, figure) : []),
  ].join(' · ');
}

function aimOf(verdict: Verdict | null): string {
  return verdict === null ? '' : `· aim ${verdict.aim}`;
}

/** What the contender has in other units: how it came by its time. */
function besides(result: ScenarioResult, { contender, unit }: Figure): string[] {
  return result.figures
    .filter((other) => other.contender === contender && other.unit !== unit)
    .map((other) => `${formatValue(other.summary.median, other.unit)} ${other.figure}`);
}

function drawTick(value: number, unit: string, top: number, bottom: number, axis: Axis): string {
  const x = axis.x(value).toFixed(1);
  return [
    `<path class="grid" d="M${x} ${top - 4}V${bottom + 4}"/>`,
    text(x, bottom + 17, `${value} ${unit}`, 'class="dim" text-anchor="middle" font-size="11"'),
  ].join('\n');
}

const LOGARITHMIC = 'logarithmic scale';
const SWATCH = 17;
const SPACE = 22;

function legendWidth(series: readonly string[], { isLogarithmic }: Axis): number {
  const names = [...(series.length > 1 ? series : []), ...(isLogarithmic ? [LOGARITHMIC] : [])];
  return names.reduce((sum, name) => sum + SWATCH + widthOf(name) + SPACE, 0);
}

function legend(
  result: ScenarioResult,
  bars: readonly Bar[],
  series: readonly string[],
  { isLogarithmic }: Axis,
  left: number,
  y: number,
): string {
  const parts: string[] = [];
  let x = left;
  for (const [index, name] of series.entries()) {
    if (series.length < 2) break;
    // Where the series are figures, each contender has its colour; ours stands for all.
    const shown = bars.filter((bar) => bar.series === name);
    const bar = shown.find(({ figure }) => /daimon/.test(figure.contender)) ?? shown[0];
    const colour = bar === undefined ? '' : colourOf(result, bar.figure, index);
    parts.push(
      `<rect class="${colour}" x="${x}" y="${y}" width="12" height="12"/>`,
      text(x + SWATCH, y + 11, name),
    );
    x += SWATCH + Math.round(widthOf(name)) + SPACE;
  }
  if (isLogarithmic) parts.push(text(x, y + 11, LOGARITHMIC, 'class="dim" font-style="italic"'));
  return parts.join('\n');
}

function widthOf(content: string): number {
  return content.length * CHARACTER;
}

function text(x: number | string, y: number, content: string, attributes = ''): string {
  return `<text x="${x}" y="${y}"${attributes === '' ? '' : ` ${attributes}`}>${escapeXml(content)}</text>`;
}

function escapeXml(content: string): string {
  return content
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
