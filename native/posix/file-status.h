/* What the file system tells of a file: linux/file-status.c, kqueue/file-status.c. */
#ifndef DAIMON_FILE_STATUS_H
#define DAIMON_FILE_STATUS_H

#include <stdint.h>

typedef struct {
  uint32_t mode, uid, gid;
  uint64_t nlink, size_bytes, dev, inode, rdev; /* rdev: which device a device file stands for */
  uint64_t made_ns; /* wall clock; 0 where the file system does not tell */
} file_status;

/* As fstatat(2), relative to the working directory; of `fd` itself when `path` is NULL. 0, or -1 with errno. */
int file_status_of(int fd, const char *path, int flags, file_status *status);

#define FILE_ID_BYTES 64
/* Which file it is, whatever its name: FileStatus.id of src/os/file-status.ts. */
void file_id_of(const file_status *status, char id[FILE_ID_BYTES]);

#endif
