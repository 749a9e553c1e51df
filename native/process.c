/* Processes of the system: identity by pidfd, signals, ends, the mark of a tree, the user database. */
#include "daimon.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

static napi_value pidfd_open_(napi_env env, napi_callback_info info) {
  napi_value argument;
  int64_t pid;
  daimon_arguments(env, info, &argument, 1);
  if (!daimon_get_int(env, argument, &pid)) return NULL;
  long fd = syscall(SYS_pidfd_open, (pid_t)pid, 0);
  return fd < 0 ? daimon_throw_errno(env, "pidfd_open", errno) : daimon_int(env, fd);
}

static napi_value pidfd_signal(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  int64_t fd, number;
  daimon_arguments(env, info, arguments, 2);
  if (!daimon_get_int(env, arguments[0], &fd) || !daimon_get_int(env, arguments[1], &number)) return NULL;
  if (syscall(SYS_pidfd_send_signal, (int)fd, (int)number, NULL, 0) < 0)
    return daimon_throw_errno(env, "pidfd_send_signal", errno);
  return daimon_undefined(env);
}

static napi_value kill_(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  int64_t pid, number;
  daimon_arguments(env, info, arguments, 2);
  if (!daimon_get_int(env, arguments[0], &pid) || !daimon_get_int(env, arguments[1], &number)) return NULL;
  if (kill((pid_t)pid, (int)number) < 0) return daimon_throw_errno(env, "kill", errno);
  return daimon_undefined(env);
}

static napi_value null_value(napi_env env) {
  napi_value result;
  napi_get_null(env, &result);
  return result;
}

static napi_value exit_status(napi_env env, int status) {
  napi_value result;
  napi_create_object(env, &result);
  bool signaled = WIFSIGNALED(status);
  daimon_set(env, result, "exitCode", WIFEXITED(status) ? daimon_int(env, WEXITSTATUS(status)) : null_value(env));
  daimon_set(env, result, "signal", signaled ? daimon_int(env, WTERMSIG(status)) : null_value(env));
  return result;
}

/* linux/pidfd.h of 6.15; written here because older headers build us. */
struct daimon_pidfd_info {
  uint64_t mask, cgroupid;
  uint32_t pid, tgid, ppid, ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
  int32_t exit_code;
  uint32_t coredump_mask, spare;
};
#define DAIMON_PIDFD_INFO_EXIT (1u << 3)
#define DAIMON_PIDFD_GET_INFO _IOWR(0xFF, 11, struct daimon_pidfd_info)

/* A zombie still shows its status: field 3 is 'Z' and field 52, the last, the code. proc_pid_stat(5). */
static bool zombie_status(int64_t pid, int *status) {
  char path[40], text[1024];
  snprintf(path, sizeof path, "/proc/%lld/stat", (long long)pid);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  ssize_t got = read(file, text, sizeof text - 1);
  close(file);
  if (got <= 0) return false;
  text[got] = '\0';
  const char *state = strrchr(text, ')'), *last = strrchr(text, ' ');
  if (state == NULL || last < state || strncmp(state, ") Z ", 4) != 0) return false;
  *status = (int)strtol(last, NULL, 10);
  return true;
}

/*
 * The kernel tells the status once the parent has reaped (6.15); until then the zombie does. Between
 * the two looks the parent may reap, so look twice.
 */
static napi_value pidfd_exit_status(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  int64_t fd, pid;
  int status;
  daimon_arguments(env, info, arguments, 2);
  if (!daimon_get_int(env, arguments[0], &fd) || !daimon_get_int(env, arguments[1], &pid)) return NULL;
  for (int look = 0; look < 2; look++) {
    struct daimon_pidfd_info facts = {.mask = DAIMON_PIDFD_INFO_EXIT};
    if (ioctl((int)fd, DAIMON_PIDFD_GET_INFO, &facts) == 0 && (facts.mask & DAIMON_PIDFD_INFO_EXIT))
      return exit_status(env, facts.exit_code);
    if (zombie_status(pid, &status)) return exit_status(env, status);
  }
  return null_value(env);
}

/* PIDFD_INFO_EXIT came with 6.15; 6.13 has the same ioctl, without it. */
static napi_value tells_ends_to_all(napi_env env, napi_callback_info info) {
  (void)info;
  napi_value result;
  struct utsname system;
  unsigned major = 0, minor = 0;
  if (uname(&system) == 0) {
    char *rest = system.release;
    major = (unsigned)strtoul(rest, &rest, 10);
    if (*rest == '.') minor = (unsigned)strtoul(rest + 1, NULL, 10);
  }
  napi_get_boolean(env, major > 6 || (major == 6 && minor >= 15), &result);
  return result;
}

static napi_value reap(napi_env env, napi_callback_info info) {
  napi_value argument, result;
  int64_t pid;
  int status;
  daimon_arguments(env, info, &argument, 1);
  if (!daimon_get_int(env, argument, &pid)) return NULL;
  pid_t got = waitpid((pid_t)pid, &status, WNOHANG | WUNTRACED);
  if (got <= 0) return null_value(env);
  result = exit_status(env, status);
  daimon_set(env, result, "pid", daimon_int(env, got));
  daimon_set(env, result, "stopSignal", WIFSTOPPED(status) ? daimon_int(env, WSTOPSIG(status)) : null_value(env));
  return result;
}

