/** `fail`: against daemon(7), or it will hurt. `remark`: fine if it was meant, or cannot be known. */
export type CheckResult = 'pass' | 'remark' | 'fail';

/** One point of the audit; the field names and the names of the points are a promise to programs. */
export interface Finding {
  readonly check: string;
  readonly result: CheckResult;
  /** What was found, in words. May hold foreign text: escape it before it meets a terminal. */
  readonly found: string;
  /** What to do about it; null where nothing needs to be done. */
  readonly remedy: string | null;
}

export function pass(check: string, found: string): Finding {
  return { check, result: 'pass', found, remedy: null };
}

export function remark(check: string, found: string, remedy: string): Finding {
  return { check, result: 'remark', found, remedy };
}

export function fail(check: string, found: string, remedy: string): Finding {
  return { check, result: 'fail', found, remedy };
}

export function denied(check: string): Finding {
  return remark(
    check,
    'not known: the system does not let you look',
    'Run the check as root (with CAP_SYS_PTRACE)',
  );
}
