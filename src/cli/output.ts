import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Colours only where they were asked for: on a terminal, and without NO_COLOR (no-color.org). */
export function paint(hasColour: boolean, style: Style, text: string): string {
  return hasColour ? styleText(style, text, { validateStream: false }) : text;
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
