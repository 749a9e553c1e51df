/* The marks of the trees that are to end with this program, and the program that sees to it: see family.c. */
#include "linux.h"
#include "ending.h"
#include "family.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <unistd.h>

static _Atomic uint64_t own_family;

void daimon_end_children(void) {
  daimon_end_family(atomic_load(&own_family));
  daimon_end_descendants(getpid());
}

static bool get_mark(napi_env env, napi_value value, uint64_t *mark) {
  char *text;
  if (!daimon_get_string(env, value, &text)) return false;
  *mark = strtoull(text, NULL, 10);
  free(text);
  return true;
}

static napi_value mark_value(napi_env env, uint64_t mark) {
  char text[24];
  if (mark == RLIM_INFINITY) return daimon_string(env, "-1");
  snprintf(text, sizeof text, "%llu", (unsigned long long)mark);
  return daimon_string(env, text);
}

static napi_value set_family(napi_env env, napi_callback_info info) {
  napi_value argument;
  uint64_t family;
  daimon_arguments(env, info, &argument, 1);
  if (!get_mark(env, argument, &family)) return NULL;
  atomic_store(&own_family, family);
  return daimon_undefined(env);
}

static napi_value exchange_mark(napi_env env, napi_callback_info info) {
  napi_value argument;
  uint64_t mark;
  struct rlimit limit;
  daimon_arguments(env, info, &argument, 1);
  if (!get_mark(env, argument, &mark)) return NULL;
  if (getrlimit(RLIMIT_LOCKS, &limit) < 0) return daimon_throw_errno(env, "getrlimit", errno);
  uint64_t before = limit.rlim_cur;
  limit.rlim_cur = mark;
  if (setrlimit(RLIMIT_LOCKS, &limit) < 0) return daimon_throw_errno(env, "setrlimit", errno);
  return mark_value(env, before);
}

/* Children that other threads forked while the mark was ours: proc_pid_task_children(5). */
static void unmark_others(uint64_t mark, uint64_t before, pid_t child) {
  DIR *tasks = opendir("/proc/self/task");
  if (tasks == NULL) return;
  for (struct dirent *task; (task = readdir(tasks)) != NULL;) {
    char path[64];
    snprintf(path, sizeof path, "%.16s/children", task->d_name);
    int file = openat(dirfd(tasks), path, O_RDONLY | O_CLOEXEC);
    FILE *children = file < 0 ? NULL : fdopen(file, "r");
    if (children == NULL) continue;
    for (int pid; fscanf(children, "%d", &pid) == 1;) {
      struct rlimit limit;
      if (pid == child || prlimit(pid, RLIMIT_LOCKS, NULL, &limit) < 0 || limit.rlim_cur != mark) continue;
      limit.rlim_cur = before;
      prlimit(pid, RLIMIT_LOCKS, &limit, NULL);
    }
    fclose(children);
  }
  closedir(tasks);
}

static napi_value restore_mark(napi_env env, napi_callback_info info) {
  napi_value arguments[3];
  uint64_t before, mark;
  int64_t child;
  struct rlimit limit;
  daimon_arguments(env, info, arguments, 3);
  if (!get_mark(env, arguments[0], &before) || !get_mark(env, arguments[1], &mark)) return NULL;
  if (!daimon_get_int(env, arguments[2], &child)) return NULL;
  if (getrlimit(RLIMIT_LOCKS, &limit) < 0) return daimon_throw_errno(env, "getrlimit", errno);
  limit.rlim_cur = before;
  if (setrlimit(RLIMIT_LOCKS, &limit) < 0) return daimon_throw_errno(env, "setrlimit", errno);
  unmark_others(mark, before, (pid_t)child);
  return daimon_undefined(env);
}

static napi_value end_family(napi_env env, napi_callback_info info) {
  napi_value argument;
  uint64_t family;
  daimon_arguments(env, info, &argument, 1);
  if (!get_mark(env, argument, &family)) return NULL;
  daimon_end_family(family);
  return daimon_undefined(env);
}

#define MOST_MEMBERS 16384

static napi_value family_members(napi_env env, napi_callback_info info) {
  napi_value argument, result;
  uint64_t family;
  daimon_arguments(env, info, &argument, 1);
  if (!get_mark(env, argument, &family)) return NULL;
  int *pids = malloc(MOST_MEMBERS * sizeof *pids);
  if (pids == NULL) return daimon_throw_errno(env, "malloc", ENOMEM);
  int count = daimon_find_family(family, pids, MOST_MEMBERS);
  napi_create_array_with_length(env, (size_t)count, &result);
  for (int i = 0; i < count; i++) napi_set_element(env, result, (uint32_t)i, daimon_int(env, pids[i]));
  free(pids);
  return result;
}

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U /* Linux 6.3 */
#endif

static bool copy_all(int from, int to) {
  ssize_t copied;
  while ((copied = sendfile(to, from, NULL, 1 << 20)) > 0) {}
  return copied == 0;
}

/* For a watchdog whose file has lost its executable bit on the way. memfd_create(2) */
static napi_value executable_copy(napi_env env, napi_callback_info info) {
  napi_value argument;
  char *path;
  daimon_arguments(env, info, &argument, 1);
  if (!daimon_get_string(env, argument, &path)) return NULL;
  int source = open(path, O_RDONLY | O_CLOEXEC);
  free(path);
  if (source < 0) return daimon_throw_errno(env, "open", errno);
  int copy = memfd_create("daimon-watchdog", MFD_CLOEXEC | MFD_EXEC);
  if (copy < 0 && errno == EINVAL) copy = memfd_create("daimon-watchdog", MFD_CLOEXEC);
  int error = copy < 0 || !copy_all(source, copy) ? errno : 0;
  close(source);
  if (error == 0) return daimon_int(env, copy);
  if (copy >= 0) close(copy);
  return daimon_throw_errno(env, "memfd_create", error);
}

void daimon_register_families(napi_env env, napi_value exports) {
  static const daimon_function table[] = {
    {"setFamily", set_family},
    {"exchangeMark", exchange_mark},
    {"restoreMark", restore_mark},
    {"endFamily", end_family},
    {"familyMembers", family_members},
    {"executableCopy", executable_copy},
  };
  daimon_export(env, exports, table, sizeof table / sizeof *table);
}
