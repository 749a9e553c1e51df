/* Unix datagram sockets, which Node does not have: the protocol of sd_notify(3). */
#include "daimon.h"
#include "descriptors.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define DATAGRAM_BYTES 65536
#define MAX_FDS 253 /* SCM_MAX_FD */

#ifndef MSG_CMSG_CLOEXEC
#define MSG_CMSG_CLOEXEC 0 /* what comes along is closed at once */
#endif

typedef struct { int64_t pid, uid, gid; } sender;

/* Who sent a datagram is told on Linux. Elsewhere the file's permissions say who could: pid -1. unix(7), unix(4) */
#ifdef __linux__
static int bind_limited(int fd, const struct sockaddr_un *address, socklen_t length) {
  int on = 1;
  if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0) return -1;
  return bind(fd, (const struct sockaddr *)address, length);
}

static sender read_sender(struct msghdr *message) {
  struct ucred told = {0, (uid_t)-1, (gid_t)-1};
  for (struct cmsghdr *item = CMSG_FIRSTHDR(message); item != NULL; item = CMSG_NXTHDR(message, item))
    if (item->cmsg_level == SOL_SOCKET && item->cmsg_type == SCM_CREDENTIALS) memcpy(&told, CMSG_DATA(item), sizeof told);
  return (sender){told.pid, told.uid, told.gid};
}

#define CREDENTIALS_BYTES CMSG_SPACE(sizeof(struct ucred))
#else
static int bind_limited(int fd, const struct sockaddr_un *address, socklen_t length) {
  if (bind(fd, (const struct sockaddr *)address, length) < 0) return -1;
  return chmod(address->sun_path, 0600);
}

static sender read_sender(struct msghdr *message) {
  (void)message;
  return (sender){-1, -1, -1};
}

#define CREDENTIALS_BYTES 0
#endif

/* "@name" is the abstract namespace of Linux, as in NOTIFY_SOCKET; else a path. */
static bool parse_address(const char *text, struct sockaddr_un *address, socklen_t *length) {
  size_t size = strlen(text);
  memset(address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  if (size == 0 || size >= sizeof address->sun_path) {
    errno = ENAMETOOLONG;
    return false;
  }
  memcpy(address->sun_path, text, size);
  if (text[0] == '@') address->sun_path[0] = '\0';
  *length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size + (text[0] == '@' ? 0 : 1));
  return true;
}

static napi_value bind_datagram(napi_env env, napi_callback_info info) {
  napi_value argument;
  char *text;
  struct sockaddr_un address;
  socklen_t length;
  daimon_arguments(env, info, &argument, 1);
  if (!daimon_get_string(env, argument, &text)) return NULL;
  bool valid = parse_address(text, &address, &length);
  free(text);
  if (!valid) return daimon_throw_errno(env, "bind", errno);
  int fd = daimon_datagram_socket(true);
  if (fd < 0) return daimon_throw_errno(env, "socket", errno);
  if (bind_limited(fd, &address, length) < 0) {
    int error = errno;
    close(fd);
    return daimon_throw_errno(env, "bind", error);
  }
  return daimon_int(env, fd);
}

static void close_received(struct cmsghdr *item) {
  size_t count = (item->cmsg_len - CMSG_LEN(0)) / sizeof(int);
  for (size_t i = 0; i < count; i++) {
    int fd;
    memcpy(&fd, CMSG_DATA(item) + i * sizeof fd, sizeof fd);
    close(fd);
  }
}

