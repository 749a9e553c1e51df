import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { muslBunPath } from '../../tools/node-cache.mjs';
import { FIXTURES } from './sandbox.ts';

const LOADER = '/lib/ld-musl-x86_64.so.1';
const BUSYBOX = '/bin/busybox';
const LIBSTDCXX = '/usr/lib/x86_64-linux-gnu/libstdc++.so.6';
const LIBGCC = '/lib/x86_64-linux-gnu/libgcc_s.so.1';

/** Why no musl system can be made here; false when one can. */
export const MUSL_SKIP: string | false =
  [
    { has: existsSync(LOADER), remedy: 'apt-get install musl' },
    { has: isStatic(BUSYBOX), remedy: 'apt-get install busybox-static' },
    { has: existsSync(LIBSTDCXX) && existsSync(LIBGCC), remedy: 'apt-get install libstdc++6' },
    { has: existsSync(muslBunPath()), remedy: 'node tools/fetch-nodes.mjs' },
    { has: spawnSync('unshare', ['--mount', 'true']).status === 0, remedy: 'run as root' },
  ]
    .filter(({ has }) => !has)
    .map(({ remedy }) => `no musl system; ${remedy}`)
    .join('; ') || false;

function isStatic(program: string): boolean {
  return existsSync(program) && spawnSync('ldd', [program]).status !== 0;
}

/**
 * A folder that is a system like Alpine's: musl, busybox, and Bun, which is also called node there,
 * as npm has no Node for musl. Its processes see this machine's /proc and no library of glibc's.
 */
export class MuslSystem {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
    for (const folder of ['bin', 'lib', 'usr/bin', 'proc', 'dev', 'tmp', 'etc', 'app'])
      mkdirSync(join(root, folder), { recursive: true });
    copyFileSync(LOADER, join(root, LOADER));
    copyFileSync(LIBSTDCXX, join(root, 'lib/libstdc++.so.6'));
    copyFileSync(LIBGCC, join(root, 'lib/libgcc_s.so.1'));
    const shim = ['-shared', '-fPIC', '-nostdlib', join(FIXTURES, 'glibc-names.c')];
    execFileSync('cc', [...shim, '-o', join(root, 'lib/ld-linux-x86-64.so.2')]);
    copyFileSync(BUSYBOX, join(root, BUSYBOX));
    for (const name of ['sh', 'sleep', 'cat']) symlinkSync('busybox', join(root, 'bin', name));
    symlinkSync('/bin/busybox', join(root, 'usr/bin/env'));
    writeFileSync(join(root, 'usr/bin/bun'), '');
    symlinkSync('bun', join(root, 'usr/bin/node'));
    writeFileSync(
      join(root, 'etc/passwd'),
      'root:x:0:0::/:/bin/sh\nworker:x:4711:4712::/tmp:/bin/sh\n',
    );
    writeFileSync(join(root, 'etc/group'), 'root:x:0:\nworkers:x:4712:\nmore:x:4713:worker\n');
  }

  /** A command that runs these words of busybox's sh in it, in its folder /app. */
  command(script: string): string[] {
    const enter = [
      `mount --bind ${muslBunPath()} ${this.root}/usr/bin/bun`,
      `mount --rbind /proc ${this.root}/proc`,
      `mount --rbind /dev ${this.root}/dev`,
      `exec chroot ${this.root} /bin/sh -c 'cd /app; eval "$1"' sh "$1"`,
    ];
    const inside = ['sh', '-ec', enter.join('\n'), 'sh', script];
    return ['unshare', '--mount', '--propagation', 'private', ...inside];
  }

  /** For a test that has failed: their command lines do not tell where they are. */
  endAll(): void {
    for (const pid of readdirSync('/proc').map(Number)) if (pid > 0) this.#endIfInside(pid);
  }

  #endIfInside(pid: number): void {
    try {
      if (readlinkSync(`/proc/${pid}/root`) === this.root) process.kill(pid, 'SIGKILL');
    } catch {
      // it is gone
    }
  }
}
