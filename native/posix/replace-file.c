/* A file whose readers see the old content or the new one, whole. */
#include "daimon.h"
#include "descriptors.h"
#include "file-status.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PERMISSIONS 07777

/* Makes `path`, with these permissions whatever the umask; tells which file it is. The failed call, with errno; NULL for none. */
static const char *write_new(const char *path, const char *text, mode_t mode, char id[FILE_ID_BYTES]) {
  file_status status;
  unlink(path); /* What stands there is of a writer that was killed; what stays in the way, open(2) tells. */
  int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
  if (file < 0) return "open";
  const char *failed = daimon_write_whole(file, text) < 0 ? "write"
    : file_status_of(file, NULL, 0, &status) < 0 ? "fstat"
    : (status.mode & PERMISSIONS) != mode && fchmod(file, mode) < 0 ? "fchmod" : NULL;
  int error = errno;
  if (close(file) < 0 && failed == NULL) return "close";
  if (failed == NULL) file_id_of(&status, id);
  errno = error;
  return failed;
}

/* replaceFile(path, text, mode): the id of the new file. */
static napi_value replace_file(napi_env env, napi_callback_info info) {
  napi_value arguments[3], result = NULL;
  char *path, *text = NULL, *aside = NULL, id[FILE_ID_BYTES];
  int64_t mode;
  daimon_arguments(env, info, arguments, 3);
  if (!daimon_get_string(env, arguments[0], &path)) return NULL;
  if (daimon_get_string(env, arguments[1], &text) && daimon_get_int(env, arguments[2], &mode)) {
    aside = malloc(strlen(path) + sizeof ".new");
    const char *failed = aside == NULL ? "malloc" : write_new(strcat(strcpy(aside, path), ".new"), text, (mode_t)mode, id);
    if (failed == NULL && rename(aside, path) < 0) failed = "rename";
    int error = errno;
    if (failed != NULL && aside != NULL) unlink(aside);
    result = failed != NULL ? daimon_throw_errno(env, failed, error) : daimon_string(env, id);
  }
  free(aside);
  free(text);
  free(path);
  return result;
}

void daimon_register_replace_file(napi_env env, napi_value exports) {
  static const daimon_function table[] = {{"replaceFile", replace_file}};
  daimon_export(env, exports, table, sizeof table / sizeof *table);
}
