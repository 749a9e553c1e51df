/*
 * Who forked whom, by numbers that a boot gives to no second process. execve(2) leaves them, and they name a
 * parent that is long gone. In no public header: xnu, bsd/sys/proc_info_private.h. Told of every process but zombies.
 */
#include "kqueue.h"
#include <assert.h>
#include <libproc.h>

#define PIDUNIQIDENTIFIERINFO 17

typedef struct {
  uint8_t program[16];
  uint64_t own, parent;
  int32_t versions[2];
  uint64_t reserved[2];
} birth_info;

static_assert(sizeof(birth_info) == 56, "as the kernel has it");

static napi_value read_birth(napi_env env, napi_callback_info info) {
  napi_value argument, result;
  int64_t pid;
  birth_info birth;
  daimon_arguments(env, info, &argument, 1);
  if (!daimon_get_int(env, argument, &pid)) return NULL;
  if (proc_pidinfo((pid_t)pid, PIDUNIQIDENTIFIERINFO, 0, &birth, sizeof birth) != (int)sizeof birth) return daimon_null(env);
  napi_create_object(env, &result);
  daimon_set(env, result, "id", daimon_int(env, (int64_t)birth.own));
  daimon_set(env, result, "parentId", daimon_int(env, (int64_t)birth.parent));
  return result;
}

void daimon_register_extras(napi_env env, napi_value exports) {
  static const daimon_function table[] = {{"readBirth", read_birth}};
  daimon_export(env, exports, table, sizeof table / sizeof *table);
}
