/* stat(2) for JavaScript. Node's own Stats take 0.8 ms at their first use, in every start of a command. */
#include "file-status.h"
#include "daimon.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static const char *kind_of(uint32_t mode) {
  switch (mode & S_IFMT) {
    case S_IFREG: return "file";
    case S_IFDIR: return "folder";
    case S_IFLNK: return "link";
    case S_IFCHR: return "character-device";
    case S_IFIFO: return "fifo";
    default: return "other";
  }
}

void file_id_of(const file_status *status, char id[FILE_ID_BYTES]) {
  snprintf(id, FILE_ID_BYTES, "%" PRIu64 ":%" PRIu64 ":%" PRIu64, status->dev, status->inode, status->made_ns);
}

static napi_value tell(napi_env env, const file_status *status) {
  napi_value result;
  char id[FILE_ID_BYTES];
  file_id_of(status, id);
  napi_create_object(env, &result);
  daimon_set(env, result, "kind", daimon_string(env, kind_of(status->mode)));
  daimon_set(env, result, "mode", daimon_int(env, status->mode));
  daimon_set(env, result, "uid", daimon_int(env, status->uid));
  daimon_set(env, result, "gid", daimon_int(env, status->gid));
  daimon_set(env, result, "nlink", daimon_int(env, (int64_t)status->nlink));
  daimon_set(env, result, "sizeBytes", daimon_int(env, (int64_t)status->size_bytes));
  daimon_set(env, result, "rdev", daimon_int(env, (int64_t)status->rdev));
  daimon_set(env, result, "id", daimon_string(env, id));
  return result;
}

static napi_value of_path(napi_env env, napi_callback_info info, const char *name, int flags) {
  napi_value argument;
  char *path;
  file_status status;
  daimon_arguments(env, info, &argument, 1);
  if (!daimon_get_string(env, argument, &path)) return NULL;
  int error = file_status_of(AT_FDCWD, path, flags, &status) < 0 ? errno : 0;
  free(path);
  if (error == 0) return tell(env, &status);
  return error == ENOENT || error == ENOTDIR ? daimon_null(env) : daimon_throw_errno(env, name, error);
}

static napi_value stat_(napi_env env, napi_callback_info info) { return of_path(env, info, "stat", 0); }

static napi_value lstat_(napi_env env, napi_callback_info info) {
  return of_path(env, info, "lstat", AT_SYMLINK_NOFOLLOW);
}

static napi_value fstat_(napi_env env, napi_callback_info info) {
  napi_value argument;
  int64_t fd;
  file_status status;
  daimon_arguments(env, info, &argument, 1);
  if (!daimon_get_int(env, argument, &fd)) return NULL;
  if (file_status_of((int)fd, NULL, 0, &status) == 0) return tell(env, &status);
  return errno == EBADF ? daimon_null(env) : daimon_throw_errno(env, "fstat", errno);
}

void daimon_register_file_status(napi_env env, napi_value exports) {
  static const daimon_function table[] = {{"stat", stat_}, {"lstat", lstat_}, {"fstat", fstat_}};
  daimon_export(env, exports, table, sizeof table / sizeof *table);
}
