// Above the lock's fd, and among those that Node marks CLOEXEC at its start (up to the first gap
// above 15), so that nothing of ours reaches the daemon's children.
const FIRST_PRIVATE_FD = 11;

/** The lowest numbers for private fds of the new process that no kept fd wants. */
export function pickPrivateFds(kept: readonly number[], count: number): number[] {
  const picked: number[] = [];
  for (let fd = FIRST_PRIVATE_FD; picked.length < count; fd++) {
    if (!kept.includes(fd)) picked.push(fd);
  }
  return picked;
}
