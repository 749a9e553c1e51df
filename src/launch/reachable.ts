import { dirname } from 'node:path';
import { system } from '../os/index.ts';
import type { NativePlan } from '../os/native-launch.ts';

const READ = 4;
const SEARCH = 1;

/** True when someone with these ids can read the file: the permission bits of it and of each folder above. */
export function isReachable(path: string, ids: NativePlan['credentials']): boolean {
  if (ids === null || ids.uid === null || ids.uid === 0) return true;
  const allows = (target: string, wanted: number) => {
    const status = system().stat(target);
    if (status === null) return false;
    if (status.uid === ids.uid) return (status.mode & (wanted << 6)) !== 0;
    const groups = [ids.gid, ...(ids.groups ?? [])];
    if (groups.includes(status.gid)) return (status.mode & (wanted << 3)) !== 0;
    return (status.mode & wanted) !== 0;
  };
  if (!allows(path, READ)) return false;
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if (!allows(folder, SEARCH)) return false;
    if (folder === '/') return true;
  }
}
