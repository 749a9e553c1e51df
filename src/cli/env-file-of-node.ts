import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { DaemonError, isErrno } from '../errors.ts';
import { wayFault } from '../record/safe-folder.ts';

// Every Node up to 26 looks for its own --env-file among all arguments up to the first "--", those of a
// script too, and obeys a NODE_OPTIONS in that file. nodejs/node, src/node_dotenv.cc, GetDataFromArgs();
// test/journey/env-file.test.ts asks each version. Remove when no supported Node does.
const OPTIONS = ['--env-file', '--env-file-if-exists'];

/**
 * For root: refuses files that Node has read in our place though others can write to them. By now it
 * is too late for what stood in them; but a command line that never works is none that anybody keeps.
 */
export function refuseOthers(argv: readonly string[]): void {
  for (const file of filesThatNodeRead(argv)) {
    const path = resolve(file);
    const fault = wayFault(path, []) ?? ownerFault(path);
    if (fault === null) continue;
    throw new DaemonError(
      'UNSAFE_FILE',
      `Refused --env-file ${file}: ${fault}, and Node itself obeys a NODE_OPTIONS in it, as root, before daimon runs. ` +
        `Write: --environment-file ${file}`,
      { path },
    );
  }
}

/** As Node finds them. */
export function filesThatNodeRead(argv: readonly string[]): string[] {
  const dashes = argv.indexOf('--');
  const seen = dashes < 0 ? argv : argv.slice(0, dashes);
  return seen.flatMap((word, index) => {
    const option = OPTIONS.find((name) => word === name || word.startsWith(`${name}=`));
    if (option === undefined) return [];
    return word === option ? (seen[index + 1] ?? []) : word.slice(option.length + 1);
  });
}

function ownerFault(path: string): string | null {
  try {
    const { uid, mode } = statSync(path);
    if (uid !== 0) return `it belongs to another user (uid ${uid})`;
    return (mode & 0o022) === 0 ? null : 'others may write to it';
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return null; // only --env-file-if-exists comes this far
    throw error;
  }
}
