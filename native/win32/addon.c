/* The door of the addon on Windows: registers every file's functions. */
#include "win32.h"

NAPI_MODULE_INIT() {
  daimon_register_processes(env, exports);
  daimon_register_launch(env, exports);
  daimon_register_jobs(env, exports);
  daimon_register_families(env, exports);
  daimon_register_files(env, exports);
  daimon_register_owners(env, exports);
  daimon_register_pipes(env, exports);
  daimon_register_watch(env, exports);
  daimon_register_signals(env, exports);
  daimon_register_signal_send(env, exports);
  daimon_register_shutdown(env, exports);
  return exports;
}
