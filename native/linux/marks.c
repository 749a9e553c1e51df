/* The mark of a tree of processes: who bears it, and the end of all who do. */
#include "linux.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* "Max file locks" line of /proc/PID/limits: the soft limit is the first number. For processes of others. */
static bool shows_mark(int proc, const char *pid, uint64_t mark) {
  char path[32], text[4096];
  size_t length = strlen(pid);
  if (length > 16) return false;
  memcpy(path, pid, length);
  memcpy(path + length, "/limits", 8);
  int file = openat(proc, path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  ssize_t got = read(file, text, sizeof text - 1);
  close(file);
  if (got <= 0) return false;
  text[got] = '\0';
  const char *line = strstr(text, "Max file locks");
  return line != NULL && strtoull(line + 14, NULL, 10) == mark;
}

/* prlimit(2) takes a fortieth of the time, but answers for processes of the same user only. */
static bool has_mark(int proc, const char *pid, uint64_t mark) {
  struct rlimit limit;
  if (prlimit((pid_t)strtol(pid, NULL, 10), RLIMIT_LOCKS, NULL, &limit) == 0) return limit.rlim_cur == mark;
  return errno == EPERM && shows_mark(proc, pid, mark);
}

#define NO_PIDFDS (errno == ENOSYS || errno == EPERM) /* before Linux 5.3, or a sandbox that forbids them */

/* A pidfd tells it of the whole process; in /proc one whose main thread alone has ended is a zombie. */
static bool has_ended(int pidfd) {
  struct pollfd end = {.fd = pidfd, .events = POLLIN};
  return poll(&end, 1, 0) > 0;
}

/* Opened before it is judged: when the process dies in between, and its number is given to another, nobody is meant. */
static bool is_marked(int proc, const char *pid, uint64_t mark, char comm[16]) {
  (void)comm;
  if (!has_mark(proc, pid, mark)) return false; /* almost always: and no pidfd was needed */
  int pidfd = (int)syscall(SYS_pidfd_open, strtol(pid, NULL, 10), 0);
  if (pidfd < 0) return errno != ESRCH; /* out of fds, or of memory: not knowing better, it is one */
  bool marked = !has_ended(pidfd) && has_mark(proc, pid, mark);
  close(pidfd);
  return marked;
}

/* The kernel's short name; "?" when the process is gone. */
static void read_comm(int proc, const char *pid, char comm[16]) {
  char path[32];
  snprintf(path, sizeof path, "%.16s/comm", pid);
  int file = openat(proc, path, O_RDONLY | O_CLOEXEC);
  ssize_t got = file < 0 ? 0 : read(file, comm, 16); /* at most 15 bytes and a line end */
  if (file >= 0) close(file);
  if (got > 0) comm[got - 1] = '\0';
  else memcpy(comm, "?", 2);
}

/* Its name is read while it lives: init may have reaped it by the time that the kill returns. */
static bool kill_marked(int proc, const char *pid, uint64_t mark, char comm[16]) {
  pid_t number = (pid_t)strtol(pid, NULL, 10);
  if (number == getpid() || !has_mark(proc, pid, mark)) return false;
  int pidfd = (int)syscall(SYS_pidfd_open, number, 0);
  read_comm(proc, pid, comm);
  if (pidfd < 0) return NO_PIDFDS && kill(number, SIGKILL) == 0;
  bool killed = !has_ended(pidfd) && has_mark(proc, pid, mark) &&
                syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0) == 0;
  close(pidfd);
  return killed;
}

/* The last pid that was given away: the fifth field of proc_loadavg(5). */
static long last_pid(void) {
  char text[128];
  int file = open("/proc/loadavg", O_RDONLY | O_CLOEXEC);
  ssize_t got = file < 0 ? 0 : read(file, text, sizeof text - 1);
  if (file >= 0) close(file);
  text[got > 0 ? got : 0] = '\0';
  const char *last = strrchr(text, ' ');
  return last == NULL ? -1 : strtol(last, NULL, 10);
}

