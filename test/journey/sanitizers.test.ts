import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { instrument } from '../../tools/instrument.mjs';
import { Sandbox } from '../helpers/sandbox.ts';

const has = (command: string, ...words: string[]) => spawnSync(command, words).status === 0;

// These tools make everything slow, and other tests run beside.
const DEADLINE_MS = 220_000;

// Whatever goes through the addon: every step of a launch, failures, signals, terminals, worker threads, sockets.
const SUITES = [
  'contract/launch',
  'journey/attack-paths',
  'journey/children',
  'journey/daemon-context',
  'journey/graceful-shutdown',
  'journey/pid-file',
  'journey/run-signals',
  'journey/run-terminal',
  'journey/signal-handler',
  'journey/workers',
];

function reportsIn(folder: string): string {
  return readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n');
}

describe('the addon under AddressSanitizer and UndefinedBehaviorSanitizer', {
  skip: !has('cc', '-fsanitize=address', '-print-file-name=libasan.so') && 'no libasan',
}, () => {
  let folder = '';
  before(async () => {
    folder = await instrument('sanitized');
  });

  for (const suite of SUITES) {
    test(`${suite} passes, and they report nothing`, async (t) => {
      const box = new Sandbox(t);
      const reports = join(box.folder, 'reports');
      mkdirSync(reports);
      const ran = await runSuite(box, folder, suite, {
        LD_PRELOAD: libraryOf('libasan.so'),
        // V8 keeps its memory by other means, and leaves all of it at exit: leaks are for valgrind.test.ts.
        ASAN_OPTIONS: `detect_leaks=0:quarantine_size_mb=1:log_path=${join(reports, 'asan')}`,
        UBSAN_OPTIONS: `print_stacktrace=1:log_path=${join(reports, 'ubsan')}`,
      });
      assert.equal(reportsIn(reports), '');
      assert.match(ran.stdout, /^# pass [1-9]/m, ran.stderr);
      assert.equal(ran.status, 0, ran.stdout.slice(-8000));
    });
  }

  test('and they are at work: the addon asks them at each access', () => {
    const { stdout } = spawnSync('nm', ['-D', join(folder, 'dist/daimon.node')], {
      encoding: 'utf8',
    });
    assert.match(stdout, /__asan_report_load/);
    assert.match(stdout, /__ubsan_handle/);
  });
});

function libraryOf(name: string): string {
  return spawnSync('cc', [`-print-file-name=${name}`], { encoding: 'utf8' }).stdout.trim();
}

function runSuite(box: Sandbox, folder: string, suite: string, env: Record<string, string>) {
  const file = join(folder, 'test', `${suite}.test.ts`);
  const words = ['--import', 'tsx', '--test-reporter=tap', file];
  return box.run([process.execPath, ...words], {
    cwd: folder,
    env: { ...box.environment, ...env },
    deadlineMs: DEADLINE_MS,
  });
}
