/** Without these, Windows' own libraries do not work: a cleared environment keeps them. */
const NEEDED = ['SystemDrive', 'SystemRoot', 'windir', 'TEMP', 'TMP', 'ComSpec', 'PATHEXT'];

/**
 * The environment as CreateProcess takes it: names are the same in upper and lower case, the last one
 * counts, and they are sorted. "Changing Environment Variables".
 */
export function environmentBlock(
  entries: readonly string[],
  own: Readonly<Record<string, string | undefined>>,
): string {
  const byName = new Map<string, string>();
  const add = (entry: string) => byName.set(nameOf(entry).toUpperCase(), entry);
  for (const name of NEEDED) {
    const value = own[name];
    if (value !== undefined) add(`${name}=${value}`);
  }
  for (const entry of entries) add(entry);
  const sorted = [...byName].sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map(([, entry]) => `${entry}\0`).join('');
}

/** A leading "=" is part of the name: cmd.exe keeps the folders of the drives so. */
function nameOf(entry: string): string {
  return entry.slice(0, entry.indexOf('=', 1));
}
