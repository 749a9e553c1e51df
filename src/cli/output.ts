import { styleText } from 'node:util';
import type { DaemonState } from '../control/describe.ts';

type Style = Parameters<typeof styleText>[0];

/** Colours only where they were asked for: on a terminal, and without NO_COLOR (no-color.org). */
export function paint(hasColour: boolean, style: Style, text: string): string {
  return hasColour ? styleText(style, text, { validateStream: false }) : text;
}

const STATE_COLOURS: Readonly<Record<DaemonState, Style>> = {
  running: 'green',
  starting: 'yellow',
  suspended: 'yellow',
  dead: 'red',
  stopped: 'gray',
};

export function paintState(hasColour: boolean, state: DaemonState, text: string): string {
  return paint(hasColour, STATE_COLOURS[state], text);
}

/** `12.3 MB`, in powers of 1000 as SI has it. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let amount = bytes;
  let unit = 0;
  while (amount >= 1000 && unit < units.length - 1) {
    amount /= 1000;
    unit++;
  }
  return `${unit === 0 || amount >= 100 ? Math.round(amount) : amount.toFixed(1)} ${units[unit]}`;
}

const UNSAFE = /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** JSON that is safe on a terminal too: JSON.stringify() escapes C0 controls, but neither C1 nor bidirectional ones. */
export function formatJson(value: unknown): string {
  return escapeJson(JSON.stringify(value, null, 2));
}

/** The same on one line, for results that come one after the other. */
export function formatJsonLine(value: unknown): string {
  return escapeJson(JSON.stringify(value));
}

function escapeJson(json: string): string {
  return json.replace(
    UNSAFE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
