import { readFileSync } from 'node:fs';

/** One `$ command` of a page, with what the page says it prints. */
export interface DocCommand {
  readonly command: string;
  readonly expected: readonly string[];
}

export interface DocPage {
  /** Code blocks that have a file name after their language. */
  readonly files: readonly { name: string; content: string }[];
  /** What the console blocks do, in their order. */
  readonly commands: readonly DocCommand[];
}

const BLOCK = /^```(\w+)(?: (\S+))?\n([\s\S]*?)^```$/gm;

export function readPage(path: string): DocPage {
  const files: { name: string; content: string }[] = [];
  const commands: { command: string; expected: string[] }[] = [];
  for (const [, language, name, content = ''] of readFileSync(path, 'utf8').matchAll(BLOCK)) {
    if (name !== undefined) files.push({ name, content });
    else if (language === 'console') commands.push(...readConsole(content));
  }
  return { files, commands };
}

function readConsole(text: string): { command: string; expected: string[] }[] {
  const commands: { command: string; expected: string[] }[] = [];
  for (const line of text.trimEnd().split('\n')) {
    if (line.startsWith('$ ')) commands.push({ command: line.slice(2), expected: [] });
    else commands.at(-1)?.expected.push(line);
  }
  return commands;
}

/** Numbers stand for numbers, times for times, and `…` for anything. */
export function expectation(lines: readonly string[]): RegExp {
  const text = lines
    .join('\n')
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replace(/\d+ ms\b/g, '\\d[\\d.]* m?s')
    .replace(/\b\d{2,}\b/g, '\\d+')
    .replaceAll('…', '[\\s\\S]*');
  return new RegExp(`^${text}$`);
}
