/* See descriptors.h. macOS has neither pipe2(2) nor SOCK_CLOEXEC: there, a fork in another thread may come in between. */
#include "daimon.h"
#include "descriptors.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#ifdef __APPLE__
static int finish(int fd, bool nonblocking) {
  if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0) return -1;
  return nonblocking ? fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) : 0;
}

static int finish_both(int ends[2], bool nonblocking) {
  if (finish(ends[0], nonblocking) == 0 && finish(ends[1], nonblocking) == 0) return 0;
  int error = errno;
  close(ends[0]);
  close(ends[1]);
  errno = error;
  return -1;
}

int daimon_pipe(int ends[2], bool nonblocking) {
  return pipe(ends) < 0 ? -1 : finish_both(ends, nonblocking);
}

int daimon_socket_pair(int ends[2]) {
  return socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0 ? -1 : finish_both(ends, false);
}

int daimon_datagram_socket(bool nonblocking) {
  int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  if (fd < 0 || finish(fd, nonblocking) == 0) return fd;
  int error = errno;
  close(fd);
  errno = error;
  return -1;
}
#else
int daimon_pipe(int ends[2], bool nonblocking) {
  return pipe2(ends, O_CLOEXEC | (nonblocking ? O_NONBLOCK : 0));
}

int daimon_socket_pair(int ends[2]) { return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends); }

int daimon_datagram_socket(bool nonblocking) {
  return socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | (nonblocking ? SOCK_NONBLOCK : 0), 0);
}
#endif
