// Where the Node versions of the tests are kept: shared by all clones of one user.
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The oldest that we promise, and the newest of each line. */
export const NODE_VERSIONS = ['20.19.0', '20', '22', '24', '26'];

export function nodeFolder() {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return process.env.DAIMON_TEST_NODES || join(cache, 'daimon-test-nodes');
}

export function nodePath(version) {
  return join(nodeFolder(), version, 'bin', 'node');
}

/** Runtimes other than Node, by their npm packages. */
export const OTHER_RUNTIMES = ['bun', 'deno'];

export function runtimeFolder(name) {
  return join(nodeFolder(), name);
}

/** The programs themselves, in the packages for this machine: what is in .bin needs their install scripts. */
export function runtimePath(name) {
  const arm = process.arch === 'arm64';
  const program =
    name === 'bun'
      ? join('@oven', arm ? 'bun-linux-aarch64' : 'bun-linux-x64', 'bin', 'bun')
      : join('@deno', arm ? 'linux-arm64-glibc' : 'linux-x64-glibc', 'deno');
  return join(runtimeFolder(name), 'node_modules', program);
}

/** The Node for Windows that Wine runs. */
export function windowsNodePath() {
  return join(nodeFolder(), 'win-x64-22', 'bin', 'node.exe');
}

/** The Node for arm64 that qemu-user runs. */
export function armNodePath() {
  return join(nodeFolder(), 'linux-arm64-22', 'bin', 'node');
}

/** A runtime that is linked with musl; npm has no such Node. */
export function muslBunPath() {
  return join(nodeFolder(), 'bun-linux-x64-musl', 'bin', 'bun');
}

/** The compiler that builds for macOS, FreeBSD, and Windows on arm64, out of npm. */
export const ZIG_VERSION = '0.16.0';

export function zigFolder() {
  return join(nodeFolder(), `zig-${ZIG_VERSION}`);
}

export function zigPath() {
  const program = join('@zigc', `${process.platform}-${process.arch}`, 'bin', 'zig');
  return join(zigFolder(), 'node_modules', program);
}
