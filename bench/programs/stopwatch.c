/* stopwatch SECONDS command…: runs it with /dev/null for 0 to 2 and says when it was started, when it had ended (ns of
   the monotonic clock) and its exit status. By vfork: a fork of the Node that measures would be in every figure.
   After that many seconds the command is killed. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;
static pid_t child;

static void kill_child(int number) { if (number == SIGALRM && child > 0) kill(child, SIGKILL); }

static long long now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

int main(int argc, char **argv) {
  int status, out = fcntl(1, F_DUPFD_CLOEXEC, 3), nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (argc < 3 || out < 0 || nothing < 0) return 2;
  for (int fd = 0; fd < 3; fd++) dup2(nothing, fd);
  signal(SIGALRM, kill_child);
  alarm((unsigned)atoi(argv[1]));
  long long started = now_ns();
  if (posix_spawnp(&child, argv[2], NULL, NULL, argv + 2, environ) != 0) return 127;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR);
  long long ended = now_ns();
  int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return dprintf(out, "%lld %lld %d\n", started, ended, code) < 0;
}
