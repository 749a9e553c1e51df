/*
 * What is read of /proc: a process may call itself anything, and the numbers around its name must be understood all the
 * same. Besides, any bytes at all: nothing is read beyond them.
 */
#include "values.h"
#include "proc.h"
#include <fcntl.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <unistd.h>

static int memory = -1;

int open_memory(void) {
  int copy = fcntl(memory, F_DUPFD_CLOEXEC, 100);
  MUST(copy >= 0 && lseek(copy, 0, SEEK_SET) == 0);
  return copy;
}

#define open(...) open_memory()
#define openat(folder, ...) ((void)(folder), open_memory())
#include "../../native/linux/pidfds.c"
#include "../../native/linux/marks.c"
#undef MOST_LOOKS
#include "../../native/linux/foreground.c"
#undef open
#undef openat

static void fill(const char *text, size_t length) {
  MUST(ftruncate(memory, 0) == 0 && pwrite(memory, text, length, 0) == (ssize_t)length);
}

static void read_all(uint64_t *seen) {
  int parent, session, status;
  char comm[16];
  family_reads_kin(&parent, &session);
  zombie_status(7, &status);
  *seen += family_reads_mark() + shows_mark(0, "7", 7) + (uint64_t)last_pid() + thread_blocks(0, "7");
  read_comm(0, "7", comm);
  MUST(memchr(comm, '\0', sizeof comm) != NULL);
}

/* proc_pid_stat(5) of a zombie, with the name that the fuzzer gives it. */
static void read_named(void) {
  char name[16] = "", text[512];
  int32_t numbers[4] = {0}, parent = -1, session = -1, status = -1;
  next_bytes((char *)numbers, sizeof numbers);
  next_bytes(name, sizeof name - 1);
  for (size_t i = 0; i < 4; i++) numbers[i] &= INT32_MAX;
  size_t length = (size_t)snprintf(text, sizeof text, "7 (%s) Z %d %d %d 0 -1 4228100 0 %d", name, numbers[0], numbers[1],
                                   numbers[2], numbers[3]);
  fill(text, length);
  MUST(family_reads_kin(&parent, &session) && parent == numbers[0] && session == numbers[2]);
  MUST(zombie_status(7, &status) && status == numbers[3]);
}

/* proc_pid_status(5): a thread in any number of groups, each of ten digits. */
static void read_mask(void) {
  static char text[80000];
  uint64_t mask = 0;
  next_bytes((char *)&mask, sizeof mask);
  int groups = next_byte() * 25;
  size_t length = (size_t)snprintf(text, sizeof text, "Name:\tx\nGroups:\t");
  for (int i = 0; i < groups; i++) length += (size_t)snprintf(text + length, sizeof text - length, "4294967294 ");
  length += (size_t)snprintf(text + length, sizeof text - length, "\nSigQ:\t0/31394\nSigPnd:\t0000000000000000\nShdPnd:\t0000000000000000\nSigBlk:\t%016llx\nSigIgn:\t0000000000001000\n",
                             (unsigned long long)mask);
  fill(text, length);
  wanted = mask;
  MUST(thread_blocks(0, "7"));
  wanted = ~(uint64_t)0;
  MUST(thread_blocks(0, "7") == (mask == ~(uint64_t)0));
}

/* proc_pid_limits(5): the mark of somebody else's process. */
static void read_mark(void) {
  uint64_t mark = 0;
  char text[512];
  next_bytes((char *)&mark, sizeof mark);
  size_t length = (size_t)snprintf(text, sizeof text,
                                   "Limit                     Soft Limit           Hard Limit           Units     \n"
                                   "Max address space         unlimited            unlimited            bytes     \n"
                                   "Max file locks            %-20llu unlimited            locks     \n",
                                   (unsigned long long)mark);
  fill(text, length);
  MUST(family_reads_mark() == mark);
  MUST(shows_mark(0, "7", mark) && !shows_mark(0, "7", mark ^ 1));
}

void fuzz_one(const uint8_t *bytes, size_t count) {
  static char text[5000];
  static uint64_t seen;
  if (memory < 0) memory = memfd_create("proc", MFD_CLOEXEC);
  values_from(bytes, count);
  switch (next_byte() % 4) {
    case 0: read_named(); break;
    case 1: read_mask(); break;
    case 2: read_mark(); break;
    default:
      fill(text, next_bytes(text, sizeof text));
      read_all(&seen);
  }
  values_forget();
}
