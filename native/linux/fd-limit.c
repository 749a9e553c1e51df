/*
 * The limit of open files that our caller has. Node raises its own soft limit to the hard one when it
 * boots, and what it launches would inherit that.
 */
#include "linux.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define INIT_PID 1

typedef struct { uint64_t soft, hard; } fd_limit;

/* /proc/PID/NAME, as text; -1 where there is none. */
static ssize_t read_of_process(pid_t pid, const char *name, char *text, size_t size) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return -1;
  ssize_t got = read(file, text, size - 1);
  close(file);
  if (got >= 0) text[got] = '\0';
  return got;
}

/* For processes of others: "Max open files", the soft limit and the hard one, which are always numbers. proc_pid_limits(5) */
static bool read_limit(pid_t pid, fd_limit *limit) {
  char text[4096], *end;
  if (read_of_process(pid, "limits", text, sizeof text) <= 0) return false;
  const char *line = strstr(text, "Max open files");
  if (line == NULL) return false;
  limit->soft = strtoull(line + strlen("Max open files"), &end, 10);
  limit->hard = strtoull(end, NULL, 10);
  return limit->soft > 0 && limit->hard > 0;
}

static bool limit_of(pid_t pid, fd_limit *limit) {
  struct rlimit told;
  if (prlimit(pid, RLIMIT_NOFILE, NULL, &told) < 0) return errno == EPERM && read_limit(pid, limit);
  *limit = (fd_limit){told.rlim_cur, told.rlim_max};
  return true;
}

/* Field 4 of proc_pid_stat(5); the name before it may hold anything. 0 where nobody tells. */
static pid_t parent_of(pid_t pid) {
  char text[1024];
  if (read_of_process(pid, "stat", text, sizeof text) <= 0) return 0;
  const char *name_end = strrchr(text, ')');
  return name_end == NULL || strlen(name_end) < 4 ? 0 : (pid_t)strtol(name_end + 4, NULL, 10);
}

/* What runs us, or a Node above: npx is one, with a shell between. */
static bool is_node(pid_t pid) {
  char path[64], program[1024];
  if (pid == getpid()) return true;
  snprintf(path, sizeof path, "/proc/%d/exe", (int)pid);
  ssize_t length = readlink(path, program, sizeof program - 1);
  if (length <= 0) return false;
  program[length] = '\0';
  const char *slash = strrchr(program, '/');
  return strncmp(slash == NULL ? program : slash + 1, "node", 4) == 0;
}

/* callersFdLimit(): that of the nearest ancestor with a lower one, where it was a Node below it who raised it; else null. */
static napi_value callers_fd_limit(napi_env env, napi_callback_info info) {
  (void)info;
  fd_limit own, above;
  pid_t child = getpid();
  if (!limit_of(child, &own) || own.soft != own.hard) return daimon_null(env);
  /* Init may have adopted who is below it: its limit is nobody's caller's. */
  for (pid_t pid = getppid(); pid > INIT_PID && limit_of(pid, &above); child = pid, pid = parent_of(pid)) {
    if (above.soft == own.soft) continue;
    return above.soft < own.soft && is_node(child) ? daimon_int(env, (int64_t)above.soft) : daimon_null(env);
  }
  return daimon_null(env);
}

void daimon_register_fd_limit(napi_env env, napi_value exports) {
  static const daimon_function table[] = {{"callersFdLimit", callers_fd_limit}};
  daimon_export(env, exports, table, sizeof table / sizeof *table);
}
