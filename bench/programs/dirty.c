/* A caller as shells, cron and CI make them: TERM blocked, USR1 ignored, fds 7 and 200 open. Then the command. */
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

int main(int argc, char **argv) {
  sigset_t blocked;
  int file = open("/dev/null", O_RDONLY);
  if (argc < 2 || file < 0) return 2;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  sigprocmask(SIG_BLOCK, &blocked, NULL);
  signal(SIGUSR1, SIG_IGN);
  dup2(file, 7);
  dup2(file, 200);
  execvp(argv[1], argv + 1);
  return 127;
}
