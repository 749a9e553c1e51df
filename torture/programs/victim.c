// A daemon to be tortured: victim KIND NAME WITNESS-FOLDER. It proves by a lock of its own, which daimon knows
// nothing of, that it is the only one of its name; what it forks shows another name in /proc (comm).
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { FLOOD_LINES = 20000 };

static void rest(long milliseconds) {
  nanosleep(&(struct timespec){milliseconds / 1000, milliseconds % 1000 * 1000000}, NULL);
}

static void linger(void) {
  for (;;) pause();
}

static void be_deaf(void) {
  for (int number = 1; number < 32; number++) signal(number, number == SIGCHLD ? SIG_DFL : SIG_IGN);
}

// A record lock: gone with its process in the kernel's own exit, before anybody can learn of that exit.
static void be_the_only_one(const char *name, const char *folder) {
  char path[512];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) _exit(9);
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};
  if (fcntl(file, F_SETLK, &lock) == 0) return;
  fcntl(file, F_GETLK, &lock);
  snprintf(path, sizeof path, "%s/violations", folder);
  dprintf(open(path, O_WRONLY | O_APPEND | O_CREAT, 0600), "two of %s at once: %d beside %d\n", name, getpid(), lock.l_pid);
  _exit(9);
}

static int fork_child(void) {
  int pid = fork();
  if (pid == 0) prctl(PR_SET_NAME, "child");
  return pid;
}

static void plant(void) {
  if (fork_child() == 0) linger();
  if (fork_child() == 0) setsid(), linger();
  if (fork_child() == 0) be_deaf(), linger();
  if (fork_child() == 0) {
    if (fork() > 0) _exit(0);
    closefrom(0);
    linger();
  }
}

static void send_comet(long milliseconds) {
  if (fork_child() != 0) return;
  be_deaf();
  setsid();
  for (;;) {
    if (fork() > 0) _exit(0);
    rest(milliseconds);
  }
}

static void notify(const char *message) {
  const char *address = getenv("NOTIFY_SOCKET");
  struct sockaddr_un to = {.sun_family = AF_UNIX};
  if (address == NULL || strlen(address) >= sizeof to.sun_path) return;
  memcpy(to.sun_path, address, strlen(address));
  if (to.sun_path[0] == '@') to.sun_path[0] = '\0';
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(address));
  sendto(fd, message, strlen(message), 0, (struct sockaddr *)&to, length);
  close(fd);
}

int main(int count, char **words) {
  if (count != 4) return 64;
  const char *kind = words[1];
  if (!strcmp(kind, "closes-all")) closefrom(3);
  be_the_only_one(words[2], words[3]);
  if (!strcmp(kind, "deaf")) be_deaf();
  if (!strcmp(kind, "planter")) plant();
  // Without a rest it fills a small pid space with zombies, and Node hangs for want of threads.
  if (!strcmp(kind, "comet")) send_comet(1);
  if (!strcmp(kind, "slow-comet")) send_comet(300);
  if (!strcmp(kind, "early")) return 3;
  if (!strcmp(kind, "short")) return rest(150), 0;
  if (!strcmp(kind, "notifier")) rest(30), notify("STATUS=working\nREADY=1");
  if (!strcmp(kind, "flood"))
    for (int line = 0; line < FLOOD_LINES; line++)
      printf("%d of many lines, each some hundred bytes long, until whatever holds them is full: %s\n", line, words[2]);
  fflush(stdout);
  linger();
}
