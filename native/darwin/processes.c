/* What macOS tells of its processes: sysctl(3), and proc_pidinfo(2) for what only their user may know. */
#include "kqueue.h"
#include <errno.h>
#include <fcntl.h>
#include <libproc.h>
#include <mach/mach_time.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysctl.h>
#include <unistd.h>

static char state_of(int status) {
  switch (status) {
    case SRUN: return 'R';
    case SSTOP: return 'T';
    case SZOMB: return 'Z';
    default: return 'S';
  }
}

/* In units of mach_absolute_time(), which are no nanoseconds on Apple silicon. */
static int64_t microseconds(uint64_t ticks) {
  mach_timebase_info_data_t unit;
  if (mach_timebase_info(&unit) != 0) return 0;
  return (int64_t)((double)ticks * unit.numer / unit.denom / 1000);
}

bool system_read_process(pid_t pid, process_facts *facts) {
  int name[] = {CTL_KERN, KERN_PROC, KERN_PROC_PID, pid};
  struct kinfo_proc found;
  size_t size = sizeof found;
  if (sysctl(name, 4, &found, &size, NULL, 0) < 0) return false;
  if (size < sizeof found || found.kp_proc.p_pid != pid) {
    errno = ESRCH;
    return false;
  }
  pid_t session = getsid(pid);
  *facts = (process_facts){
    .pid = pid,
    .parent = found.kp_eproc.e_ppid,
    .group = found.kp_eproc.e_pgid,
    .session = session < 0 ? 0 : session,
    .started_us = (int64_t)found.kp_proc.p_starttime.tv_sec * 1000000 + found.kp_proc.p_starttime.tv_usec,
    .terminal = found.kp_eproc.e_tdev == NODEV ? 0 : (uint32_t)found.kp_eproc.e_tdev,
    .state = state_of(found.kp_proc.p_stat),
    .threads = 1,
  };
  strlcpy(facts->name, found.kp_proc.p_comm, sizeof facts->name);
  struct proc_taskinfo task;
  if (proc_pidinfo(pid, PROC_PIDTASKINFO, 0, &task, sizeof task) == (int)sizeof task) {
    facts->threads = task.pti_threadnum;
    facts->memory_bytes = (int64_t)task.pti_resident_size;
    facts->cpu_us = microseconds(task.pti_total_user + task.pti_total_system);
  }
  return true;
}

#define ROOM_FOR_NEWBORN 64

pid_t *system_list_pids(size_t *count) {
  int most = proc_listallpids(NULL, 0);
  if (most <= 0) return NULL;
  most += ROOM_FOR_NEWBORN;
  pid_t *pids = malloc((size_t)most * sizeof *pids);
  if (pids == NULL) return NULL;
  int found = proc_listallpids(pids, most * (int)sizeof *pids);
  if (found < 0) {
    free(pids);
    return NULL;
  }
  *count = (size_t)found;
  return pids;
}

bool system_boot_id(char *text, size_t size) { return sysctlbyname("kern.bootsessionuuid", text, &size, NULL, 0) == 0; }

/* Nothing of the kind: orphans are launchd's. */
int system_adopt_orphans(void) { return 0; }

bool system_path_of_fd(int fd, char *path, size_t size) {
  (void)size; /* F_GETPATH wants MAXPATHLEN */
  return fcntl(fd, F_GETPATH, path) == 0;
}
