/* A descriptor that stands for a process: linux/pidfds.c, kqueue/process-fd.c. */
#ifndef DAIMON_PROCESS_FD_H
#define DAIMON_PROCESS_FD_H

#include <sys/types.h>

/* Readable once the process has ended; CLOEXEC. -1 with errno, ESRCH when it is gone. Any thread, no locks. */
int daimon_process_fd(pid_t pid);

#endif
