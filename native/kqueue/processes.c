/* What the system tells of its processes, and the forced end of our own descendants. */
#include "kqueue.h"
#include "ending.h"
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#define MOST_PASSES 50
#define MOST_DEPTH 64
#define MOST_DESCENDANTS 1024

static napi_value read_process(napi_env env, napi_callback_info info) {
  napi_value argument, result;
  int64_t pid;
  process_facts facts;
  daimon_arguments(env, info, &argument, 1);
  if (!daimon_get_int(env, argument, &pid)) return NULL;
  if (!system_read_process((pid_t)pid, &facts)) {
    return errno == ESRCH ? daimon_null(env) : daimon_throw_errno(env, "sysctl", errno);
  }
  char state[2] = {facts.state, '\0'};
  napi_create_object(env, &result);
  daimon_set(env, result, "pid", daimon_int(env, facts.pid));
  daimon_set(env, result, "parentPid", daimon_int(env, facts.parent));
  daimon_set(env, result, "pgid", daimon_int(env, facts.group));
  daimon_set(env, result, "sid", daimon_int(env, facts.session));
  daimon_set(env, result, "startedUs", daimon_int(env, facts.started_us));
  daimon_set(env, result, "terminal", daimon_int(env, facts.terminal));
  daimon_set(env, result, "state", daimon_string(env, state));
  daimon_set(env, result, "threads", daimon_int(env, facts.threads));
  daimon_set(env, result, "comm", daimon_string(env, facts.name));
  daimon_set(env, result, "cpuUs", daimon_int(env, facts.cpu_us));
  daimon_set(env, result, "memoryBytes", daimon_int(env, facts.memory_bytes));
  return result;
}

static napi_value list_pids(napi_env env, napi_callback_info info) {
  (void)info;
  napi_value result;
  size_t count;
  pid_t *pids = system_list_pids(&count);
  if (pids == NULL) return daimon_throw_errno(env, "sysctl", errno);
  napi_create_array_with_length(env, count, &result);
  for (size_t i = 0; i < count; i++) napi_set_element(env, result, (uint32_t)i, daimon_int(env, pids[i]));
  free(pids);
  return result;
}

static napi_value boot_id(napi_env env, napi_callback_info info) {
  (void)info;
  char text[64];
  return system_boot_id(text, sizeof text) ? daimon_string(env, text) : daimon_throw_errno(env, "sysctl", errno);
}

#define MOST_FDS 1024 /* what is looked for was opened first: a lock file at 10 or soon after */

static napi_value own_open_paths(napi_env env, napi_callback_info info) {
  (void)info;
  napi_value result;
  char path[PATH_MAX];
  uint32_t found = 0;
  napi_create_array(env, &result);
  for (int fd = 0; fd < MOST_FDS; fd++) {
    if (!system_path_of_fd(fd, path, sizeof path)) continue;
    napi_set_element(env, result, found++, daimon_string(env, path));
  }
  return result;
}

static napi_value set_subreaper(napi_env env, napi_callback_info info) {
  (void)info;
  return system_adopt_orphans() < 0 ? daimon_throw_errno(env, "procctl", errno) : daimon_undefined(env);
}

/* In the session of `ancestor`: what set itself apart by setsid(2) meant to stay. */
static bool is_descendant(pid_t pid, const process_facts *ancestor) {
  process_facts facts;
  if (pid == ancestor->pid || !system_read_process(pid, &facts) || facts.session != ancestor->session) return false;
  for (int depth = 0; depth < MOST_DEPTH && facts.parent > 1; depth++) {
    if (facts.parent == ancestor->pid) return true;
    if (!system_read_process(facts.parent, &facts)) return false;
  }
  return false;
}

typedef struct { size_t count; process_facts all[MOST_DESCENDANTS]; } held_tree;

static bool is_held(const held_tree *held, pid_t pid) {
  for (size_t i = 0; i < held->count; i++)
    if (held->all[i].pid == pid) return true;
  return false;
}

/* Stops those that are new, which then can neither fork nor end. How many they were. */
static int hold_descendants(held_tree *held, const process_facts *self) {
  size_t count = 0;
  int fresh = 0;
  pid_t *pids = system_list_pids(&count);
  for (size_t i = 0; pids != NULL && i < count && held->count < MOST_DESCENDANTS; i++) {
    process_facts *one = &held->all[held->count];
    if (is_held(held, pids[i]) || !is_descendant(pids[i], self) || !system_read_process(pids[i], one)) continue;
    if (one->state == 'Z' || kill(pids[i], SIGSTOP) < 0) continue;
    held->count++;
    fresh++;
  }
  free(pids);
  return fresh;
}

/*
 * Descent is known by parents, and a killed parent leaves children that belong to init: so all are
 * stopped first, until a look finds no new one, and killed together.
 */
void daimon_end_children(void) {
  process_facts self, now;
  held_tree *held = calloc(1, sizeof *held);
  if (held == NULL || !system_read_process(getpid(), &self)) return;
  for (int pass = 0; pass < MOST_PASSES && hold_descendants(held, &self) > 0; pass++) {}
  for (size_t i = 0; i < held->count; i++) {
    const process_facts *one = &held->all[i];
    if (system_read_process(one->pid, &now) && now.started_us == one->started_us) kill(one->pid, SIGKILL);
  }
}

void daimon_register_processes(napi_env env, napi_value exports) {
  static const daimon_function table[] = {
    {"readProcess", read_process},
    {"listPids", list_pids},
    {"bootId", boot_id},
    {"ownOpenPaths", own_open_paths},
    {"setSubreaper", set_subreaper},
  };
  daimon_export(env, exports, table, sizeof table / sizeof *table);
}
