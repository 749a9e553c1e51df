/*
 * Waiting without polling: the system's own wait threads (one for each 63 handles) sleep on all that is
 * watched, and one threadsafe function of the environment brings each event to its event loop.
 * RegisterWaitForSingleObject. What Unix has as an fd that becomes readable is here a handle: an event
 * that is set, a process that has ended, a pipe with something to read.
 */
#include "win32.h"
#include <stdlib.h>

void daimon_begin_wait(daimon_wait *wait, HANDLE handle) {
  DWORD available;
  *wait = (daimon_wait){.object = handle};
  if (GetFileType(handle) != FILE_TYPE_PIPE) return;
  wait->pipe = handle;
  wait->object = wait->read.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL);
  bool is_open = PeekNamedPipe(handle, NULL, 0, NULL, &available, NULL);
  bool is_ready = is_open ? available > 0 : GetLastError() == ERROR_BROKEN_PIPE;
  if (is_ready || ReadFile(handle, &wait->nothing, 0, NULL, &wait->read)) {
    SetEvent(wait->object);
    return;
  }
  DWORD error = GetLastError();
  wait->pending = error == ERROR_IO_PENDING;
  if (error == ERROR_BROKEN_PIPE || error == ERROR_HANDLE_EOF) SetEvent(wait->object);
}

void daimon_end_wait(daimon_wait *wait) {
  DWORD got;
  if (wait->pipe == NULL) return;
  if (wait->pending) {
    CancelIoEx(wait->pipe, &wait->read);
    GetOverlappedResult(wait->pipe, &wait->read, &got, TRUE);
  }
  CloseHandle(wait->object);
}

typedef struct watch {
  int64_t name;
  HANDLE handle; /* our own duplicate: the caller may close theirs at any time */
  daimon_wait what;
  HANDLE wait;
  napi_threadsafe_function wake;
  napi_ref callback;
  bool holds_loop;
  struct watch *next;
} watch;

typedef struct {
  napi_env env;
  napi_threadsafe_function wake; /* NULL: nothing was watched yet */
  int64_t last_name;
  watch *first;
  size_t holding; /* watches that keep the event loop alive */
} watcher;

/* On a thread of the system's. */
static void CALLBACK tell(void *argument, BOOLEAN timed_out) {
  (void)timed_out;
  const watch *due = argument;
  int64_t *name = malloc(sizeof *name);
  if (name == NULL) return;
  *name = due->name;
  if (napi_call_threadsafe_function(due->wake, name, napi_tsfn_nonblocking) != napi_ok) free(name);
}

/* Waits for a tell() under way: it does not wait for us. */
static void release(watch *ended) {
  UnregisterWaitEx(ended->wait, INVALID_HANDLE_VALUE);
  daimon_end_wait(&ended->what);
  CloseHandle(ended->handle);
  free(ended);
}

static watch *take_watch(watcher *self, int64_t name) {
  for (watch **link = &self->first; *link != NULL; link = &(*link)->next) {
    if ((*link)->name != name) continue;
    watch *found = *link;
    *link = found->next;
    return found;
  }
  return NULL;
}

static void end_watch(watcher *self, watch *ended) {
  napi_delete_reference(self->env, ended->callback);
  /* An event loop with nothing left to wait for may end. */
  if (ended->holds_loop && --self->holding == 0) napi_unref_threadsafe_function(self->env, self->wake);
  release(ended);
}

static void run_callback(napi_env env, napi_value ignored, void *context, void *data) {
  (void)ignored;
  watcher *self = context;
  int64_t name = *(int64_t *)data;
  free(data);
  watch *due = env == NULL ? NULL : take_watch(self, name);
  if (due == NULL) return; /* unwatched while the event was on its way */
  napi_value callback, receiver;
  napi_get_reference_value(env, due->callback, &callback);
  end_watch(self, due);
  napi_get_undefined(env, &receiver);
  napi_call_function(env, receiver, callback, 0, NULL, NULL);
}

static void stop_watcher(void *argument) {
  watcher *self = argument;
  for (watch *next; self->first != NULL; self->first = next) {
    next = self->first->next;
    release(self->first);
  }
  if (self->wake != NULL) napi_release_threadsafe_function(self->wake, napi_tsfn_abort);
  free(self);
}

static watcher *watcher_of(napi_env env, napi_callback_info info, napi_value *arguments, size_t count) {
  void *self;
  napi_get_cb_info(env, info, &count, arguments, NULL, &self);
  return self;
}

static bool start(watcher *self) {
  if (self->wake != NULL) return true;
  napi_value name = daimon_string(self->env, "daimon watch");
  if (napi_create_threadsafe_function(self->env, NULL, NULL, name, 0, 1, NULL, NULL, self, run_callback, &self->wake) != napi_ok) {
    self->wake = NULL;
    return false;
  }
  napi_unref_threadsafe_function(self->env, self->wake);
  return true;
}

