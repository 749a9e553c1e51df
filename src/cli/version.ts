import { readFileSync } from 'node:fs';

/** The package's own version: package.json stands above dist and above src/cli. */
function readVersion(): string {
  const place = import.meta.url.endsWith('.ts') ? '../../package.json' : '../package.json';
  const { version } = JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8')) as {
    version: string;
  };
  return version;
}

export const VERSION = readVersion();
