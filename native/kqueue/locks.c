/*
 * There are no locks of an open file by fcntl(2), but flock(2) is one, and in these systems both kinds see
 * each other: flock(2), "NOTES"; F_GETLK tells -1 for the owner of a flock.
 */
#include "daimon.h"
#include "lock-system.h"
#include <errno.h>
#include <sys/file.h>
#include <unistd.h>

int lock_look(int fd, struct flock *lock) {
  struct flock wanted = *lock;
  if (fcntl(fd, F_GETLK, lock) < 0) return -1;
  if (lock->l_type != F_UNLCK) return 0;
  /* Nobody else's. Our own is not told by F_GETLK, but is in the way of a flock. */
  if (flock(fd, LOCK_EX | LOCK_NB) == 0) return flock(fd, LOCK_UN);
  if (errno != EWOULDBLOCK) return -1;
  *lock = wanted;
  if (fcntl(fd, F_GETLK, lock) < 0) return -1;
  if (lock->l_type != F_UNLCK) return 0; /* somebody has just taken it */
  lock->l_type = F_WRLCK;
  lock->l_pid = getpid();
  return 0;
}

int lock_until_closed(int fd, struct flock *lock) {
  (void)lock;
  return flock(fd, LOCK_EX | LOCK_NB);
}
