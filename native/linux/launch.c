/*
 * Launching on Linux. CLONE_VM makes the cost independent of the caller's heap; the new processes share
 * the caller's memory meanwhile, so: raw system calls where the C library would take a lock or signal
 * other threads (set*id), or hides signals of its own.
 */
#include "daimon.h"
#include "launch-system.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define KERNEL_SIGNALS 64
#define KERNEL_SIGSET_BYTES 8

const bool launch_shares_memory = true;
const char *const launch_oom_path = "/proc/self/oom_score_adj";

pid_t launch_sharing_memory(int (*run)(void *), void *argument, char *stack, launch_role role, int *pidfd) {
  static const int flags[] = {
    [LAUNCH_CHILD] = CLONE_VFORK | SIGCHLD,
    [LAUNCH_MIDDLE] = CLONE_VFORK | CLONE_FILES,
    [LAUNCH_GRANDCHILD] = CLONE_PIDFD | SIGCHLD, /* ignored before Linux 5.2 */
  };
  return clone(run, stack, CLONE_VM | flags[role], argument, pidfd);
}

void launch_block_signals(sigset_t *before) {
  uint64_t all = ~(uint64_t)0;
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, before, KERNEL_SIGSET_BYTES);
}

void launch_restore_signals(const sigset_t *before) {
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, before, NULL, KERNEL_SIGSET_BYTES);
}

int launch_reset_signals(void) {
  struct { void *handler; unsigned long flags; void *restorer; uint64_t mask; } action = {0};
  for (int number = 1; number <= KERNEL_SIGNALS; number++) {
    if (number == SIGKILL || number == SIGSTOP) continue;
    if (syscall(SYS_rt_sigaction, number, &action, NULL, KERNEL_SIGSET_BYTES) < 0) return -1;
  }
  uint64_t none = 0;
  return (int)syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, KERNEL_SIGSET_BYTES);
}

/* Before Linux 5.9: reads the numbers from /proc, never counts up to RLIMIT_NOFILE. */
static int close_listed(unsigned first, unsigned last) {
  struct { uint64_t inode; int64_t offset; uint16_t length; uint8_t type; char name[]; } *entry;
  char buffer[2048] __attribute__((aligned(8)));
  bool closed_any;
  do {
    closed_any = false;
    int folder = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return -1;
    long bytes;
    while ((bytes = syscall(SYS_getdents64, folder, buffer, sizeof buffer)) > 0) {
      for (long at = 0; at < bytes; at += entry->length) {
        entry = (void *)(buffer + at);
        unsigned number = 0;
        if (entry->name[0] < '0' || entry->name[0] > '9') continue;
        for (const char *digit = entry->name; *digit; digit++) number = number * 10 + (unsigned)(*digit - '0');
        if (number < first || number > last || (int)number == folder) continue;
        close((int)number);
        closed_any = true;
      }
    }
    close(folder);
  } while (closed_any);
  return 0;
}

int launch_close_between(unsigned first, unsigned last) {
  if (first > last) return 0;
#ifdef SYS_close_range
  if (syscall(SYS_close_range, first, last, 0) == 0) return 0;
  if (errno != ENOSYS && errno != EPERM) return -1; /* EPERM: an old seccomp filter */
#endif
  return close_listed(first, last);
}

/* For files alone: root must not open what another user could have put in the way. setfsuid(2). */
int launch_use_file_ids(uid_t uid, gid_t gid) {
  syscall(SYS_setfsgid, gid);
  syscall(SYS_setfsuid, uid);
  if ((uid_t)syscall(SYS_setfsuid, -1) == uid && (gid_t)syscall(SYS_setfsgid, -1) == gid) return 0;
  errno = EPERM;
  return -1;
}

int launch_set_groups(size_t count, const gid_t *groups) { return (int)syscall(SYS_setgroups, count, groups); }

int launch_set_gid(gid_t gid) { return (int)syscall(SYS_setresgid, gid, gid, gid); }

int launch_set_uid(uid_t uid) { return (int)syscall(SYS_setresuid, uid, uid, uid); }

int launch_prove_drop(void) {
  /* Also what securebits or ambient capabilities of the caller would have kept. */
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0, 0, 0}, {0, 0, 0}};
  if (syscall(SYS_capset, &header, none) < 0) return -1;
  if (syscall(SYS_setresuid, (uid_t)-1, 0, (uid_t)-1) < 0 && syscall(SYS_setresuid, 0, (uid_t)-1, (uid_t)-1) < 0) return 0;
  errno = EPERM;
  return -1;
}

int launch_forbid_new_privileges(void) { return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); }

int launch_die_with_parent(void) { return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); }
