/*
 * The mark of a tree, as on Linux: a soft limit so high that it has no effect, here that of
 * pseudo-terminals, RLIMIT_NPTS. fork(2) and execve(2) hand it down, setsid(2) does not shake it off, and
 * anybody who sees the process may read it: sysctl kern.proc.rlimit.
 */
#include "kqueue.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/param.h>
#include <sys/resource.h>
#include <sys/sysctl.h>
#include <unistd.h>

static uint64_t mark_of(pid_t pid) {
  int name[] = {CTL_KERN, KERN_PROC, KERN_PROC_RLIMIT, pid, RLIMIT_NPTS};
  struct rlimit limit;
  size_t size = sizeof limit;
  return sysctl(name, 5, &limit, &size, NULL, 0) < 0 ? 0 : (uint64_t)limit.rlim_cur;
}

static bool get_mark(napi_env env, napi_callback_info info, uint64_t *mark) {
  napi_value argument;
  char *text;
  daimon_arguments(env, info, &argument, 1);
  if (!daimon_get_string(env, argument, &text)) return false;
  *mark = strtoull(text, NULL, 10);
  free(text);
  return true;
}

static bool is_marked(pid_t pid, uint64_t mark, process_facts *facts) {
  return mark_of(pid) == mark && system_read_process(pid, facts) && facts->state != 'Z';
}

static napi_value marked_processes(napi_env env, napi_callback_info info) {
  napi_value result;
  uint64_t mark;
  uint32_t found = 0;
  size_t count = 0;
  process_facts facts;
  if (!get_mark(env, info, &mark)) return NULL;
  pid_t *pids = system_list_pids(&count);
  if (pids == NULL) return daimon_throw_errno(env, "sysctl", errno);
  napi_create_array(env, &result);
  for (size_t i = 0; i < count; i++)
    if (is_marked(pids[i], mark, &facts)) napi_set_element(env, result, found++, daimon_int(env, pids[i]));
  free(pids);
  return result;
}

static napi_value kill_marked(napi_env env, napi_callback_info info) {
  napi_value result, one;
  uint64_t mark;
  uint32_t killed = 0;
  size_t count = 0;
  process_facts facts;
  if (!get_mark(env, info, &mark)) return NULL;
  pid_t *pids = system_list_pids(&count);
  if (pids == NULL) return daimon_throw_errno(env, "sysctl", errno);
  napi_create_array(env, &result);
  for (size_t i = 0; i < count; i++) {
    if (pids[i] == getpid() || !is_marked(pids[i], mark, &facts) || kill(pids[i], SIGKILL) < 0) continue;
    napi_create_object(env, &one);
    daimon_set(env, one, "pid", daimon_int(env, pids[i]));
    daimon_set(env, one, "comm", daimon_string(env, facts.name));
    napi_set_element(env, result, killed++, one);
  }
  free(pids);
  return result;
}

/* As a decimal string; null for none. */
static napi_value read_mark(napi_env env, napi_callback_info info) {
  napi_value argument;
  int64_t pid;
  char text[24];
  daimon_arguments(env, info, &argument, 1);
  if (!daimon_get_int(env, argument, &pid)) return NULL;
  uint64_t mark = mark_of((pid_t)pid);
  if (mark == 0 || mark == (uint64_t)RLIM_INFINITY) return daimon_null(env);
  snprintf(text, sizeof text, "%llu", (unsigned long long)mark);
  return daimon_string(env, text);
}

void daimon_register_extras(napi_env env, napi_value exports) {
  static const daimon_function table[] = {
    {"markedProcesses", marked_processes},
    {"killMarked", kill_marked},
    {"readMark", read_mark},
  };
  daimon_export(env, exports, table, sizeof table / sizeof *table);
}
