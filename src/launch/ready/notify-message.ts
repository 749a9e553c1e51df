import { LONGEST_TIMER_MS } from '../../spec/duration.ts';

/** What one datagram of sd_notify(3) says, as far as a launcher minds. */
export interface NotifyMessage {
  readonly ready: boolean;
  readonly reloading: boolean;
  readonly status: string | null;
  /** A positive errno. */
  readonly errno: number | null;
  readonly mainPid: number | null;
  readonly extendTimeoutMs: number | null;
}

const LONGEST_STATUS = 1024;

/** Parses `KEY=value` lines; what is unknown or malformed is passed over, as sd_notify(3) asks. */
export function parseNotifyMessage(text: string): NotifyMessage {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const at = line.indexOf('=');
    if (at > 0) fields.set(line.slice(0, at), line.slice(at + 1));
  }
  const whole = (key: string) => {
    const value = fields.get(key);
    return value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : null;
  };
  const extendTimeoutUsec = whole('EXTEND_TIMEOUT_USEC');
  const mainPid = whole('MAINPID');
  return {
    ready: fields.get('READY') === '1',
    reloading: fields.get('RELOADING') === '1',
    status: fields.get('STATUS')?.slice(0, LONGEST_STATUS) ?? null,
    errno: whole('ERRNO'),
    mainPid: mainPid !== null && mainPid > 0 ? mainPid : null,
    extendTimeoutMs:
      extendTimeoutUsec === null ? null : Math.min(extendTimeoutUsec / 1000, LONGEST_TIMER_MS),
  };
}
