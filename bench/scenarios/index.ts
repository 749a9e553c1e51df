import type { Scenario } from '../lib/scenario.ts';
import { command, expressStart, nodeStart } from './command.ts';
import { refuseSecond, startAtOnce } from './identity.ts';
import { launchC, launchNode } from './launching.ts';
import { growth, hundred, thousand } from './many.ts';
import { exitSeen, heaps } from './native.ts';
import { rest } from './rest.ts';
import {
  busyWorkers,
  childTree,
  drainConnections,
  flagCheck,
  signalToHandler,
} from './shutdown.ts';
import { stopC, stopNode } from './stopping.ts';
import { waiting } from './waiting.ts';

export const SCENARIOS: readonly Scenario[] = [
  launchC,
  launchNode,
  heaps,
  command,
  nodeStart,
  expressStart,
  refuseSecond,
  startAtOnce,
  stopC,
  stopNode,
  exitSeen,
  waiting,
  flagCheck,
  signalToHandler,
  busyWorkers,
  drainConnections,
  childTree,
  rest,
  growth,
  hundred,
  thousand,
];