static napi_value receive_datagram(napi_env env, napi_callback_info info) {
  napi_value argument, result, data;
  int64_t fd;
  union {
    char bytes[CREDENTIALS_BYTES + CMSG_SPACE(MAX_FDS * sizeof(int))];
    struct cmsghdr align;
  } control;
  daimon_arguments(env, info, &argument, 1);
  if (!daimon_get_int(env, argument, &fd)) return NULL;
  char *buffer = malloc(DATAGRAM_BYTES);
  if (buffer == NULL) return daimon_throw_errno(env, "malloc", ENOMEM);
  struct iovec part = {buffer, DATAGRAM_BYTES};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  ssize_t got = recvmsg((int)fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (got < 0) {
    int error = errno;
    free(buffer);
    if (error != EAGAIN && error != EINTR) return daimon_throw_errno(env, "recvmsg", error);
    napi_get_null(env, &result);
    return result;
  }
  for (struct cmsghdr *item = CMSG_FIRSTHDR(&message); item != NULL; item = CMSG_NXTHDR(&message, item))
    if (item->cmsg_level == SOL_SOCKET && item->cmsg_type == SCM_RIGHTS) close_received(item);
  sender from = read_sender(&message);
  napi_create_object(env, &result);
  napi_create_string_utf8(env, buffer, (size_t)got, &data);
  free(buffer);
  daimon_set(env, result, "data", data);
  daimon_set(env, result, "pid", daimon_int(env, from.pid));
  daimon_set(env, result, "uid", daimon_int(env, from.uid));
  daimon_set(env, result, "gid", daimon_int(env, from.gid));
  return result;
}

static int send_to(const struct sockaddr_un *address, socklen_t length, const char *data, const int *fds, size_t count) {
  union {
    char bytes[CMSG_SPACE(MAX_FDS * sizeof(int))];
    struct cmsghdr align;
  } control;
  struct iovec part = {(void *)(uintptr_t)data, strlen(data)};
  struct msghdr message = {.msg_name = (void *)(uintptr_t)address, .msg_namelen = length, .msg_iov = &part, .msg_iovlen = 1};
  if (count > 0) {
    memset(&control, 0, sizeof control);
    message.msg_control = &control;
    message.msg_controllen = CMSG_SPACE(count * sizeof(int));
    struct cmsghdr *item = CMSG_FIRSTHDR(&message);
    item->cmsg_level = SOL_SOCKET;
    item->cmsg_type = SCM_RIGHTS;
    item->cmsg_len = CMSG_LEN(count * sizeof(int));
    memcpy(CMSG_DATA(item), fds, count * sizeof(int));
  }
  int fd = daimon_datagram_socket(false);
  if (fd < 0) return errno;
  ssize_t sent;
  do sent = sendmsg(fd, &message, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  int error = sent < 0 ? errno : 0;
  close(fd);
  return error;
}

static napi_value send_datagram(napi_env env, napi_callback_info info) {
  napi_value arguments[3], item;
  napi_valuetype type = napi_undefined;
  char *text, *data;
  struct sockaddr_un address;
  socklen_t length;
  int fds[MAX_FDS];
  uint32_t count = 0;
  size_t given = daimon_arguments(env, info, arguments, 3);
  if (given > 2) napi_typeof(env, arguments[2], &type);
  if (type == napi_object) napi_get_array_length(env, arguments[2], &count);
  if (count > MAX_FDS) return daimon_throw_errno(env, "sendmsg", EINVAL);
  for (uint32_t i = 0; i < count; i++) {
    int64_t fd;
    napi_get_element(env, arguments[2], i, &item);
    if (!daimon_get_int(env, item, &fd)) return NULL;
    fds[i] = (int)fd;
  }
  if (!daimon_get_string(env, arguments[0], &text)) return NULL;
  bool valid = parse_address(text, &address, &length);
  free(text);
  if (!valid) return daimon_throw_errno(env, "sendmsg", errno);
  if (!daimon_get_string(env, arguments[1], &data)) return NULL;
  int error = send_to(&address, length, data, fds, count);
  free(data);
  return error == 0 ? daimon_undefined(env) : daimon_throw_errno(env, "sendmsg", error);
}

static napi_value socket_pair(napi_env env, napi_callback_info info) {
  (void)info;
  napi_value result;
  int ends[2];
  if (daimon_socket_pair(ends) < 0) return daimon_throw_errno(env, "socketpair", errno);
  napi_create_array_with_length(env, 2, &result);
  napi_set_element(env, result, 0, daimon_int(env, ends[0]));
  napi_set_element(env, result, 1, daimon_int(env, ends[1]));
  return result;
}

void daimon_register_sockets(napi_env env, napi_value exports) {
  static const daimon_function table[] = {
    {"bindDatagram", bind_datagram},
    {"receiveDatagram", receive_datagram},
    {"sendDatagram", send_datagram},
    {"socketPair", socket_pair},
  };
  daimon_export(env, exports, table, sizeof table / sizeof *table);
}
