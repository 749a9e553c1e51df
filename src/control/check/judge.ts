import type { CheckFacts } from './facts.ts';
import type { Finding } from './finding.ts';
import { checkCapabilities, checkGroups, checkUser } from './rules/credentials.ts';
import { checkDescriptors } from './rules/descriptors.ts';
import { checkEnvironment } from './rules/environment.ts';
import { checkCore, checkOpenFiles, checkOtherLimits } from './rules/limits.ts';
import { checkPidFile } from './rules/pid-file.ts';
import { checkCwd, checkRoot, checkUmask } from './rules/place.ts';
import {
  checkParent,
  checkProgram,
  checkSession,
  checkState,
  checkTerminal,
} from './rules/session.ts';
import { checkBlocked, checkIgnored } from './rules/signals.ts';
import { checkLog, checkStreams } from './rules/streams.ts';

/** Every point of the audit, in the order of daemon(7) where it has one. Pure. */
export function judge(facts: CheckFacts): Finding[] {
  return [
    checkState(facts),
    checkSession(facts),
    checkTerminal(facts),
    checkParent(facts),
    ...checkStreams(facts),
    checkLog(facts),
    checkDescriptors(facts),
    checkCwd(facts),
    checkRoot(facts),
    checkUmask(facts),
    checkBlocked(facts),
    checkIgnored(facts),
    checkUser(facts),
    checkGroups(facts),
    checkCapabilities(facts),
    checkCore(facts),
    checkOpenFiles(facts),
    checkOtherLimits(facts),
    ...checkPidFile(facts),
    checkEnvironment(facts),
    checkProgram(facts),
  ];
}
