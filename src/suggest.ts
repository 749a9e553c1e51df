/** The known word that was most likely meant; null when none is near. */
export function nearestWord(word: string, known: readonly string[]): string | null {
  let best: string | null = null;
  // Of a word of two letters, two changes make any other.
  let bestDistance = Math.min(word.length, Math.max(2, Math.floor(word.length / 3)) + 1);
  for (const candidate of known) {
    const startsAlike = word.length > 1 && candidate.startsWith(word);
    const apart = startsAlike ? 1 : editDistance(word, candidate);
    if (apart >= bestDistance) continue;
    best = candidate;
    bestDistance = apart;
  }
  return best;
}

/** How many letters must be inserted, removed, changed or swapped with the next to make one word the other. */
export function editDistance(from: string, to: string): number {
  // Distances of the part of `from` seen so far, and of one letter less, to every beginning of `to`.
  let row = Array.from({ length: to.length + 1 }, (_, length) => length);
  let before: number[] = [];
  for (let at = 1; at <= from.length; at++) {
    const next = [at];
    for (let length = 1; length <= to.length; length++) {
      const kept = (row[length - 1] ?? 0) + (from[at - 1] === to[length - 1] ? 0 : 1);
      const isSwapped = from[at - 1] === to[length - 2] && from[at - 2] === to[length - 1];
      const swapped = isSwapped ? (before[length - 2] ?? Infinity) + 1 : Infinity;
      next.push(Math.min(kept, swapped, (row[length] ?? 0) + 1, (next[length - 1] ?? 0) + 1));
    }
    before = row;
    row = next;
  }
  return row[to.length] ?? 0;
}
