/* Reading as another user, without becoming one: root must not follow links that others have laid. */
#include "daimon.h"
#include "launch-system.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* Of this thread alone on Linux, where the ids for files and the groups are each thread's own; elsewhere of the process. */
static bool use_ids(uid_t uid, gid_t gid, const gid_t *groups, size_t count) {
  return launch_set_groups(count, groups) == 0 && launch_use_file_ids(uid, gid) == 0;
}

static int open_as(const char *path, uid_t uid, gid_t gid, const gid_t *groups, size_t count) {
  uid_t own_uid = geteuid();
  gid_t own_gid = getegid();
  int own_count = getgroups(0, NULL);
  gid_t *own = own_count < 0 ? NULL : calloc((size_t)own_count + 1, sizeof *own);
  if (own == NULL || getgroups(own_count, own) < 0) {
    free(own);
    return -1;
  }
  bool changed = use_ids(uid, gid, groups, count);
  /* O_NONBLOCK: a FIFO must not hang us. */
  int opened = changed ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) : -1;
  int error = changed ? errno : EPERM;
  if (launch_use_file_ids(own_uid, own_gid) < 0 || launch_set_groups((size_t)own_count, own) < 0)
    abort(); /* half of it is nothing to go on with */
  free(own);
  errno = error;
  return opened;
}

static napi_value open_as_user(napi_env env, napi_callback_info info) {
  napi_value arguments[4], item;
  char *path;
  int64_t uid, gid, group;
  uint32_t count = 0;
  daimon_arguments(env, info, arguments, 4);
  if (!daimon_get_int(env, arguments[1], &uid) || !daimon_get_int(env, arguments[2], &gid)) return NULL;
  napi_get_array_length(env, arguments[3], &count);
  gid_t *groups = calloc((size_t)count + 1, sizeof *groups);
  if (groups == NULL) return daimon_throw_errno(env, "calloc", ENOMEM);
  for (uint32_t i = 0; i < count; i++) {
    napi_get_element(env, arguments[3], i, &item);
    if (!daimon_get_int(env, item, &group)) {
      free(groups);
      return NULL;
    }
    groups[i] = (gid_t)group;
  }
  if (!daimon_get_string(env, arguments[0], &path)) {
    free(groups);
    return NULL;
  }
  int opened = open_as(path, (uid_t)uid, (gid_t)gid, groups, count);
  int error = errno;
  free(groups);
  free(path);
  return opened < 0 ? daimon_throw_errno(env, "open", error) : daimon_int(env, opened);
}

void daimon_register_open_as(napi_env env, napi_value exports) {
  static const daimon_function table[] = {{"openAsUser", open_as_user}};
  daimon_export(env, exports, table, sizeof table / sizeof *table);
}
