import { distance } from 'fastest-levenshtein';

/** The known word that was most likely meant; null when none is near. */
export function nearestWord(word: string, known: readonly string[]): string | null {
  let best: string | null = null;
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    const startsAlike = word.length > 1 && candidate.startsWith(word);
    const apart = startsAlike ? 1 : distance(word, candidate);
    if (apart >= bestDistance) continue;
    best = candidate;
    bestDistance = apart;
  }
  return best;
}
