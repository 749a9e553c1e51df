import { existsSync } from 'node:fs';
import { NODE_MAJORS, nodePath } from '../../tools/node-cache.mjs';

/** A Node version of the matrix; `skip` says what is missing. */
export interface TestNode {
  readonly major: number;
  readonly path: string;
  readonly skip: string | false;
}

export const NODES: readonly TestNode[] = NODE_MAJORS.map((major) => {
  const path = nodePath(major);
  const skip = existsSync(path) ? false : `no ${path}; run: node tools/fetch-nodes.mjs`;
  return { major, path, skip };
});
