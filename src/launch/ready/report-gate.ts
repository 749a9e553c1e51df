import { DaemonError } from '../../errors.ts';
import { system } from '../../os/index.ts';
import { native } from '../../os/native.ts';
import { readableOnce } from '../../os/readable-once.ts';
import type { ProcessRef } from '../../process-ref.ts';
import { pickPrivateFds } from '../fd-numbers.ts';
import type { ReadyGate } from './gate.ts';
import { never } from './never.ts';
import { type Report, ReportReader } from './report.ts';

// A program that computes for long after its call has returned never comes to say that it is ready.
const SETTLE_MS = 100;
// One that waits for its processor, on a loaded machine, does not compute: it is given so much longer at most.
const LONGEST_SETTLE_MS = 2000;
const WAITS_FOR_THE_MACHINE = 'RD';

// Closed natively: Deno's closeSync() knows only what Deno has opened.

/**
 * The program itself tells over a private pipe. `handOver` makes the fd of what else it is given;
 * `stderr` is what it has written to standard error so far.
 */
export function reportGate(
  keptFds: readonly number[],
  handOver: (reportFd: number) => number,
  stderr: () => readonly string[],
): ReadyGate {
  const [handoverFd = 0, reportFd = 0] = pickPrivateFds(keptFds, 2);
  const pipe = native().pipe();
  const handover = handOver(reportFd);
  const reader = new ReportReader(pipe.read);
  let lastWords = '';
  let failure: DaemonError | null = null;
  let isEnding = false;
  // What was read is known at once: the daemon's end may be heard while reports still wait their turn.
  const take = (): Report[] => {
    const reports = reader.take();
    for (const report of reports) {
      if (report.kind === 'last-words') lastWords = report.text;
      if (report.kind === 'ending') isEnding = true;
      if (report.kind === 'failed')
        failure = new DaemonError(report.code, report.message, report.facts);
    }
    return reports;
  };
  return {
    channel: {
      environment: {},
      fds: [
        [handover, handoverFd],
        [pipe.write, reportFd],
      ],
      keptFds,
      nodeArgs: [],
    },
    notifyAddress: null,
    launched() {
      native().closeFd(pipe.write);
      native().closeFd(handover);
    },
    async wait(daemon, listener, signal) {
      const settled = new AbortController();
      let timer: NodeJS.Timeout | undefined;
      const settle = (fromCpuMs: number, leftMs: number) => {
        const goesOn = () => {
          if (leftMs > 0 && isStarved(daemon.ref, fromCpuMs)) settle(fromCpuMs, leftMs - SETTLE_MS);
          else settled.abort();
        };
        timer = setTimeout(goesOn, SETTLE_MS);
      };
      try {
        const either = AbortSignal.any([signal, settled.signal]);
        for await (const report of reports(pipe.read, take, () => reader.ended, either)) {
          if (report.kind === 'ready') return;
          if (failure !== null) throw failure;
          if (report.kind === 'status') listener.onStatus(report.text);
          if (report.kind === 'returned') settle(cpuTimeMs(daemon.ref), LONGEST_SETTLE_MS);
          const ends = report.kind === 'last-words' || report.kind === 'ending';
          if (ends) clearTimeout(timer); // its end follows
        }
      } catch (error) {
        if (!settled.signal.aborted) throw error;
      } finally {
        clearTimeout(timer);
      }
    },
    failure() {
      take();
      return failure;
    },
    isEnding() {
      take();
      return isEnding;
    },
    lastWords() {
      take();
      return [...stderr(), ...lastWords.split('\n')];
    },
    close: () => native().closeFd(pipe.read),
  };
}

function cpuTimeMs({ pid }: ProcessRef): number {
  return system().readProcess(pid)?.cpuTimeMs ?? 0;
}

/** It could go on, and has not had half of the time that a program that computes would have had. */
function isStarved({ pid }: ProcessRef, fromCpuMs: number): boolean {
  const facts = system().readProcess(pid);
  if (facts === null || !WAITS_FOR_THE_MACHINE.includes(facts.state)) return false;
  return facts.cpuTimeMs - fromCpuMs < SETTLE_MS / 2;
}

async function* reports(
  fd: number,
  take: () => readonly Report[],
  hasEnded: () => boolean,
  signal: AbortSignal,
): AsyncGenerator<Report> {
  for (;;) {
    await readableOnce(fd, signal);
    yield* take();
    if (hasEnded()) await never(signal);
  }
}
