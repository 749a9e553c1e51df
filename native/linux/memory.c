/* What is handed to a new process: a file in memory that nobody can change. memfd_create(2) */
#include "linux.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

static int fill_and_seal(int fd, const char *content, size_t length) {
  for (size_t done = 0; done < length;) {
    ssize_t written = write(fd, content + done, length - done);
    if (written < 0 && errno != EINTR) return -1;
    if (written > 0) done += (size_t)written;
  }
  if (lseek(fd, 0, SEEK_SET) < 0) return -1;
  return fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
}

static napi_value sealed_memory(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  char *name;
  void *content;
  size_t length;
  daimon_arguments(env, info, arguments, 2);
  if (!daimon_get_string(env, arguments[0], &name)) return NULL;
  if (napi_get_typedarray_info(env, arguments[1], NULL, &length, &content, NULL, NULL) != napi_ok) {
    free(name);
    napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", "daimon native: bytes were expected");
    return NULL;
  }
  int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
  if (fd < 0 && errno == EINVAL) fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING); /* before 6.3 */
  free(name);
  if (fd < 0) return daimon_throw_errno(env, "memfd_create", errno);
  if (fill_and_seal(fd, content, length) < 0) {
    int error = errno;
    close(fd);
    return daimon_throw_errno(env, "memfd write", error);
  }
  return daimon_int(env, fd);
}

void daimon_register_memory(napi_env env, napi_value exports) {
  static const daimon_function table[] = {{"sealedMemory", sealed_memory}};
  daimon_export(env, exports, table, sizeof table / sizeof *table);
}
