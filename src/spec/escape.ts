const CONTROLS = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/**
 * Makes foreign text (logs, process titles) safe for a terminal: control characters, which could
 * move the cursor, set the title or answer for the user, are shown as escapes. Tabs pass.
 */
export function escapeControls(text: string): string {
  return text.replace(CONTROLS, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`;
  });
}

/** `nginx (pid 12), sh (pid 13)`: what processes call themselves is foreign text. */
export function listProcesses(processes: readonly { pid: number; comm: string }[]): string {
  return processes.map(({ pid, comm }) => `${escapeControls(comm)} (pid ${pid})`).join(', ');
}

/** escapeControls() for a text of several lines, which stay lines. */
export function escapeLines(text: string): string {
  return text.split('\n').map(escapeControls).join('\n');
}

/** Like escapeLines(), for a text in which daimon's own colours are. */
export function escapeLinesButColours(text: string): string {
  const parts = text.split(RENDITION);
  return parts.map((part, index) => (index % 2 === 0 ? escapeLines(part) : part)).join('');
}

// "Select graphic rendition" of ECMA-48: colours and weights, and nothing else.
const RENDITION = /(\u001b\[[\d;:]{0,64}m)/;
const RESET = '\u001b[0m';

/**
 * Like escapeControls(), but lets colours and weights pass, which many programs write into their logs.
 * Concealed text does not stay concealed, and the line ends in the terminal's own colours.
 */
export function escapeButColours(text: string): string {
  const parts = text.split(RENDITION);
  if (parts.length === 1) return escapeControls(text);
  const safe = parts.map((part, index) =>
    index % 2 === 0 ? escapeControls(part) : conceals(part) ? '' : part,
  );
  return `${safe.join('')}${RESET}`;
}

/** Like escapeControls(), but without the colours and weights. */
export function escapeWithoutColours(text: string): string {
  const parts = text.split(RENDITION);
  return parts.map((part, index) => (index % 2 === 0 ? escapeControls(part) : '')).join('');
}

const CONCEAL = 8;
// 38, 48 and 58 take a colour: `5;N` of a palette, or `2;R;G;B`.
const TAKES_COLOUR = [38, 48, 58];

function conceals(rendition: string): boolean {
  const codes = rendition.slice(2, -1).split(/[;:]/).map(Number);
  for (let at = 0; at < codes.length; at++) {
    if (codes[at] === CONCEAL) return true;
    if (TAKES_COLOUR.includes(codes[at] ?? 0)) at += codes[at + 1] === 5 ? 2 : 4;
  }
  return false;
}
