import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const TOOLS = fileURLToPath(new URL('../../tools/', import.meta.url));

/** What the tests of packages need to be built across; without its compiler a target is left out. */
const TARGETS = ['linux-x64', 'linux-arm64', 'win32-x64'];

export interface Packed {
  readonly name: string;
  readonly version: string;
  readonly tarball: string;
  readonly manifest: Record<string, unknown>;
  /** Paths within the package, with their modes as `tar` writes them. */
  readonly files: readonly { readonly path: string; readonly mode: string }[];
}

/** Makes everything that is published, in this folder; of the addon, what is older than its sources. */
export function packAll(folder: string): Packed[] {
  const build = [join(TOOLS, 'build-native.mjs'), ...TARGETS, '--skip-missing', '--keep-fresh'];
  execFileSync(process.execPath, build, QUIET);
  execFileSync(
    process.execPath,
    [join(TOOLS, 'pack.mjs'), '--skip-missing', '--out', folder],
    QUIET,
  );
  return readdirSync(folder).map((name) => readTarball(join(folder, name)));
}

const QUIET = { encoding: 'utf8', stdio: 'pipe' } as const; // what it says is in the error

function readTarball(tarball: string): Packed {
  const text = execFileSync('tar', ['-xOzf', tarball, 'package/package.json'], QUIET);
  const manifest = JSON.parse(text) as { name: string; version: string };
  const listed = execFileSync('tar', ['-tvzf', tarball], QUIET);
  const files = listed.trim().split('\n').map(readListed);
  return { name: manifest.name, version: manifest.version, tarball, manifest, files };
}

function readListed(line: string): { path: string; mode: string } {
  const words = line.split(/\s+/);
  return { mode: words[0] ?? '', path: (words.at(-1) ?? '').replace(/^package\//, '') };
}

/** As much of the npm registry as `npm install` asks; whatever else it wants is not there. */
export async function serveRegistry(
  packages: readonly Packed[],
): Promise<{ url: string; [Symbol.asyncDispose](): Promise<void> }> {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '');
    const found = packages.find(
      ({ name, tarball }) => path === `/${name}` || path === `/-/${basename(tarball)}`,
    );
    if (found === undefined) response.writeHead(404).end('{}');
    else if (path.startsWith('/-/')) response.end(readFileSync(found.tarball));
    else response.end(JSON.stringify(describe(found, request.headers.host ?? '')));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function describe({ name, version, manifest, tarball }: Packed, host: string): unknown {
  const dist = { tarball: `http://${host}/-/${basename(tarball)}` };
  const versions = { [version]: { ...manifest, dist } };
  return { name, 'dist-tags': { latest: version }, versions };
}
