/* The smallest daemon: writes its pid and the time it began to run into a file, then sleeps. */
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv) {
  struct timespec now;
  char text[64];
  clock_gettime(CLOCK_MONOTONIC, &now);
  if (argc < 2) return 2;
  int file = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  int length = snprintf(text, sizeof text, "%d %lld\n", getpid(), now.tv_sec * 1000000000LL + now.tv_nsec);
  if (file < 0 || write(file, text, length) != length) return 1;
  close(file);
  for (;;) pause();
}
