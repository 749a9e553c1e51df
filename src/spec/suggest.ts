/** The known word that was most likely meant; null when none is near. */
export function nearestWord(word: string, known: readonly string[]): string | null {
  let best: string | null = null;
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    const startsAlike = word.length > 1 && candidate.startsWith(word);
    const apart = startsAlike ? 1 : editDistance(word, candidate);
    if (apart >= bestDistance) continue;
    best = candidate;
    bestDistance = apart;
  }
  return best;
}

/** How many letters must be inserted, removed or changed to make one word the other (Levenshtein). */
function editDistance(from: string, to: string): number {
  // Distances of the part of `from` seen so far to every beginning of `to`.
  let row = Array.from({ length: to.length + 1 }, (_, length) => length);
  for (let at = 1; at <= from.length; at++) {
    const next = [at];
    for (let length = 1; length <= to.length; length++) {
      const kept = (row[length - 1] ?? 0) + (from[at - 1] === to[length - 1] ? 0 : 1);
      next.push(Math.min(kept, (row[length] ?? 0) + 1, (next[length - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