static napi_value poll_readable(napi_env env, napi_callback_info info) {
  napi_value arguments[2], item;
  int64_t timeout, fd;
  uint32_t count = 0;
  struct pollfd watched[64];
  daimon_arguments(env, info, arguments, 2);
  napi_get_array_length(env, arguments[0], &count);
  if (count > 64) return daimon_throw_errno(env, "poll", EINVAL);
  for (uint32_t i = 0; i < count; i++) {
    napi_get_element(env, arguments[0], i, &item);
    if (!daimon_get_int(env, item, &fd)) return NULL;
    watched[i] = (struct pollfd){.fd = (int)fd, .events = POLLIN};
  }
  if (!daimon_get_int(env, arguments[1], &timeout)) return NULL;
  int ready = poll(watched, count, (int)timeout);
  if (ready < 0 && errno != EINTR) return daimon_throw_errno(env, "poll", errno);
  for (uint32_t i = 0; ready > 0 && i < count; i++)
    if (watched[i].revents != 0) return daimon_int(env, i);
  return daimon_int(env, -1);
}

static napi_value set_subreaper(napi_env env, napi_callback_info info) {
  napi_value argument;
  bool on = false;
  daimon_arguments(env, info, &argument, 1);
  napi_get_value_bool(env, argument, &on);
  if (prctl(PR_SET_CHILD_SUBREAPER, on, 0, 0, 0) < 0) return daimon_throw_errno(env, "prctl", errno);
  return daimon_undefined(env);
}

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
static bool is_marked(int proc, const char *pid, uint64_t mark) {
  if (!has_mark(proc, pid, mark)) return false; /* almost always: and no pidfd was needed */
  int pidfd = (int)syscall(SYS_pidfd_open, strtol(pid, NULL, 10), 0);
  if (pidfd < 0) return NO_PIDFDS;
  bool marked = !has_ended(pidfd) && has_mark(proc, pid, mark);
  close(pidfd);
  return marked;
}

static bool kill_marked(int proc, const char *pid, uint64_t mark) {
  pid_t number = (pid_t)strtol(pid, NULL, 10);
  if (number == getpid() || !has_mark(proc, pid, mark)) return false;
  int pidfd = (int)syscall(SYS_pidfd_open, number, 0);
  if (pidfd < 0) return NO_PIDFDS && kill(number, SIGKILL) == 0;
  bool killed = !has_ended(pidfd) && has_mark(proc, pid, mark) &&
                syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0) == 0;
  close(pidfd);
  return killed;
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

typedef bool (*judge)(int proc, const char *pid, uint64_t mark);
typedef napi_value (*teller)(napi_env env, int proc, const char *pid);

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
  if (self->is_meant(self->proc, pid, self->mark))
    napi_set_element(self->env, self->found, self->count++, self->tell(self->env, self->proc, pid));
}

static void visit_all(search *self) {
  union { struct dirent64 entry; char bytes[FEW_ENTRIES_BYTES]; } few;
  lseek(self->proc, 0, SEEK_SET);
  for (long bytes; (bytes = syscall(SYS_getdents64, self->proc, few.bytes, FEW_ENTRIES_BYTES)) > 0;) {
    for (long at = 0; at < bytes;) {
      const struct dirent64 *entry = (const void *)(few.bytes + at);
      at += entry->d_reclen;
      if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9') visit(self, entry->d_name);
    }
  }
}

#define MOST_NEWBORN 1000
#define MOST_LOOKS 20

/*
 * A look that finds nobody proves it only if nobody was born meanwhile: a child may be behind it, its
 * parent gone. So those born since are looked at one by one, until none was born during a look.
 */
static void visit_newborn(search *self, long born) {
  char pid[24];
  for (int look = 0; look < MOST_LOOKS && self->count == 0; look++) {
    long last = last_pid();
    if (last == born) return;
    if (last < born || last - born > MOST_NEWBORN) visit_all(self); /* the numbers began anew, or too many */
    else for (long number = born + 1; number <= last; number++) {
      snprintf(pid, sizeof pid, "%ld", number);
      visit(self, pid);
    }
    born = last;
  }
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
  visit_all(&self);
  if (self.count == 0) visit_newborn(&self, born);
  close(self.proc);
  return self.found;
}

static napi_value tell_pid(napi_env env, int proc, const char *pid) {
  (void)proc;
  return daimon_int(env, strtol(pid, NULL, 10));
}

static napi_value tell_name(napi_env env, int proc, const char *pid) {
  char comm[16];
  napi_value result;
  read_comm(proc, pid, comm);
  napi_create_object(env, &result);
  daimon_set(env, result, "pid", tell_pid(env, proc, pid));
  daimon_set(env, result, "comm", daimon_string(env, comm));
  return result;
}

