/* CreateProcess, with the handles that the new process is to have and no other. */
#include "win32.h"
#include <stdlib.h>
#include <string.h>

/* How the C runtime of Microsoft hands file descriptors down, in STARTUPINFO.lpReserved2:
 * a count, a byte of flags for each, and their handles. Programs of other runtimes pass it over. */
enum { CRT_OPEN = 0x01, CRT_PIPE = 0x08, CRT_DEVICE = 0x40 };
enum { STREAMS = 3, MOST_FDS = 128, MOST_HANDLES = STREAMS + MOST_FDS };

typedef struct {
  int64_t number; /* the file descriptor in the new process */
  HANDLE handle;  /* an inheritable duplicate */
} inherited;

typedef struct {
  wchar_t *application, *command_line, *environment, *folder;
  int64_t flags;
  HANDLE job;
  inherited handed[MOST_HANDLES];
  size_t count;
} order;

static void free_order(order *o) {
  free(o->application);
  free(o->command_line);
  free(o->environment);
  free(o->folder);
  for (size_t i = 0; i < o->count; i++) CloseHandle(o->handed[i].handle);
}

static napi_value member(napi_env env, napi_value object, const char *name) {
  napi_value value;
  napi_get_named_property(env, object, name, &value);
  return value;
}

/* The environment holds NULs: each "key=value" ends with one, and the block with another. */
static bool get_block(napi_env env, napi_value value, wchar_t **result) {
  size_t length;
  if (napi_get_value_string_utf16(env, value, NULL, 0, &length) != napi_ok) return false;
  *result = calloc(length + 2, sizeof **result);
  return *result != NULL && napi_get_value_string_utf16(env, value, (char16_t *)*result, length + 1, &length) == napi_ok;
}

/* handles: [number, handle] pairs. Duplicates: only they are inheritable, and only for this launch. */
static bool get_handles(napi_env env, napi_value pairs, order *o) {
  uint32_t length;
  if (napi_get_array_length(env, pairs, &length) != napi_ok || length > MOST_HANDLES) return false;
  for (uint32_t i = 0; i < length; i++) {
    napi_value pair, number, handle;
    HANDLE original, copy;
    napi_get_element(env, pairs, i, &pair);
    napi_get_element(env, pair, 0, &number);
    napi_get_element(env, pair, 1, &handle);
    inherited *next = &o->handed[o->count];
    if (!daimon_get_int(env, number, &next->number) || !daimon_get_handle(env, handle, &original)) return false;
    if (next->number < 0 || next->number >= MOST_FDS) return false;
    HANDLE self = GetCurrentProcess();
    if (!DuplicateHandle(self, original, self, &copy, 0, TRUE, DUPLICATE_SAME_ACCESS)) {
      daimon_throw_windows(env, "DuplicateHandle", GetLastError(), NULL);
      return false;
    }
    next->handle = copy;
    o->count++;
  }
  return true;
}

static bool get_order(napi_env env, napi_value given, order *o) {
  return daimon_get_wide(env, member(env, given, "application"), &o->application) &&
         daimon_get_wide(env, member(env, given, "commandLine"), &o->command_line) &&
         daimon_get_wide(env, member(env, given, "folder"), &o->folder) &&
         daimon_get_int(env, member(env, given, "flags"), &o->flags) &&
         daimon_get_handle(env, member(env, given, "job"), &o->job) &&
         get_block(env, member(env, given, "environment"), &o->environment) &&
         get_handles(env, member(env, given, "handles"), o);
}

static BYTE crt_flags(HANDLE handle) {
  switch (GetFileType(handle)) {
    case FILE_TYPE_PIPE: return CRT_OPEN | CRT_PIPE;
    case FILE_TYPE_CHAR: return CRT_OPEN | CRT_DEVICE;
    default: return CRT_OPEN;
  }
}

static BYTE *crt_block(const order *o, WORD *size) {
  int fds = 0;
  for (size_t i = 0; i < o->count; i++)
    if (o->handed[i].number >= fds) fds = (int)o->handed[i].number + 1;
  *size = (WORD)(sizeof(int) + (size_t)fds * (1 + sizeof(HANDLE)));
  BYTE *block = calloc(1, *size);
  if (block == NULL) return NULL;
  BYTE *flags = block + sizeof(int), *handles = flags + fds;
  const HANDLE none = INVALID_HANDLE_VALUE;
  memcpy(block, &fds, sizeof fds);
  for (int fd = 0; fd < fds; fd++) memcpy(handles + (size_t)fd * sizeof none, &none, sizeof none);
  for (size_t i = 0; i < o->count; i++) {
    const inherited *one = &o->handed[i];
    flags[one->number] = crt_flags(one->handle);
    memcpy(handles + (size_t)one->number * sizeof one->handle, &one->handle, sizeof one->handle);
  }
  return block;
}

static HANDLE stream(const order *o, int64_t number) {
  for (size_t i = 0; i < o->count; i++)
    if (o->handed[i].number == number) return o->handed[i].handle;
  return NULL;
}

