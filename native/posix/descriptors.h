/* Descriptors: 0, or -1 with errno. Pairs are CLOEXEC from the first instant where the system can. */
#ifndef DAIMON_DESCRIPTORS_H
#define DAIMON_DESCRIPTORS_H

#include <stdbool.h>

int daimon_pipe(int ends[2], bool nonblocking);
/* Streams, connected both ways. */
int daimon_socket_pair(int ends[2]);
int daimon_datagram_socket(bool nonblocking);
/* All of it; waits where a pipe is full and does not block. */
int daimon_write_whole(int fd, const char *text);

#endif
