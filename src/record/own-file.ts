import { system } from '../os/index.ts';
import { openTrustedFile } from '../os/trusted-file.ts';

/** Opens a file of the caller's, or of root's, that nobody else may write to. null when there is none. */
export function openOwnFile(path: string, access: number): number | null {
  return openTrustedFile(path, access, system());
}
