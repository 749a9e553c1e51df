/* How a process ended, for JavaScript. */
#ifndef DAIMON_EXIT_STATUS_H
#define DAIMON_EXIT_STATUS_H

#include "daimon.h"

/* { exitCode, signal } of a status as wait(2) gives it. */
napi_value daimon_exit_status(napi_env env, int status);

#endif
