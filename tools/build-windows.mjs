// Compiles the addon for Windows on this machine, for the tests that run it under Wine:
// dist/daimon-win32-x64.node. Without the compiler nothing is built, and they are skipped.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileNative, TARGETS } from './native-targets.mjs';

const TARGET = 'win32-x64';
const output = join(dirname(fileURLToPath(import.meta.url)), '..', 'dist', `daimon-${TARGET}.node`);
const { compiler, remedy } = TARGETS[TARGET];

const { status, error } = compileNative(TARGET, compiler, output, ['-s']);
if (error) console.log(`windows: not built, there is no ${compiler[0]} (${remedy})`);
else if (status !== 0) process.exitCode = 1;