static napi_value marked_processes(napi_env env, napi_callback_info info) {
  return visit_processes(env, info, is_marked, tell_pid);
}

static napi_value kill_marked_processes(napi_env env, napi_callback_info info) {
  return visit_processes(env, info, kill_marked, tell_name);
}

static napi_value exit_now(napi_env env, napi_callback_info info) {
  napi_value argument;
  int64_t status;
  daimon_arguments(env, info, &argument, 1);
  if (!daimon_get_int(env, argument, &status)) return NULL;
  _exit((int)status);
}

static napi_value random_number(napi_env env, napi_callback_info info) {
  (void)info;
  uint64_t bits;
  napi_value result;
  if (getrandom(&bits, sizeof bits, 0) != sizeof bits) return daimon_throw_errno(env, "getrandom", errno);
  napi_create_bigint_uint64(env, bits, &result);
  return result;
}

#define DATABASE_BYTES (1 << 20)

static napi_value describe_user(napi_env env, const struct passwd *user) {
  napi_value result, groups;
  int count = 64;
  gid_t *list = NULL;
  do {
    free(list);
    list = malloc((size_t)count * sizeof *list);
    if (list == NULL) return daimon_throw_errno(env, "getgrouplist", ENOMEM);
  } while (getgrouplist(user->pw_name, user->pw_gid, list, &count) < 0);
  napi_create_object(env, &result);
  daimon_set(env, result, "name", daimon_string(env, user->pw_name));
  daimon_set(env, result, "uid", daimon_int(env, user->pw_uid));
  daimon_set(env, result, "gid", daimon_int(env, user->pw_gid));
  daimon_set(env, result, "home", daimon_string(env, user->pw_dir));
  daimon_set(env, result, "shell", daimon_string(env, user->pw_shell));
  napi_create_array_with_length(env, (size_t)count, &groups);
  for (int i = 0; i < count; i++) napi_set_element(env, groups, (uint32_t)i, daimon_int(env, list[i]));
  daimon_set(env, result, "groups", groups);
  free(list);
  return result;
}

static napi_value lookup_user(napi_env env, napi_callback_info info) {
  napi_value argument, result = NULL;
  napi_valuetype type;
  struct passwd entry, *user = NULL;
  daimon_arguments(env, info, &argument, 1);
  napi_typeof(env, argument, &type);
  char *buffer = malloc(DATABASE_BYTES), *name = NULL;
  int64_t uid;
  int error = 0;
  if (type == napi_number) {
    daimon_get_int(env, argument, &uid);
    error = getpwuid_r((uid_t)uid, &entry, buffer, DATABASE_BYTES, &user);
  } else if (daimon_get_string(env, argument, &name)) {
    error = getpwnam_r(name, &entry, buffer, DATABASE_BYTES, &user);
  }
  if (user != NULL) result = describe_user(env, user);
  else if (error != 0 && error != ENOENT && error != ESRCH) daimon_throw_errno(env, "getpwnam", error);
  else result = null_value(env);
  free(name);
  free(buffer);
  return result;
}

static napi_value lookup_group(napi_env env, napi_callback_info info) {
  napi_value argument, result = NULL;
  napi_valuetype type;
  struct group entry, *group = NULL;
  daimon_arguments(env, info, &argument, 1);
  napi_typeof(env, argument, &type);
  char *buffer = malloc(DATABASE_BYTES), *name = NULL;
  int64_t gid;
  int error = 0;
  if (type == napi_number) {
    daimon_get_int(env, argument, &gid);
    error = getgrgid_r((gid_t)gid, &entry, buffer, DATABASE_BYTES, &group);
  } else if (daimon_get_string(env, argument, &name)) {
    error = getgrnam_r(name, &entry, buffer, DATABASE_BYTES, &group);
  }
  if (group != NULL) {
    napi_create_object(env, &result);
    daimon_set(env, result, "name", daimon_string(env, group->gr_name));
    daimon_set(env, result, "gid", daimon_int(env, group->gr_gid));
  } else if (error != 0 && error != ENOENT && error != ESRCH) daimon_throw_errno(env, "getgrnam", error);
  else result = null_value(env);
  free(name);
  free(buffer);
  return result;
}

void daimon_register_process(napi_env env, napi_value exports) {
  static const daimon_function table[] = {
    {"pidfdOpen", pidfd_open_},
    {"pidfdSignal", pidfd_signal},
    {"pidfdExitStatus", pidfd_exit_status},
    {"tellsEndsToAll", tells_ends_to_all},
    {"kill", kill_},
    {"reap", reap},
    {"pollReadable", poll_readable},
    {"setSubreaper", set_subreaper},
    {"markedProcesses", marked_processes},
    {"killMarked", kill_marked_processes},
    {"exitNow", exit_now},
    {"randomNumber", random_number},
    {"lookupUser", lookup_user},
    {"lookupGroup", lookup_group},
  };
  daimon_export(env, exports, table, sizeof table / sizeof *table);
}
