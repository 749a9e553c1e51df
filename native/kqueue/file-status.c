/* fstatat(2), which tells here when a file was made. */
#include "file-status.h"
#include "daimon.h"
#include <fcntl.h>
#include <sys/stat.h>

#define NS_PER_SECOND UINT64_C(1000000000)

#ifdef __FreeBSD__
#define st_birthtimespec st_birthtim
#endif

int file_status_of(int fd, const char *path, int flags, file_status *status) {
  struct stat told;
  if ((path == NULL ? fstat(fd, &told) : fstatat(fd, path, &told, flags)) < 0) return -1;
  *status = (file_status){
    .mode = told.st_mode, .uid = told.st_uid, .gid = told.st_gid, .nlink = told.st_nlink,
    .size_bytes = (uint64_t)told.st_size, .dev = (uint64_t)told.st_dev, .inode = told.st_ino,
    .rdev = (uint64_t)told.st_rdev,
    .made_ns = (uint64_t)told.st_birthtimespec.tv_sec * NS_PER_SECOND + (uint64_t)told.st_birthtimespec.tv_nsec,
  };
  return 0;
}
