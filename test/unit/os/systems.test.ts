import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { jobSignals } from '../../../src/os/job-signals.ts';
import { processFacts } from '../../../src/os/kqueue-process.ts';
import { linux } from '../../../src/os/linux.ts';
import { resources } from '../../../src/os/resources.ts';
import { windows } from '../../../src/os/windows.ts';

const SOURCE = fileURLToPath(new URL('../../../src/', import.meta.url));

/** Lines of code, without what a comment says. */
function codeLines(): { place: string; code: string }[] {
  return readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) =>
      readFileSync(join(SOURCE, name), 'utf8')
        .split('\n')
        .map((line) => ({ place: name, code: line.replace(/^\s*(\*|\/\/|\/\*).*$/, '') })),
    );
}

describe('names that no file can have', () => {
  const table: [name: string, onWindows: boolean][] = [
    ['web', false],
    ['console', false],
    ['com', false],
    ['web.con', false],
    ['con', true],
    ['Con.worker', true],
    ['lpt1', true],
    ['web:1', true],
  ];
  for (const [name, onWindows] of table) {
    it(`${name}: ${onWindows ? 'not on Windows' : 'everywhere'}`, () => {
      assert.equal(windows.nameFault(name) !== null, onWindows);
      assert.equal(linux.nameFault(name), null);
    });
  }
});

describe('what is of one system', () => {
  it('names /proc in the Linux backend and in the audit of a Linux process only', () => {
    const elsewhere = codeLines()
      .filter(({ code }) => /['"`]\/proc/.test(code))
      .filter(({ place }) => !/^os\/(proc|linux-.*)\.ts$|^control\/check\//.test(place));
    assert.deepEqual(elsewhere, []);
  });

  it('asks for process.platform in os/index.ts only', () => {
    const elsewhere = codeLines()
      .filter(({ code }) => /process\.platform/.test(code))
      .filter(({ place }) => !/^os\/(index|native)\.ts$/.test(place));
    assert.deepEqual(elsewhere, []);
  });
});

describe('jobSignals()', () => {
  it('are the numbers of the running system', () => {
    const { SIGCHLD, SIGCONT, SIGSTOP, SIGTSTP } = constants.signals;
    assert.deepEqual(jobSignals(), { SIGCHLD, SIGCONT, SIGSTOP, SIGTSTP });
  });

  it('are those of the BSDs on macOS and FreeBSD', () => {
    const bsd = { SIGCHLD: 20, SIGCONT: 19, SIGSTOP: 17, SIGTSTP: 18 };
    assert.deepEqual(jobSignals('darwin'), bsd);
    assert.deepEqual(jobSignals('freebsd'), bsd);
  });
});

describe('resources()', () => {
  for (const [name, resource, number] of [
    ['linux', 'nofile', 7],
    ['darwin', 'nofile', 8],
    ['freebsd', 'nofile', 8],
    ['linux', 'nproc', 6],
    ['darwin', 'nproc', 7],
    ['darwin', 'as', 5],
    ['freebsd', 'as', 10],
    ['darwin', 'sigpending', undefined],
    ['win32', 'cpu', undefined],
  ] as const) {
    it(`${resource} is ${number} on ${name}`, () =>
      assert.equal(resources(name).get(resource)?.number, number));
  }
});

describe('processFacts()', () => {
  it('reckons the age on the clock of the start time, and keeps the identity whole', () => {
    const read = {
      ...{ pid: 7, parentPid: 1, pgid: 6, sid: 6, terminal: 0, state: 'S', threads: 3 },
      ...{ startedUs: 1_700_000_000_123_456, comm: 'node', cpuUs: 2500, memoryBytes: 4096 },
    };
    const facts = processFacts(read, 1_700_000_001_123_456, 'boot');
    assert.deepEqual(facts.ref, { pid: 7, startTime: '1700000000123456', bootId: 'boot' });
    assert.equal(facts.uptimeMs, 1000);
    assert.equal(facts.cpuTimeMs, 2.5);
    assert.equal('startedUs' in facts, false);
  });

  it('is never younger than nothing, when somebody has set the clock', () => {
    const read = {
      ...{ pid: 7, parentPid: 1, pgid: 6, sid: 6, terminal: 0, state: 'S', threads: 1 },
      ...{ startedUs: 2000, comm: 'x', cpuUs: 0, memoryBytes: 0 },
    };
    assert.equal(processFacts(read, 1000, 'boot').uptimeMs, 0);
  });
});
