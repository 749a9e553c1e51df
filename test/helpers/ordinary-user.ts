import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { CLI } from './sandbox.ts';

const OTHERS_SEARCH = 0o001;

/** Why a test cannot run the built command as an ordinary user; false when it can. */
export const cannotBeOrdinary: string | false = reasonNot();

function reasonNot(): string | false {
  if (process.getuid?.() !== 0) return 'needs root';
  for (let folder = dirname(CLI); folder !== '/'; folder = dirname(folder)) {
    if ((statSync(folder).mode & OTHERS_SEARCH) === 0)
      return `an ordinary user cannot reach ${CLI}: ${folder} is closed to others`;
  }
  return false;
}
