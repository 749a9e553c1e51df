/* Job objects: a process and all that descends from it, under one name. */
#include "win32.h"
#include <stdlib.h>

/* createJob(name, limitFlags): a handle; '' for one without a name. */
static napi_value create_job(napi_env env, napi_callback_info info) {
  napi_value args[2];
  wchar_t *name;
  int64_t flags;
  daimon_arguments(env, info, args, 2);
  if (!daimon_get_int(env, args[1], &flags) || !daimon_get_wide(env, args[0], &name)) return NULL;
  SetLastError(ERROR_SUCCESS);
  HANDLE job = CreateJobObjectW(NULL, *name == L'\0' ? NULL : name);
  DWORD error = GetLastError();
  free(name);
  if (job == NULL) return daimon_throw_windows(env, "CreateJobObject", error, NULL);
  JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {.BasicLimitInformation.LimitFlags = (DWORD)flags};
  if (error != ERROR_ALREADY_EXISTS &&
      SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits))
    return daimon_handle(env, job);
  if (error != ERROR_ALREADY_EXISTS) error = GetLastError();
  CloseHandle(job);
  return daimon_throw_windows(env, "CreateJobObject", error, NULL);
}

/* openJob(name): a handle; null when nobody holds a job of this name. */
static napi_value open_job(napi_env env, napi_callback_info info) {
  napi_value args[1];
  wchar_t *name;
  daimon_arguments(env, info, args, 1);
  if (!daimon_get_wide(env, args[0], &name)) return NULL;
  HANDLE job = OpenJobObjectW(JOB_OBJECT_QUERY | JOB_OBJECT_TERMINATE | JOB_OBJECT_ASSIGN_PROCESS, FALSE, name);
  DWORD error = GetLastError();
  free(name);
  if (job != NULL) return daimon_handle(env, job);
  if (error == ERROR_FILE_NOT_FOUND) return daimon_null(env);
  return daimon_throw_windows(env, "OpenJobObject", error, NULL);
}

/* jobPids(job): all processes in it that run. */
static napi_value job_pids(napi_env env, napi_callback_info info) {
  napi_value args[1], result;
  HANDLE job;
  daimon_arguments(env, info, args, 1);
  if (!daimon_get_handle(env, args[0], &job)) return NULL;
  JOBOBJECT_BASIC_PROCESS_ID_LIST *list = NULL;
  for (size_t room = 64;; room *= 2) {
    size_t size = sizeof *list + room * sizeof *list->ProcessIdList;
    free(list);
    list = calloc(1, size);
    if (list == NULL) return daimon_throw_windows(env, "QueryInformationJobObject", ERROR_OUTOFMEMORY, NULL);
    bool done = QueryInformationJobObject(job, JobObjectBasicProcessIdList, list, (DWORD)size, NULL);
    DWORD error = GetLastError();
    if (done && list->NumberOfProcessIdsInList == list->NumberOfAssignedProcesses) break;
    if (done || error == ERROR_MORE_DATA) continue;
    free(list);
    return daimon_throw_windows(env, "QueryInformationJobObject", error, NULL);
  }
  napi_create_array_with_length(env, list->NumberOfProcessIdsInList, &result);
  for (uint32_t i = 0; i < list->NumberOfProcessIdsInList; i++)
    napi_set_element(env, result, i, daimon_int(env, (int64_t)list->ProcessIdList[i]));
  free(list);
  return result;
}

/* terminateJob(job, exitCode): ends all in it at once, also what they start meanwhile. */
static napi_value terminate_job(napi_env env, napi_callback_info info) {
  napi_value args[2];
  HANDLE job;
  int64_t code;
  daimon_arguments(env, info, args, 2);
  if (!daimon_get_handle(env, args[0], &job) || !daimon_get_int(env, args[1], &code)) return NULL;
  if (!TerminateJobObject(job, (UINT)code)) return daimon_throw_windows(env, "TerminateJobObject", GetLastError(), NULL);
  return daimon_undefined(env);
}

/* isInJob(process, job) */
static napi_value is_in_job(napi_env env, napi_callback_info info) {
  napi_value args[2];
  HANDLE process, job;
  BOOL result;
  daimon_arguments(env, info, args, 2);
  if (!daimon_get_handle(env, args[0], &process) || !daimon_get_handle(env, args[1], &job)) return NULL;
  if (!IsProcessInJob(process, job, &result)) return daimon_throw_windows(env, "IsProcessInJob", GetLastError(), NULL);
  return daimon_bool(env, result);
}

/* assignToJob(process, job) */
static napi_value assign_to_job(napi_env env, napi_callback_info info) {
  napi_value args[2];
  HANDLE process, job;
  daimon_arguments(env, info, args, 2);
  if (!daimon_get_handle(env, args[0], &process) || !daimon_get_handle(env, args[1], &job)) return NULL;
  if (!AssignProcessToJobObject(job, process))
    return daimon_throw_windows(env, "AssignProcessToJobObject", GetLastError(), NULL);
  return daimon_undefined(env);
}

static const daimon_function functions[] = {
    {"createJob", create_job},       {"openJob", open_job},   {"jobPids", job_pids},
    {"terminateJob", terminate_job}, {"isInJob", is_in_job},  {"assignToJob", assign_to_job},
};

void daimon_register_jobs(napi_env env, napi_value exports) {
  daimon_export(env, exports, functions, sizeof functions / sizeof *functions);
}
