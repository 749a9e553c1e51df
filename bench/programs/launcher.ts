// launcher.ts MEGABYTES: a Node process with so much memory besides its own, which launches when it is told to.
import { spawn } from 'node:child_process';
import { system } from '../../src/os/index.ts';
import { planFor } from '../lib/bare-launch.ts';
import { C_DAEMON, endProcess, newStamp, nowMs, readStamp } from '../lib/processes.ts';

const CHUNK_MEGABYTES = 50;

// Written to, so that it is there: what a fork has to copy the page tables of.
const ballast = Array.from({ length: Math.floor(Number(process.argv[2]) / CHUNK_MEGABYTES) }, () =>
  Buffer.alloc(CHUNK_MEGABYTES * 1024 * 1024, 1),
);

const ways: Record<string, () => Promise<number>> = {
  async launch() {
    const stamp = newStamp();
    const startedMs = nowMs();
    const launched = system().launch(planFor(stamp));
    const tookMs = nowMs() - startedMs;
    system().adoptLaunched(launched).close();
    endProcess((await readStamp(stamp)).pid);
    return tookMs;
  },
  async spawn() {
    const stamp = newStamp();
    const startedMs = nowMs();
    const child = spawn(C_DAEMON, [stamp], { detached: true, stdio: 'ignore' });
    const tookMs = nowMs() - startedMs;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    endProcess((await readStamp(stamp)).pid);
    await ended;
    return tookMs;
  },
};

process.on('message', async (way: string) => process.send?.(await ways[way]?.()));
process.once('disconnect', () => process.exit(ballast.length > 0 ? 0 : 1));
