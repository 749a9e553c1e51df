/* init SECONDS command…: runs it as an init that is quick to reap. Where pid 1 is slow to do so, tools that look
   whether a pid is still there would seem to take seconds to stop anything. When the command has ended, or after
   that many seconds (0: any time; then the status is 124, as timeout(1) has it), nothing that it started is left. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIMIT_STATUS 124

/* Whoever loses its parent becomes our child: in the end there is none without. */
static void end_all(void) {
  char path[64], line[4096];
  snprintf(path, sizeof path, "/proc/self/task/%d/children", getpid());
  for (;;) {
    FILE *children = fopen(path, "r");
    if (children && fgets(line, sizeof line, children))
      for (char *rest = line, *end; strtol(rest, &end, 10) > 0; rest = end) {
        if (*end == '\0') break; /* cut off by the end of the buffer */
        kill((pid_t)strtol(rest, NULL, 10), SIGKILL);
      }
    if (children) fclose(children);
    if (wait(NULL) < 0) return;
  }
}

int main(int argc, char **argv) {
  int number, status = 0;
  pid_t child, ended = 0;
  sigset_t awaited, before;
  if (argc < 3 || prctl(PR_SET_CHILD_SUBREAPER, 1) < 0) return 2;
  sigemptyset(&awaited);
  sigaddset(&awaited, SIGCHLD), sigaddset(&awaited, SIGALRM);
  sigaddset(&awaited, SIGINT), sigaddset(&awaited, SIGTERM), sigaddset(&awaited, SIGHUP);
  sigprocmask(SIG_BLOCK, &awaited, &before);
  child = fork();
  if (child == 0) {
    sigprocmask(SIG_SETMASK, &before, NULL);
    execvp(argv[2], argv + 2);
    _exit(127);
  }
  alarm((unsigned)atoi(argv[1]));
  while ((number = sigwaitinfo(&awaited, NULL)) == SIGCHLD || number < 0) {
    do ended = waitpid(-1, &status, WNOHANG);
    while (ended > 0 && ended != child);
    if (ended == child) break;
  }
  end_all();
  if (ended != child) return number == SIGALRM ? LIMIT_STATUS : 128 + number;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
