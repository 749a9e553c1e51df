// crowd ROOM: sleeping processes, until no more than ROOM pids are left. They go with it.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 40000 };

static int members[MOST];
static int count;

static void end_all(int number) {
  (void)number;
  while (count > 0) kill(members[--count], SIGKILL);
  while (wait(NULL) > 0);
  _exit(0);
}

int main(int words, char **word) {
  if (words != 2) return 64;
  signal(SIGTERM, end_all);
  while (count < MOST) {
    int pid = fork();
    if (pid < 0) break;
    if (pid == 0) {
      signal(SIGTERM, SIG_DFL);
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      for (;;) pause();
    }
    members[count++] = pid;
  }
  for (int room = atoi(word[1]); room > 0 && count > 0; room--) {
    kill(members[--count], SIGKILL);
    waitpid(members[count], NULL, 0);
  }
  puts("full");
  fflush(stdout);
  for (;;) pause();
}
