/* The plan of a launch: no value of JavaScript breaks its reader, or leaves memory behind. */
#include "values.h"
#include "../../native/posix/launch.c"

static size_t count_of(char **strings) {
  size_t count = 0;
  while (strings[count] != NULL) count++;
  return count;
}

void fuzz_one(const uint8_t *bytes, size_t count) {
  values_from(bytes, count);
  launch_plan plan = {.pidfd = -1};
  struct napi_value__ *given = NULL;
  napi_create_object(NULL, &given);
  read_plan(NULL, given, &plan);
  if (!exception_pending()) {
    count_of(plan.argv);
    count_of(plan.environment);
    MUST(strlen(plan.oom_text) < sizeof plan.oom_text);
    for (int step = 0; step <= STEP_EXECVE; step++) path_of_step(&plan, step);
  }
  free_plan(&plan);
  values_forget();
}
