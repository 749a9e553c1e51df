/* The trees of this program's own children: Job objects that are ended with it, also when that is by force. */
#include "win32.h"
#include "signals.h"
#include <stdlib.h>

#define MORE_FAMILIES 64

static SRWLOCK lock = SRWLOCK_INIT;
static HANDLE *families;
static size_t family_count, family_space;

/* noteFamily(job): to be ended when this process is, by force. */
static napi_value note_family(napi_env env, napi_callback_info info) {
  napi_value argument;
  HANDLE job;
  daimon_arguments(env, info, &argument, 1);
  if (!daimon_get_handle(env, argument, &job)) return NULL;
  AcquireSRWLockExclusive(&lock);
  if (family_count == family_space) {
    HANDLE *grown = realloc(families, (family_space + MORE_FAMILIES) * sizeof *families);
    if (grown != NULL) {
      families = grown;
      family_space += MORE_FAMILIES;
    }
  }
  if (family_count < family_space) families[family_count++] = job;
  ReleaseSRWLockExclusive(&lock);
  return daimon_undefined(env);
}

/* forgetFamily(job): closes it. */
static napi_value forget_family(napi_env env, napi_callback_info info) {
  napi_value argument;
  HANDLE job;
  daimon_arguments(env, info, &argument, 1);
  if (!daimon_get_handle(env, argument, &job)) return NULL;
  AcquireSRWLockExclusive(&lock);
  for (size_t i = 0; i < family_count; i++)
    if (families[i] == job) families[i--] = families[--family_count];
  ReleaseSRWLockExclusive(&lock);
  CloseHandle(job);
  return daimon_undefined(env);
}

void daimon_end_families(void) {
  AcquireSRWLockShared(&lock);
  for (size_t i = 0; i < family_count; i++) TerminateJobObject(families[i], DAIMON_SIGNAL_BASE + 9);
  ReleaseSRWLockShared(&lock);
}

void daimon_register_families(napi_env env, napi_value exports) {
  static const daimon_function table[] = {{"noteFamily", note_family}, {"forgetFamily", forget_family}};
  daimon_export(env, exports, table, sizeof table / sizeof *table);
}
