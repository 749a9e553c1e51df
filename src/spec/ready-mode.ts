import { DaemonError } from '../errors.ts';

/** How a daemon says that it is ready. `auto` is resolved by the kind of entry. */
export type ReadyMode =
  | { kind: 'auto' }
  | { kind: 'exec' }
  | { kind: 'loaded' }
  | { kind: 'listening' }
  | { kind: 'notify' }
  | { kind: 'ipc' }
  | { kind: 'fd'; fd: number }
  | { kind: 'tcp'; host: string; port: number }
  | { kind: 'http'; url: string };

/** File descriptors are ints. */
export const HIGHEST_FD = 2 ** 31 - 1;
const WORDS = ['auto', 'exec', 'loaded', 'listening', 'notify', 'ipc'] as const;
const FORMS = `${WORDS.join(', ')}, fd:N, tcp:PORT, tcp:HOST:PORT, http:URL`;

/** Parses `--ready`. `http:` takes a whole URL (`http://host:8080/up`, also https) or `http:8080/up`. */
export function parseReadyMode(text: string): ReadyMode {
  const word = WORDS.find((known) => known === text);
  if (word !== undefined) return { kind: word };
  const colon = text.indexOf(':');
  const [form, rest] = [text.slice(0, colon), text.slice(colon + 1)];
  if (form === 'fd' && /^\d+$/.test(rest) && Number(rest) > 2 && Number(rest) <= HIGHEST_FD)
    return { kind: 'fd', fd: Number(rest) };
  if (form === 'tcp') return parseTcp(rest, text);
  if (form === 'http' || form === 'https') return parseHttp(form, rest, text);
  throw invalid(text);
}

function parseTcp(rest: string, text: string): ReadyMode {
  const found = /^(?:\[?([^\]]*?)\]?:)?(\d{1,5})$/.exec(rest);
  const port = Number(found?.[2]);
  if (found === null || port < 1 || port > 65535) throw invalid(text);
  return { kind: 'tcp', host: found[1] || 'localhost', port };
}

function parseHttp(form: string, rest: string, text: string): ReadyMode {
  let address = /^https?:\/\//.test(rest) ? rest : `${form}:${rest}`;
  const bare = /^:?(\d{1,5})(\/.*)?$/.exec(rest);
  if (bare !== null) address = `${form}://localhost:${bare[1]}${bare[2] ?? '/'}`;
  if (!/^https?:\/\//.test(address) || !URL.canParse(address)) throw invalid(text);
  return { kind: 'http', url: new URL(address).href };
}

function invalid(text: string): DaemonError {
  return new DaemonError(
    'INVALID_ARGUMENT',
    `"${text}" is no way to be ready; choose one of: ${FORMS}`,
  );
}

export function formatReadyMode(mode: ReadyMode): string {
  switch (mode.kind) {
    case 'fd':
      return `fd:${mode.fd}`;
    case 'tcp':
      return `tcp:${mode.host.includes(':') ? `[${mode.host}]` : mode.host}:${mode.port}`;
    case 'http':
      return mode.url;
    default:
      return mode.kind;
  }
}
