// Where the Node versions of the tests are kept: shared by all clones of one user.
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The oldest that we promise, and the newest of each line. */
export const NODE_VERSIONS = ['20.19.0', '20', '22', '24', '26'];

export function nodeFolder() {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return process.env.DAIMON_TEST_NODES || join(cache, 'daimon-test-nodes');
}

export function nodePath(version) {
  return join(nodeFolder(), version, 'bin', 'node');
}
