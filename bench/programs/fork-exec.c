/* The floor of launching: a fork, an exec in the child, and gone. */
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  pid_t child = fork();
  if (child != 0) return child < 0;
  setsid();
  execv(argv[1], argv + 1);
  _exit(127);
}
