import { existsSync } from 'node:fs';
import { NODE_VERSIONS, nodePath } from '../../tools/node-cache.mjs';

/** A Node version of the matrix; `skip` says what is missing. */
export interface TestNode {
  /** `20.19.0`, or `22` for the newest of that line. */
  readonly version: string;
  readonly major: number;
  readonly path: string;
  readonly skip: string | false;
}

export const NODES: readonly TestNode[] = NODE_VERSIONS.map((version) => {
  const path = nodePath(version);
  const skip = existsSync(path) ? false : `no ${path}; run: node tools/fetch-nodes.mjs`;
  return { version, major: Number.parseInt(version, 10), path, skip };
});