/* The step that failed, or NULL. */
static const char *create(order *o, LPPROC_THREAD_ATTRIBUTE_LIST attributes, BYTE *block, WORD block_size,
                          PROCESS_INFORMATION *made) {
  HANDLE list[MOST_HANDLES];
  for (size_t i = 0; i < o->count; i++) list[i] = o->handed[i].handle;
  if (!UpdateProcThreadAttribute(attributes, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, list, o->count * sizeof *list, NULL,
                                 NULL))
    return "UpdateProcThreadAttribute";
  // Born into the job: there is no moment in which it is not of the tree.
  if (o->job != NULL && !UpdateProcThreadAttribute(attributes, 0, PROC_THREAD_ATTRIBUTE_JOB_LIST, &o->job,
                                                   sizeof o->job, NULL, NULL))
    return "UpdateProcThreadAttribute";
  STARTUPINFOEXW startup = {
      .StartupInfo = {.cb = sizeof startup,
                      .dwFlags = STARTF_USESTDHANDLES,
                      .hStdInput = stream(o, 0),
                      .hStdOutput = stream(o, 1),
                      .hStdError = stream(o, 2),
                      .cbReserved2 = block_size,
                      .lpReserved2 = block},
      .lpAttributeList = attributes,
  };
  DWORD flags = (DWORD)o->flags | EXTENDED_STARTUPINFO_PRESENT | CREATE_UNICODE_ENVIRONMENT;
  if (!CreateProcessW(o->application, o->command_line, NULL, NULL, TRUE, flags, o->environment, o->folder,
                      &startup.StartupInfo, made))
    return "CreateProcess";
  return NULL;
}

/*
 * createProcess({ application, commandLine, environment, folder, flags, job, handles }):
 * { pid, process, thread }. `handles` are [file descriptor, handle]; `job` 0 for none.
 */
static napi_value create_process(napi_env env, napi_callback_info info) {
  napi_value args[1], result;
  order o = {0};
  daimon_arguments(env, info, args, 1);
  if (!get_order(env, args[0], &o)) {
    free_order(&o);
    napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", "daimon native: createProcess() was given what it does not know");
    return NULL;
  }
  SIZE_T size = 0;
  WORD block_size;
  InitializeProcThreadAttributeList(NULL, 2, 0, &size);
  LPPROC_THREAD_ATTRIBUTE_LIST attributes = malloc(size);
  BYTE *block = crt_block(&o, &block_size);
  PROCESS_INFORMATION made;
  const char *failed = "malloc";
  DWORD error = ERROR_OUTOFMEMORY;
  if (attributes != NULL && block != NULL && InitializeProcThreadAttributeList(attributes, 2, 0, &size)) {
    failed = create(&o, attributes, block, block_size, &made);
    error = GetLastError();
    DeleteProcThreadAttributeList(attributes);
  }
  if (failed != NULL) result = daimon_throw_windows(env, failed, error, o.application);
  else {
    napi_create_object(env, &result);
    daimon_set(env, result, "pid", daimon_int(env, made.dwProcessId));
    daimon_set(env, result, "process", daimon_handle(env, made.hProcess));
    daimon_set(env, result, "thread", daimon_handle(env, made.hThread));
  }
  free(attributes);
  free(block);
  free_order(&o);
  return result;
}

/* resumeThread(thread) */
static napi_value resume_thread(napi_env env, napi_callback_info info) {
  napi_value args[1];
  HANDLE thread;
  daimon_arguments(env, info, args, 1);
  if (!daimon_get_handle(env, args[0], &thread)) return NULL;
  if (ResumeThread(thread) == (DWORD)-1) return daimon_throw_windows(env, "ResumeThread", GetLastError(), NULL);
  return daimon_undefined(env);
}

/* setPriority(process, class) */
static napi_value set_priority(napi_env env, napi_callback_info info) {
  napi_value args[2];
  HANDLE process;
  int64_t class;
  daimon_arguments(env, info, args, 2);
  if (!daimon_get_handle(env, args[0], &process) || !daimon_get_int(env, args[1], &class)) return NULL;
  if (!SetPriorityClass(process, (DWORD)class)) return daimon_throw_windows(env, "SetPriorityClass", GetLastError(), NULL);
  return daimon_undefined(env);
}

/* giveHandle(handle, process): the process holds it too, and none of its children. Its number there; 0 when it has ended. */
static napi_value give_handle(napi_env env, napi_callback_info info) {
  napi_value args[2];
  HANDLE handle, process, theirs;
  daimon_arguments(env, info, args, 2);
  if (!daimon_get_handle(env, args[0], &handle) || !daimon_get_handle(env, args[1], &process)) return NULL;
  if (DuplicateHandle(GetCurrentProcess(), handle, process, &theirs, 0, FALSE, DUPLICATE_SAME_ACCESS))
    return daimon_handle(env, theirs);
  DWORD error = GetLastError();
  if (WaitForSingleObject(process, 0) == WAIT_OBJECT_0) return daimon_int(env, 0);
  return daimon_throw_windows(env, "DuplicateHandle", error, NULL);
}

/* fdHandle(fd): the handle behind a file descriptor of Node's, which stays its; null where there is none. */
static napi_value fd_handle(napi_env env, napi_callback_info info) {
  napi_value args[1];
  int64_t fd;
  daimon_arguments(env, info, args, 1);
  if (!daimon_get_int(env, args[0], &fd)) return NULL;
  HANDLE handle = daimon_fd_to_handle == NULL ? INVALID_HANDLE_VALUE : daimon_fd_to_handle((int)fd);
  bool is_open = handle != INVALID_HANDLE_VALUE && (intptr_t)handle != -2; // -2: no stream. _get_osfhandle()
  return is_open ? daimon_handle(env, handle) : daimon_null(env);
}

static const daimon_function functions[] = {
    {"createProcess", create_process},
    {"resumeThread", resume_thread},
    {"setPriority", set_priority},
    {"giveHandle", give_handle},
    {"fdHandle", fd_handle},
};

void daimon_register_launch(napi_env env, napi_value exports) {
  daimon_export(env, exports, functions, sizeof functions / sizeof *functions);
}
