/*
 * Waiting without polling: one thread asleep in a wait set for all watched fds of an environment, and
 * one threadsafe function that brings each event to the event loop. The thread starts with the
 * first watch and sleeps in the kernel until something happens.
 */
#include "daimon.h"
#include "descriptors.h"
#include "wait-set.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#define STOP_HANDLE 0

typedef struct watch {
  int64_t handle;
  int fd; /* our own duplicate: the caller may close theirs at any time */
  napi_ref callback;
  bool holds_loop;
  struct watch *next;
} watch;

typedef struct {
  napi_env env;
  int set, stop[2]; /* a pipe whose writing end is closed when the thread is to end */
  pthread_t thread;
  napi_threadsafe_function wake;
  int64_t last_handle;
  watch *first;
  size_t holding; /* watches that keep the event loop alive */
} watcher;

static void *wait_for_events(void *argument) {
  watcher *self = argument;
  uint64_t handles[64];
  for (;;) {
    int count = daimon_wait(self->set, handles, 64, -1);
    if (count < 0 && errno != EINTR) return NULL;
    for (int i = 0; i < count; i++) {
      if (handles[i] == STOP_HANDLE) return NULL;
      int64_t *handle = malloc(sizeof *handle);
      if (handle == NULL) continue;
      *handle = (int64_t)handles[i];
      if (napi_call_threadsafe_function(self->wake, handle, napi_tsfn_nonblocking) != napi_ok) free(handle);
    }
  }
}

static watch *take_watch(watcher *self, int64_t handle) {
  for (watch **link = &self->first; *link != NULL; link = &(*link)->next) {
    if ((*link)->handle != handle) continue;
    watch *found = *link;
    *link = found->next;
    return found;
  }
  return NULL;
}

static void end_watch(watcher *self, watch *ended) {
  daimon_wait_remove(self->set, ended->fd);
  close(ended->fd);
  napi_delete_reference(self->env, ended->callback);
  /* An event loop with nothing left to wait for may end. */
  if (ended->holds_loop && --self->holding == 0) napi_unref_threadsafe_function(self->env, self->wake);
  free(ended);
}

static void run_callback(napi_env env, napi_value ignored, void *context, void *data) {
  (void)ignored;
  watcher *self = context;
  int64_t handle = *(int64_t *)data;
  free(data);
  watch *due = env == NULL ? NULL : take_watch(self, handle);
  if (due == NULL) return; /* unwatched while the event was on its way */
  napi_value callback, receiver;
  napi_get_reference_value(env, due->callback, &callback);
  end_watch(self, due);
  napi_get_undefined(env, &receiver);
  napi_call_function(env, receiver, callback, 0, NULL, NULL);
}

/* As far as it was made. */
static void free_watcher(watcher *self) {
  if (self->set >= 0) close(self->set);
  if (self->stop[0] >= 0) close(self->stop[0]);
  if (self->stop[1] >= 0) close(self->stop[1]);
  if (self->wake != NULL) napi_release_threadsafe_function(self->wake, napi_tsfn_abort);
  free(self);
}

static void stop_watcher(void *argument) {
  watcher *self = argument;
  close(self->stop[1]);
  self->stop[1] = -1;
  pthread_join(self->thread, NULL);
  for (watch *next; self->first != NULL; self->first = next) {
    next = self->first->next;
    close(self->first->fd);
    free(self->first);
  }
  free_watcher(self);
}

static bool start_thread(watcher *self) {
  sigset_t all, before;
  self->set = daimon_wait_set();
  if (self->set < 0 || daimon_pipe(self->stop, false) < 0) return false;
  if (daimon_wait_add(self->set, self->stop[0], WAIT_ONCE, STOP_HANDLE) < 0) return false;
  /* Signals are for the program's own threads. */
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  errno = pthread_create(&self->thread, NULL, wait_for_events, self);
  int error = errno;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  errno = error;
  return error == 0;
}

static watcher *start_watcher(napi_env env) {
  watcher *self = calloc(1, sizeof *self);
  if (self == NULL) return NULL;
  self->env = env;
  self->set = self->stop[0] = self->stop[1] = -1;
  bool can_wake = napi_create_threadsafe_function(env, NULL, NULL, daimon_string(env, "daimon watch"), 0, 1, NULL,
                                                  NULL, self, run_callback, &self->wake) == napi_ok;
  if (!can_wake || !start_thread(self)) {
    int error = can_wake ? errno : ENOMEM;
    free_watcher(self);
    errno = error;
    return NULL;
  }
  napi_unref_threadsafe_function(env, self->wake);
  napi_add_env_cleanup_hook(env, stop_watcher, self);
  return self;
}

/* The environment's slot for its watcher, made at registration; the watcher itself at the first use. */
static watcher **slot_of(napi_env env, napi_callback_info info, napi_value *arguments, size_t count) {
  void *slot;
  napi_get_cb_info(env, info, &count, arguments, NULL, &slot);
  return slot;
}

static napi_value watch_readable(napi_env env, napi_callback_info info) {
  napi_value arguments[3];
  int64_t fd;
  bool background = false;
  watcher **slot = slot_of(env, info, arguments, 3);
  if (!daimon_get_int(env, arguments[0], &fd)) return NULL;
  napi_get_value_bool(env, arguments[2], &background);
  if (*slot == NULL && (*slot = start_watcher(env)) == NULL) return daimon_throw_errno(env, "watch", errno);
  watcher *self = *slot;
  watch *added = calloc(1, sizeof *added);
  if (added == NULL) return daimon_throw_errno(env, "malloc", ENOMEM);
  added->handle = ++self->last_handle;
  added->fd = fcntl((int)fd, F_DUPFD_CLOEXEC, 3);
  if (added->fd < 0 || daimon_wait_add(self->set, added->fd, WAIT_ONCE, (uint64_t)added->handle) < 0) {
    int error = errno;
    if (added->fd >= 0) close(added->fd);
    free(added);
    return daimon_throw_errno(env, "watch", error);
  }
  napi_create_reference(env, arguments[1], 1, &added->callback);
  added->holds_loop = !background;
  if (added->holds_loop && self->holding++ == 0) napi_ref_threadsafe_function(env, self->wake);
  added->next = self->first;
  self->first = added;
  return daimon_int(env, added->handle);
}

static napi_value unwatch(napi_env env, napi_callback_info info) {
  napi_value argument;
  int64_t handle;
  watcher **slot = slot_of(env, info, &argument, 1);
  if (!daimon_get_int(env, argument, &handle)) return NULL;
  watch *ended = *slot == NULL ? NULL : take_watch(*slot, handle);
  if (ended != NULL) end_watch(*slot, ended);
  return daimon_undefined(env);
}

static void free_slot(napi_env env, void *slot, void *hint) {
  (void)env;
  (void)hint;
  free(slot);
}

void daimon_register_watch(napi_env env, napi_value exports) {
  watcher **slot = calloc(1, sizeof *slot);
  napi_value function;
  napi_create_function(env, "watchReadable", NAPI_AUTO_LENGTH, watch_readable, slot, &function);
  napi_add_finalizer(env, function, slot, free_slot, NULL, NULL);
  daimon_set(env, exports, "watchReadable", function);
  napi_create_function(env, "unwatch", NAPI_AUTO_LENGTH, unwatch, slot, &function);
  daimon_set(env, exports, "unwatch", function);
}
