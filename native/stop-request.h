/* The request to stop: what its common part and each system's own tell one another. */
#ifndef DAIMON_STOP_REQUEST_H
#define DAIMON_STOP_REQUEST_H

#include "daimon.h"

#define STOP_SIGNALS 65 /* the highest number of any system, and 1 */

/* --- stop-request.c ------------------------------------------------------------------------ */

/* A signal that is armed has arrived; from a signal handler, too. The sender: 0 and 0 where it is not told. */
void stop_note_signal(int number, int32_t sender_pid, int32_t sender_uid);

/* For the deadline's thread: ends the process when it is due, or says for how many ms to sleep (-1: until woken). */
int stop_keep_deadline(void);

/* The functions for JavaScript that are alike on all systems. */
void stop_register(napi_env env, napi_value exports);

/* --- each system's own: posix/shutdown.c, win32/shutdown.c --------------------------------- */

/* Monotonic. From a signal handler, too. */
int64_t daimon_now_ns(void);

/* Makes what the request is told through, once; false with an error thrown. */
bool stop_open(napi_env env);
/* Starts the deadline's thread, once; false with an error thrown. */
bool stop_start_keeper(napi_env env);

/* The request is made: wakes who waits for it, for good. From a signal handler, too. */
void stop_tell(void);
/* It is taken back. */
void stop_forget(void);
/* Wakes the deadline's thread. From a signal handler, too. */
void stop_look_again(void);

/* From now on these signals, one bit each, ask for a stop, and no others; false with an error thrown. */
bool stop_arm(napi_env env, const bool wanted[STOP_SIGNALS]);

/* Never held by a signal handler. */
void stop_lock(void);
void stop_unlock(void);

/* Writes to standard error, which may be a pipe that nobody reads or a stopped terminal: never waits long. */
void stop_write_report(const char *text, size_t length);
/* Ends the process and what was to end with it, without another word. */
void stop_end_process(int exit_code) __attribute__((noreturn));

#endif
