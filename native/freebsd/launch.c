/* What FreeBSD does in its own way to launch. procctl(2), close_range(2) */
#include "launch-system.h"
#include <errno.h>
#include <sys/procctl.h>
#include <unistd.h>

int launch_close_between(unsigned first, unsigned last) { return first > last ? 0 : close_range(first, last, 0); }

/* FreeBSD 14 */
int launch_forbid_new_privileges(void) {
#ifdef PROC_NO_NEW_PRIVS_CTL
  int on = PROC_NO_NEW_PRIVS_ENABLE;
  return procctl(P_PID, getpid(), PROC_NO_NEW_PRIVS_CTL, &on);
#else
  errno = ENOTSUP;
  return -1;
#endif
}

int launch_die_with_parent(void) {
  int number = SIGKILL;
  return procctl(P_PID, 0, PROC_PDEATHSIG_CTL, &number);
}
