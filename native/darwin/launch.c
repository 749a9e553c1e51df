/* What macOS does in its own way to launch. */
#include "launch-system.h"
#include <errno.h>
#include <libproc.h>
#include <unistd.h>

#define MOST_LISTED 4096

/*
 * There is no close_range(2), and RLIMIT_NOFILE may be anything. proc_pidinfo(2) lists what is open,
 * in order, as far as there is room; what lies beyond is counted up to.
 */
int launch_close_between(unsigned first, unsigned last) {
  struct proc_fdinfo listed[MOST_LISTED];
  if (first > last) return 0;
  int bytes = proc_pidinfo(getpid(), PROC_PIDLISTFDS, 0, listed, sizeof listed);
  if (bytes <= 0) return -1;
  int count = bytes / (int)sizeof *listed;
  unsigned seen = 0;
  for (int i = 0; i < count; i++) {
    unsigned number = (unsigned)listed[i].proc_fd;
    if (number >= seen) seen = number + 1;
    if (number >= first && number <= last) close((int)number);
  }
  if (count < MOST_LISTED) return 0;
  unsigned end = (unsigned)getdtablesize();
  for (unsigned number = seen > first ? seen : first; number < end && number <= last; number++) close((int)number);
  return 0;
}

int launch_forbid_new_privileges(void) {
  errno = ENOTSUP;
  return -1;
}

/* Nothing of the kind: see docs/platforms.md. */
int launch_die_with_parent(void) { return 0; }
