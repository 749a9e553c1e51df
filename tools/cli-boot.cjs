#!/usr/bin/env node
// Becomes dist/cli.cjs: runs the bundled command from V8's code cache, which saves 4 to 7 ms of compiling
// at every start. Only this very Node may read it: V8 takes a cache of another patch level of its own
// version for good, and crashes (Node 20.19.0 with a cache of 20.20.2). All others compile the source.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { Script } = require('node:vm');

const command = /^[a-z]+$/.test(process.argv[2]) ? process.argv[2] : 'help';
const isLean = process.platform === 'linux' && /^(LEAN_COMMANDS)$/.test(command); // with a bundle of its own
const filename = join(__dirname, `cli-${isLean ? command : 'body'}.js`);
// V8 knows a source by its length alone: the build puts a hash of all bundles in the place of BUILD_ID.
const cacheName = join(
  __dirname,
  `cli-${command}-BUILD_ID-${process.version}-${process.arch}.cache`,
);

function readCache() {
  try {
    return readFileSync(cacheName);
  } catch {
    return undefined; // never run before, or not allowed to leave one
  }
}

const cachedData = readCache();
const script = new Script(readFileSync(filename, 'latin1'), { filename, cachedData });
script.runInThisContext()(exports, require, module, filename, __dirname);

// A published package holds no cache, as it does not know its Node: the first run of each command leaves
// one, as Python does in __pycache__. It lies beside the code and is written by the code's owner alone, so
// that nobody is trusted who was not before. In a clone the build runs some commands with this argument.
const isBuild = process.execArgv.includes('--title=daimon-build');
if (isBuild || (cachedData === undefined && __dirname.includes('node_modules')))
  process.on('exit', (status) => keepCache(status));

function keepCache(status) {
  const { renameSync, statSync, unlinkSync, writeFileSync } = require('node:fs');
  if (status === 2) return; // a word that is no command
  const partial = `${cacheName}.${process.pid}`;
  try {
    const isOwner = !process.geteuid || statSync(__dirname).uid === process.geteuid();
    if (!isOwner || process.env.NODE_DISABLE_COMPILE_CACHE) return;
    writeFileSync(partial, script.createCachedData(), { flag: 'wx', mode: 0o644 });
    renameSync(partial, cacheName);
  } catch {
    // A read-only system, a full disk: the command itself has done its work.
    try {
      unlinkSync(partial);
    } catch {}
  }
}
