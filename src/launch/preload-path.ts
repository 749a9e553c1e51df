import { fileURLToPath } from 'node:url';

/** The preload is built beside the bundles of dist; seen from src, where the tests run, it is in dist too. */
export function preloadPath(): string {
  const place = import.meta.url.endsWith('.ts') ? '../../dist/preload.cjs' : './preload.cjs';
  return fileURLToPath(new URL(place, import.meta.url));
}
