/* Launching where the kernel has no clone(2): by fork(2), after which the C library's own calls will do. */
#include "kqueue.h"
#include "launch-system.h"
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#ifdef __FreeBSD__
#define LAST_SIGNAL 128 /* _SIG_MAXSIG: real-time signals too */
#else
#define LAST_SIGNAL (NSIG - 1)
#endif

const bool launch_shares_memory = false;
const char *const launch_oom_path = NULL;

pid_t launch_sharing_memory(int (*run)(void *), void *argument, char *stack, launch_role role, int *pidfd) {
  (void)run, (void)argument, (void)stack, (void)role, (void)pidfd;
  errno = ENOSYS;
  return -1;
}

/* Until the new process has reset them: it has the launcher's handlers for as long. */
void launch_block_signals(sigset_t *before) {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, before);
}

void launch_restore_signals(const sigset_t *before) { pthread_sigmask(SIG_SETMASK, before, NULL); }

int launch_reset_signals(void) {
  struct sigaction action = {.sa_handler = SIG_DFL};
  sigset_t none;
  sigemptyset(&action.sa_mask);
  for (int number = 1; number <= LAST_SIGNAL; number++)
    if (sigaction(number, &action, NULL) < 0 && errno != EINVAL) return -1; /* EINVAL: KILL, STOP, the library's own */
  sigemptyset(&none);
  return sigprocmask(SIG_SETMASK, &none, NULL);
}

/* The process has one thread and no other user's secrets yet: it takes the ids on, and gives them back. */
int launch_use_file_ids(uid_t uid, gid_t gid) {
  if (seteuid(0) < 0) return -1;
  return setegid(gid) < 0 || seteuid(uid) < 0 ? -1 : 0;
}

static bool is_among(gid_t wanted, size_t count, const gid_t *groups) {
  for (size_t i = 0; i < count; i++)
    if (groups[i] == wanted) return true;
  return false;
}

/*
 * The first of the list is the effective gid, which setgid(2) replaces: so it comes twice, else it were lost.
 * setgroups(2) of FreeBSD 14. More than NGROUPS_MAX, 16 on macOS, where most users are in more, would be
 * refused: the rest is left out, as by initgroups(3).
 */
int launch_set_groups(size_t count, const gid_t *groups) {
  gid_t list[NGROUPS_MAX];
  size_t first = count > 0 && !is_among(groups[0], count - 1, groups + 1) ? 1 : 0;
  size_t rest = count < NGROUPS_MAX - first ? count : NGROUPS_MAX - first;
  if (first > 0) list[0] = groups[0];
  if (rest > 0) memcpy(list + first, groups, rest * sizeof *list);
  return setgroups((int)(first + rest), list);
}

/* For root these set the real, effective and saved id: setuid(2). */
int launch_set_gid(gid_t gid) { return setgid(gid); }

int launch_set_uid(uid_t uid) { return setuid(uid); }

int launch_prove_drop(void) {
  if (setuid(0) < 0 && seteuid(0) < 0) return 0;
  errno = EPERM;
  return -1;
}
