/* Signals where the system has none between processes: what its files share. */
#ifndef DAIMON_SIGNALS_H
#define DAIMON_SIGNALS_H

#include <stdbool.h>
#include <stdint.h>
#include <windows.h>

/* Numbers as Node has them on Windows; USR1 and USR2 as on Linux. */
enum {
  DAIMON_SIGHUP = 1,
  DAIMON_SIGINT = 2,
  DAIMON_SIGUSR1 = 10,
  DAIMON_SIGUSR2 = 12,
  DAIMON_SIGTERM = 15,
  DAIMON_SIGBREAK = 21,
  DAIMON_SIGABRT = 22,
};
#define DAIMON_SIGNALS 32
#define DAIMON_SIGNAL_BASE 128 /* what a signal that nobody handles ends a process with, as in shells */

bool daimon_is_signal(int number);

/* shutdown.c: tells those who armed or captured the signal. */
void daimon_note_signal(int number, uint32_t sender_pid);
/* One bit for each signal that somebody armed or captured. */
uint32_t daimon_noted_signals(void);

/* signal-dispatch.c: a signal has arrived, on whatever thread. False: it is to end the process. */
bool daimon_arrive(int number, uint32_t sender_pid);
/* One bit for each signal that would not end the process. */
uint32_t daimon_heeded_signals(void);
/* Begins to hear console events: CTRL_C, CTRL_BREAK, CTRL_CLOSE … */
bool daimon_hear_console(bool on);

/* session-end.c: begins to hear log-off and shutdown. */
void daimon_hear_session_end(void);
void daimon_leave_session_end(void);

/* Threads of ours outlive the environment that loads the addon. */
void daimon_stay_loaded(void);

/* signal-pipe.c: begins to listen; an error of GetLastError() when that fails. */
DWORD daimon_hear_pipe(void);
void daimon_leave_pipe(void);

/* What travels on the pipe, one message each way. */
#define DAIMON_PIPE_MAGIC 0x316e6d64u /* dmn1 */
enum { DAIMON_VERB_SIGNAL = 1, DAIMON_VERB_ASK = 2 };
/* `order` is the sender's own count: an order that is sent again, as its answer was lost, is obeyed once. */
typedef struct { uint32_t magic, verb, number, order; } daimon_signal_request;
typedef struct { uint32_t magic, heeded, spare[2]; } daimon_signal_reply;

/* \\.\pipe\daimon-signals-PID-CREATION: nobody else's, not even a later process' with the same pid. */
#define DAIMON_PIPE_NAME_LENGTH 80
void daimon_pipe_name(uint32_t pid, uint64_t creation, wchar_t name[DAIMON_PIPE_NAME_LENGTH]);

/* families.c: ends the trees of this program's children. */
void daimon_end_families(void);

#endif
