import { whoStartedUs } from '../../host/started-by.ts';
import { findOwnDaemon, holdsHiddenClaim, isOwnClaim } from '../../record/own-claim.ts';
import { PidFile } from '../../record/pid-file.ts';
import { applyHere, type HereOptions } from './apply-here.ts';
import { deserializeArgs } from './clone-args.ts';
import { ownPlaces } from './launch-self.ts';
import { readyAfterThisTurn } from './ready.ts';

/** True where someone watches this process as a service, daimon included: detaching would take it away. */
export function isServiceAlready(): boolean {
  return whoStartedUs() !== null || holdsHiddenClaim() || findOwnDaemon(ownPlaces()) !== null;
}

/** The same as being launched, as far as a running process can do it to itself. */
export async function becomeHere(
  pidFile: string,
  args: Uint8Array,
  options: HereOptions & { readonly ready: 'auto' | 'notify' },
): Promise<unknown[]> {
  await claimHere(pidFile, 0);
  applyHere(options);
  if (options.ready === 'auto') readyAfterThisTurn();
  return deserializeArgs(args);
}

/** Claims the PID file for this process, until it ends; does nothing where it holds it already. */
export async function claimHere(pidFile: string, acquireTimeoutMs: number): Promise<PidFile> {
  const file = new PidFile(pidFile, { acquireTimeoutMs });
  if (!isOwnClaim(pidFile)) await file.acquire();
  process.on('exit', () => file.releaseSync());
  return file;
}