/*
 * Few names at a time: each is judged in the microsecond in which it was listed. With readdir(3)'s
 * thousand, what forks and exits without end is always gone when its turn comes.
 */
#define FEW_ENTRIES_BYTES 96

typedef bool (*judge)(int proc, const char *pid, uint64_t mark, char comm[16]);
typedef napi_value (*teller)(napi_env env, const char *pid, const char *comm);

typedef struct {
  napi_env env;
  int proc;
  uint64_t mark;
  judge is_meant;
  teller tell;
  napi_value found;
  uint32_t count;
} search;

static void visit(search *self, const char *pid) {
  char comm[16];
  if (self->is_meant(self->proc, pid, self->mark, comm))
    napi_set_element(self->env, self->found, self->count++, self->tell(self->env, pid, comm));
}

/* False, with errno, when the kernel did not tell all: then nobody can say that nothing is left. */
static bool visit_all(search *self) {
  union { struct dirent64 entry; char bytes[FEW_ENTRIES_BYTES]; } few;
  lseek(self->proc, 0, SEEK_SET);
  long bytes;
  while ((bytes = syscall(SYS_getdents64, self->proc, few.bytes, FEW_ENTRIES_BYTES)) > 0) {
    for (long at = 0; at < bytes;) {
      const struct dirent64 *entry = (const void *)(few.bytes + at);
      at += entry->d_reclen;
      if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9') visit(self, entry->d_name);
    }
  }
  return bytes == 0;
}

#define MOST_NEWBORN 1000
#define MOST_LOOKS 20

/*
 * A look that finds nobody proves it only if nobody was born meanwhile: a child may be behind it, its
 * parent gone. So those born since are looked at one by one, until none was born during a look.
 */
static bool visit_newborn(search *self, long born) {
  char pid[24];
  for (int look = 0; look < MOST_LOOKS && self->count == 0; look++) {
    long last = last_pid();
    if (last == born) return true;
    if (last < born || last - born > MOST_NEWBORN) { /* the numbers began anew, or too many */
      if (!visit_all(self)) return false;
    } else for (long number = born + 1; number <= last; number++) {
      snprintf(pid, sizeof pid, "%ld", number);
      visit(self, pid);
    }
    born = last;
  }
  return true;
}

static napi_value visit_processes(napi_env env, napi_callback_info info, judge is_meant, teller tell) {
  napi_value argument;
  char *text;
  search self = {.env = env, .is_meant = is_meant, .tell = tell};
  daimon_arguments(env, info, &argument, 1);
  if (!daimon_get_string(env, argument, &text)) return NULL;
  self.mark = strtoull(text, NULL, 10);
  free(text);
  self.proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (self.proc < 0) return daimon_throw_errno(env, "open", errno);
  napi_create_array(env, &self.found);
  long born = last_pid();
  bool told_all = visit_all(&self) && (self.count > 0 || visit_newborn(&self, born));
  int error = errno;
  close(self.proc);
  return told_all ? self.found : daimon_throw_errno(env, "getdents64", error);
}

static napi_value tell_pid(napi_env env, const char *pid, const char *comm) {
  (void)comm;
  return daimon_int(env, strtol(pid, NULL, 10));
}

static napi_value tell_name(napi_env env, const char *pid, const char *comm) {
  napi_value result;
  napi_create_object(env, &result);
  daimon_set(env, result, "pid", tell_pid(env, pid, comm));
  daimon_set(env, result, "comm", daimon_string(env, comm));
  return result;
}

static napi_value marked_processes(napi_env env, napi_callback_info info) {
  return visit_processes(env, info, is_marked, tell_pid);
}

static napi_value kill_marked_processes(napi_env env, napi_callback_info info) {
  return visit_processes(env, info, kill_marked, tell_name);
}

void daimon_register_marks(napi_env env, napi_value exports) {
  static const daimon_function table[] = {
    {"markedProcesses", marked_processes},
    {"killMarked", kill_marked_processes},
  };
  daimon_export(env, exports, table, sizeof table / sizeof *table);
}
