import assert from 'node:assert/strict';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FIXTURES } from './sandbox.ts';
import { type WineBox, windowsPath } from './wine.ts';

/** The addon that the tests build for Windows, as programs there see it. */
export const WINDOWS_ADDON = windowsPath(
  fileURLToPath(new URL('../../dist/daimon-win32-x64.node', import.meta.url)),
);

/** A program of `test/fixtures`, and what is done to it. */
export interface Scene {
  readonly program: string;
  readonly args?: readonly string[];
  /**
   * A text that it says, the number of a signal that is sent to it, a pause, an event of its console,
   * which the compiled `windows/console-event.c` makes.
   */
  readonly steps: readonly (string | number | { pauseMs: number } | { consoleEvent: number })[];
}

export interface Seen {
  /** What became of each signal. */
  readonly answers: readonly string[];
  readonly code: number;
  readonly output: string;
  readonly errors: string;
  /** Those of the pids it told that still run. */
  readonly left: readonly number[];
}

/** Plays scenes in one Windows: the programs, and who sends them signals, are Windows processes. */
export async function playScenes<Name extends string>(
  box: WineBox,
  scenes: Readonly<Record<Name, Scene>>,
): Promise<Record<Name, Seen>> {
  const there = Object.fromEntries(
    Object.entries<Scene>(scenes).map(([name, scene]) => [
      name,
      { ...scene, program: windowsPath(join(FIXTURES, scene.program)) },
    ]),
  );
  const script = box.file('scenes.json', JSON.stringify(there));
  const ran = await box.node(
    join(FIXTURES, 'windows', 'conducts.cjs'),
    WINDOWS_ADDON,
    windowsPath(script),
  );
  assert.equal(ran.status, 0, ran.stdout + ran.stderr);
  return JSON.parse(ran.stdout) as Record<Name, Seen>;
}
