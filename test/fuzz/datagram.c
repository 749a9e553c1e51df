/* The notify socket, through a true one: any bytes, any descriptors along with them, any address. */
#include "values.h"
#include "../../native/posix/sockets.c"
#include <fcntl.h>

static int open_descriptors(void) {
  int count = 0;
  for (int fd = 0; fd < 512; fd++) count += fcntl(fd, F_GETFD) >= 0;
  return count;
}

static bool send_as_told(int to, const char *text, size_t length, int fds) {
  union {
    char bytes[CMSG_SPACE(MAX_FDS * sizeof(int))];
    struct cmsghdr align;
  } control = {{0}};
  struct iovec part = {(void *)(uintptr_t)text, length};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  if (fds > 0) {
    message.msg_control = &control;
    message.msg_controllen = CMSG_SPACE((size_t)fds * sizeof(int));
    struct cmsghdr *item = CMSG_FIRSTHDR(&message);
    *item = (struct cmsghdr){.cmsg_len = CMSG_LEN((size_t)fds * sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    for (int i = 0; i < fds; i++) memcpy(CMSG_DATA(item) + (size_t)i * sizeof to, &to, sizeof to);
  }
  return sendmsg(to, &message, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0;
}

static void receive_from(int socket) {
  napi_value argument;
  napi_create_int64(NULL, socket, &argument);
  hand_out(argument);
  receive_datagram(NULL, NULL);
  MUST(!exception_pending());
}

static void parse(const char *text) {
  struct sockaddr_un address;
  socklen_t length = 0;
  bool valid = parse_address(text, &address, &length);
  MUST(valid == (strlen(text) > 0 && strlen(text) < sizeof address.sun_path));
  MUST(length <= sizeof address);
}

void fuzz_one(const uint8_t *bytes, size_t count) {
  static char text[70000];
  int ends[2], on = 1, before = open_descriptors();
  values_from(bytes, count);
  int fds = next_byte();
  bool is_long = next_byte() % 16 == 0;
  size_t length = next_bytes(text, sizeof text - 1);
  if (is_long) memset(text + length, 'x', sizeof text - 1 - length), length = DATAGRAM_BYTES + (size_t)fds;
  text[length] = '\0';
  parse(text);
  MUST(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends) == 0);
  setsockopt(ends[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
  bool sent = send_as_told(ends[0], text, length, fds > MAX_FDS ? 0 : fds);
  if (sent) receive_from(ends[1]);
  receive_from(ends[1]); /* there is no more */
  close(ends[0]);
  close(ends[1]);
  MUST(open_descriptors() == before);
  values_forget();
}
