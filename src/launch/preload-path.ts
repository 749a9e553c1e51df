import { ownFile } from '../os/own-files.ts';

let foundPath: string | undefined;

/** The module that is loaded first into a Node daemon, to say when it is ready. */
export function preloadPath(): string {
  foundPath ??= ownFile('preload.cjs');
  return foundPath;
}
