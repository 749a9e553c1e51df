import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { isRunning, startFixture, until } from '../helpers/program.ts';

const start = (name: string) => startFixture('shutdown-cases.mjs', [name]);

describe('gracefulShutdown()', () => {
  it('wakes wait() with the signal and lets the code behind it end', async () => {
    await using program = start('waits');
    await program.says(/ready/);
    program.signal('SIGINT');
    assert.equal(await program.end(), 0, program.errors);
    assert.match(program.output, /woke by SIGINT 2/);
  });

  it('aborts its signal with the ReceivedSignal, and lets the clean-up end', async () => {
    await using program = start('aborts');
    await program.says(/ready/);
    program.signal('SIGTERM');
    assert.equal(await program.end(), 0, program.errors);
    assert.match(program.output, /cause SIGTERM\ncleaned up/);
  });

  it('names what holds the event loop when a program that waited itself does not end', async () => {
    await using program = start('holdsOn');
    await program.says(/ready/);
    program.signal('SIGTERM');
    assert.equal(await program.end(), 143);
    assert.match(program.errors, /The event loop is held by: .*1 × Timeout/);
  });

  it('ends in time though execSync blocks, and takes its child along', async () => {
    await using program = start('execSync');
    await program.says(/ready/);
    const childrenOf = (pid: number | undefined) =>
      readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
        .trim()
        .split(' ')
        .filter(Boolean)
        .map(Number);
    const shell = () => childrenOf(program.pid)[0];
    await until(
      'the shell and what it runs',
      () => shell() !== undefined && childrenOf(shell()).length === 2,
    );
    const pids = [...childrenOf(program.pid), ...childrenOf(shell())];
    program.signal('SIGTERM');
    assert.equal(await program.end(), 143);
    assert.match(program.errors, /the event loop is blocked and has not seen the request/);
    await until('the shell is gone', () => !pids.some(isRunning));
  });

  it('stops on request(), with the flag up at once', async () => {
    await using program = start('asksItself');
    assert.equal(await program.end(), 0, program.errors);
    assert.match(program.output, /flag true enough[\s\S]*hook ran\noutcomes 1/);
  });

  it('ends with forceExitCode when the grace period passes', async () => {
    await using program = start('forcedAfterRequest');
    assert.equal(await program.end(), 42, program.errors);
  });

  it('ends with the exit code that was asked for', async () => {
    await using program = start('exitCodes');
    await program.says(/ready/);
    program.signal('SIGTERM');
    assert.equal(await program.end(), 115);
  });

  for (const [kind, message] of [
    ['uncaught', /Error: thrown on purpose/],
    ['unhandled', /Error: rejected on purpose/],
  ] as const) {
    it(`takes an ${kind} error for a reason to stop, exit code 1`, async () => {
      await using program = start(kind);
      assert.equal(await program.end(), 1);
      assert.match(program.output, /hook ran/);
      assert.match(program.errors, message);
    });
  }

  it('is the same object until it is taken down', async () => {
    await using program = start('same');
    assert.equal(await program.end(), 0, program.errors);
    assert.match(program.output, /same true[\s\S]*new true/);
  });

  it('leaves the default action behind when it is taken down', async () => {
    await using program = start('takenDown');
    await program.says(/listeners 0/);
    assert.match(program.output, /hook ran/);
    program.signal('SIGTERM');
    assert.equal(await program.end(), 'SIGTERM');
  });

  it("leaves the program's own listeners at work when it is taken down", async () => {
    await using program = start('takenDownBesideOthers');
    await program.says(/heard 1/);
    program.signal('SIGTERM');
    assert.equal(await program.end(), 7, program.errors);
  });

  it('hands on a signal that arrives while it is taken down', async () => {
    await using program = start('askedWhileTakenDown');
    await program.says(/ready/);
    program.signal('SIGTERM');
    assert.equal(await program.end(), 'SIGTERM');
  });

  it('outlives listeners that come and go', async () => {
    await using program = start('othersComeAndGo');
    await program.says(/ready/);
    program.signal('SIGTERM');
    assert.equal(await program.end(), 0);
    assert.match(program.output, /hook ran/);
  });

  it('wakes a waiting worker though the main thread is blocked', async () => {
    await using program = start('blockedMain');
    await program.says(/ready/);
    program.signal('SIGTERM');
    await program.says(/worker woke/, 1500);
    assert.equal(await program.end(), 143);
  });

  it('finishes jobs before their database goes, and aborts what would take for ever', async () => {
    await using program = startFixture('jobs-and-database.mjs');
    await program.says(/ready/);
    program.signal('SIGTERM');
    assert.equal(await program.end(), 0, program.errors);
    assert.match(program.output, /request aborted by SIGTERM/);
    assert.match(program.output, /jobs (\d+) \1\n/);
  });
});
