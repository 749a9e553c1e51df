/* Processes: who they are, whether they run, how they ended. */
#include "win32.h"
#include <tlhelp32.h>

/* openProcess(pid, access): a handle; null when there is no such process. */
static napi_value open_process(napi_env env, napi_callback_info info) {
  napi_value args[2];
  int64_t pid, access;
  daimon_arguments(env, info, args, 2);
  if (!daimon_get_int(env, args[0], &pid) || !daimon_get_int(env, args[1], &access)) return NULL;
  HANDLE process = OpenProcess((DWORD)access, FALSE, (DWORD)pid);
  if (process != NULL) return daimon_handle(env, process);
  DWORD error = GetLastError();
  if (error == ERROR_INVALID_PARAMETER) return daimon_null(env);
  return daimon_throw_windows(env, "OpenProcess", error, NULL);
}

static napi_value close_handle(napi_env env, napi_callback_info info) {
  napi_value args[1];
  HANDLE handle;
  daimon_arguments(env, info, args, 1);
  if (!daimon_get_handle(env, args[0], &handle)) return NULL;
  CloseHandle(handle);
  return daimon_undefined(env);
}

/* processTimes(handle): { created, cpuTimeMs } */
static napi_value process_times(napi_env env, napi_callback_info info) {
  napi_value args[1], result;
  HANDLE process;
  daimon_arguments(env, info, args, 1);
  if (!daimon_get_handle(env, args[0], &process)) return NULL;
  FILETIME created, exited, kernel, user;
  if (!GetProcessTimes(process, &created, &exited, &kernel, &user))
    return daimon_throw_windows(env, "GetProcessTimes", GetLastError(), NULL);
  ULARGE_INTEGER k = {.LowPart = kernel.dwLowDateTime, .HighPart = kernel.dwHighDateTime};
  ULARGE_INTEGER u = {.LowPart = user.dwLowDateTime, .HighPart = user.dwHighDateTime};
  napi_create_object(env, &result);
  daimon_set(env, result, "created", daimon_filetime(env, created));
  daimon_set(env, result, "cpuTimeMs", daimon_int(env, (int64_t)((k.QuadPart + u.QuadPart) / 10000)));
  return result;
}

static const daimon_function functions[] = {
    {"openProcess", open_process},
    {"closeHandle", close_handle},
    {"processTimes", process_times},
};

void daimon_register_processes(napi_env env, napi_value exports) {
  daimon_export(env, exports, functions, sizeof functions / sizeof *functions);
}
