/* What FreeBSD tells of its processes. sysctl(3), procctl(2) */
#include "kqueue.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <sys/procctl.h>
#include <sys/sysctl.h>
#include <sys/time.h>
#include <sys/user.h>
#include <unistd.h>

static char state_of(int status) {
  switch (status) {
    case SRUN: return 'R';
    case SSTOP: return 'T';
    case SZOMB: return 'Z';
    default: return 'S';
  }
}

static int64_t microseconds(const struct timeval *time) { return (int64_t)time->tv_sec * 1000000 + time->tv_usec; }

/* What the kernel adds to every start time, and changes when somebody sets the clock. */
static int64_t boot_us(void) {
  int name[] = {CTL_KERN, KERN_BOOTTIME};
  struct timeval boot = {0, 0};
  size_t size = sizeof boot;
  return sysctl(name, 2, &boot, &size, NULL, 0) < 0 ? 0 : microseconds(&boot);
}

bool system_read_process(pid_t pid, process_facts *facts) {
  int name[] = {CTL_KERN, KERN_PROC, KERN_PROC_PID, pid};
  struct kinfo_proc found;
  size_t size = sizeof found;
  if (sysctl(name, 4, &found, &size, NULL, 0) < 0) return false;
  if (size < sizeof found || found.ki_structsize != (int)sizeof found || found.ki_pid != pid) {
    errno = ESRCH;
    return false;
  }
  *facts = (process_facts){
    .pid = pid,
    .parent = found.ki_ppid,
    .group = found.ki_pgid,
    .session = found.ki_sid,
    .started_us = microseconds(&found.ki_start) - boot_us(),
    .terminal = found.ki_tdev == (uint64_t)NODEV ? 0 : (uint32_t)found.ki_tdev,
    .state = state_of(found.ki_stat),
    .threads = found.ki_numthreads,
    .cpu_us = (int64_t)found.ki_runtime,
    .memory_bytes = (int64_t)found.ki_rssize * getpagesize(),
  };
  strlcpy(facts->name, found.ki_comm, sizeof facts->name);
  return true;
}

pid_t *system_list_pids(size_t *count) {
  int name[] = {CTL_KERN, KERN_PROC, KERN_PROC_PROC};
  size_t size = 0;
  struct kinfo_proc *found = NULL;
  do {
    free(found);
    if (sysctl(name, 3, NULL, &size, NULL, 0) < 0) return NULL;
    size += size / 8; /* for those born meanwhile; ENOMEM: there were more */
    found = malloc(size);
    if (found == NULL) return NULL;
  } while (sysctl(name, 3, found, &size, NULL, 0) < 0 && errno == ENOMEM);
  *count = size / sizeof *found;
  pid_t *pids = malloc((*count + 1) * sizeof *pids);
  for (size_t i = 0; pids != NULL && i < *count; i++) pids[i] = found[i].ki_pid;
  free(found);
  return pids;
}

/* Start times count from the boot, so that two boots need no names to be told apart; kern.boottime moves with the clock. */
bool system_boot_id(char *text, size_t size) { return strlcpy(text, "since-boot", size) < size; }

/* FreeBSD 13.1 */
bool system_path_of_fd(int fd, char *path, size_t size) {
#ifdef F_KINFO
  struct kinfo_file told = {.kf_structsize = sizeof told};
  return fcntl(fd, F_KINFO, &told) == 0 && strlcpy(path, told.kf_path, size) < size;
#else
  (void)fd, (void)path, (void)size;
  return false;
#endif
}

int system_adopt_orphans(void) { return procctl(P_PID, getpid(), PROC_REAP_ACQUIRE, NULL); }
