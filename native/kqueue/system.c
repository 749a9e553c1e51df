/* What the systems with kqueue(2) have in their own way. */
#include "kqueue.h"
#include <dlfcn.h>

/* Signal handlers and threads outlive the worker thread that loaded the addon. dlopen(3) */
static void stay_loaded(void) {
  Dl_info here;
  if (dladdr((const void *)(uintptr_t)&daimon_register_system, &here)) dlopen(here.dli_fname, RTLD_LAZY | RTLD_NODELETE);
}

void daimon_register_system(napi_env env, napi_value exports) {
  stay_loaded();
  daimon_register_process_fds(env, exports);
  daimon_register_processes(env, exports);
  daimon_register_foreground(env, exports);
  daimon_register_memory(env, exports);
  daimon_register_extras(env, exports);
}
