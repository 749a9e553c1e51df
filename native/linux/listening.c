/* The last of a listening socket. */
#include "linux.h"
#include <errno.h>
#include <linux/filter.h>
#include <sys/socket.h>

#define TCP_FLAGS_OFFSET 13 /* the filter of a TCP socket sees the segment from its header on */
#define TCP_SYN 0x02
#define TCP_ACK 0x10

/*
 * Closing a listening socket resets the connections that wait in its queue. With this filter no new
 * one enters: SYNs are dropped, handshakes under way complete, and after a moment the queue can be
 * emptied and closed without loss. Who knocked meanwhile repeats its SYN a second later and is then
 * refused. socket(7), SO_ATTACH_FILTER; needs no privilege.
 */
static napi_value drop_new_connections(napi_env env, napi_callback_info info) {
  napi_value argument;
  int64_t fd;
  struct sock_filter program[] = {
    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, TCP_FLAGS_OFFSET),
    BPF_STMT(BPF_ALU | BPF_AND | BPF_K, TCP_SYN | TCP_ACK),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, TCP_SYN, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, 0),
    BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
  };
  struct sock_fprog filter = {sizeof program / sizeof *program, program};
  daimon_arguments(env, info, &argument, 1);
  if (!daimon_get_int(env, argument, &fd)) return NULL;
  if (setsockopt((int)fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) < 0)
    return daimon_throw_errno(env, "setsockopt", errno);
  return daimon_undefined(env);
}

void daimon_register_listening(napi_env env, napi_value exports) {
  static const daimon_function table[] = {{"dropNewConnections", drop_new_connections}};
  daimon_export(env, exports, table, sizeof table / sizeof *table);
}
