/* Locks in the system's own way: linux/locks.c, kqueue/locks.c. 0, or -1 with errno. */
#ifndef DAIMON_LOCK_SYSTEM_H
#define DAIMON_LOCK_SYSTEM_H

#include <fcntl.h>

/* As F_GETLK, but a lock of this very process is told too. l_pid is -1 for those of lock_until_closed(). */
int lock_look(int fd, struct flock *lock);
/* Not the process' but the open file's: gone once it is closed. EAGAIN, EACCES or EWOULDBLOCK when another holds it. */
int lock_until_closed(int fd, struct flock *lock);

#endif
