/* Locks of an open file, Linux 3.15. fcntl(2), "Open file description locks" */
#include "daimon.h"
#include "lock-system.h"

int lock_look(int fd, struct flock *lock) { return fcntl(fd, F_OFD_GETLK, lock); }

int lock_until_closed(int fd, struct flock *lock) { return fcntl(fd, F_OFD_SETLK, lock); }