/* NULL with GetLastError(). It is told at once where the handle is signalled already. */
static watch *begin_watch(watcher *self, HANDLE handle) {
  HANDLE this = GetCurrentProcess();
  watch *added = calloc(1, sizeof *added);
  if (added == NULL) {
    SetLastError(ERROR_OUTOFMEMORY);
    return NULL;
  }
  added->name = ++self->last_name;
  added->wake = self->wake;
  if (!DuplicateHandle(this, handle, this, &added->handle, 0, FALSE, DUPLICATE_SAME_ACCESS)) {
    free(added);
    return NULL;
  }
  daimon_begin_wait(&added->what, added->handle);
  if (RegisterWaitForSingleObject(&added->wait, added->what.object, tell, added, INFINITE, WT_EXECUTEONLYONCE | WT_EXECUTEINWAITTHREAD))
    return added;
  DWORD error = GetLastError();
  daimon_end_wait(&added->what);
  CloseHandle(added->handle);
  free(added);
  SetLastError(error);
  return NULL;
}

static napi_value watch_readable(napi_env env, napi_callback_info info) {
  napi_value arguments[3];
  HANDLE handle;
  bool background = false;
  watcher *self = watcher_of(env, info, arguments, 3);
  if (!daimon_get_handle(env, arguments[0], &handle)) return NULL;
  napi_get_value_bool(env, arguments[2], &background);
  if (!start(self)) return daimon_throw_windows(env, "napi_create_threadsafe_function", ERROR_OUTOFMEMORY, NULL);
  watch *added = begin_watch(self, handle);
  if (added == NULL) return daimon_throw_windows(env, "RegisterWaitForSingleObject", GetLastError(), NULL);
  napi_create_reference(env, arguments[1], 1, &added->callback);
  added->holds_loop = !background;
  if (added->holds_loop && self->holding++ == 0) napi_ref_threadsafe_function(env, self->wake);
  added->next = self->first;
  self->first = added;
  return daimon_int(env, added->name);
}

static napi_value unwatch(napi_env env, napi_callback_info info) {
  napi_value argument;
  int64_t name;
  watcher *self = watcher_of(env, info, &argument, 1);
  if (!daimon_get_int(env, argument, &name)) return NULL;
  watch *ended = take_watch(self, name);
  if (ended != NULL) end_watch(self, ended);
  return daimon_undefined(env);
}

/* pollReadable(handles, timeoutMs): the index of one that is signalled or can be read, or -1 at the timeout. */
static napi_value poll_readable(napi_env env, napi_callback_info info) {
  napi_value arguments[2], item;
  HANDLE handle, objects[MAXIMUM_WAIT_OBJECTS];
  daimon_wait waits[MAXIMUM_WAIT_OBJECTS];
  int64_t timeout;
  uint32_t count = 0, begun = 0;
  daimon_arguments(env, info, arguments, 2);
  napi_get_array_length(env, arguments[0], &count);
  if (!daimon_get_int(env, arguments[1], &timeout)) return NULL;
  if (count > MAXIMUM_WAIT_OBJECTS) return daimon_throw_windows(env, "WaitForMultipleObjects", ERROR_INVALID_PARAMETER, NULL);
  DWORD wait_ms = timeout < 0 ? INFINITE : (DWORD)timeout;
  if (count == 0) {
    Sleep(wait_ms);
    return daimon_int(env, -1);
  }
  for (; begun < count; begun++) {
    napi_get_element(env, arguments[0], begun, &item);
    if (!daimon_get_handle(env, item, &handle)) break;
    daimon_begin_wait(&waits[begun], handle);
    objects[begun] = waits[begun].object;
  }
  DWORD woken = begun < count ? WAIT_FAILED : WaitForMultipleObjects(count, objects, FALSE, wait_ms);
  DWORD error = GetLastError();
  for (uint32_t i = 0; i < begun; i++) daimon_end_wait(&waits[i]);
  if (begun < count) return NULL;
  if (woken == WAIT_FAILED) return daimon_throw_windows(env, "WaitForMultipleObjects", error, NULL);
  return daimon_int(env, woken == WAIT_TIMEOUT ? -1 : (int64_t)(woken - WAIT_OBJECT_0));
}

void daimon_register_watch(napi_env env, napi_value exports) {
  watcher *self = calloc(1, sizeof *self);
  napi_value function;
  if (self == NULL) return;
  self->env = env;
  napi_create_function(env, "watchReadable", NAPI_AUTO_LENGTH, watch_readable, self, &function);
  daimon_set(env, exports, "watchReadable", function);
  napi_create_function(env, "unwatch", NAPI_AUTO_LENGTH, unwatch, self, &function);
  daimon_set(env, exports, "unwatch", function);
  napi_create_function(env, "pollReadable", NAPI_AUTO_LENGTH, poll_readable, self, &function);
  daimon_set(env, exports, "pollReadable", function);
  napi_add_env_cleanup_hook(env, stop_watcher, self);
}
