import { system } from './index.ts';

/** What runs this program. Only Node tells a module that is loaded first when the main module has loaded. */
export const RUNTIME: 'node' | 'bun' | 'deno' =
  'bun' in process.versions ? 'bun' : 'deno' in process.versions ? 'deno' : 'node';

/** The options that this runtime was started with. Deno tells its own nowhere but in its command line. */
export function runtimeArgs(): readonly string[] {
  if (RUNTIME !== 'deno') return process.execArgv;
  const line = system().ownArguments();
  return line.slice(1, line.length - (process.argv.length - 2) - 1);
}
