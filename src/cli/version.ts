import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The package's own version: package.json stands above dist and above src/cli. */
function readVersion(): string {
  const place = import.meta.filename.endsWith('.ts') ? '../../package.json' : '../package.json';
  const text = readFileSync(join(import.meta.dirname, place), 'utf8');
  const { version } = JSON.parse(text) as { version: string };
  return version;
}

export const VERSION = readVersion();
