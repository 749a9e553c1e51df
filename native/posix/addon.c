/* The door of the addon on Unix: registers every file's functions. */
#include "daimon.h"

NAPI_MODULE_INIT() {
  daimon_register_launch(env, exports);
  daimon_register_process(env, exports);
  daimon_register_users(env, exports);
  daimon_register_open_as(env, exports);
  daimon_register_file_status(env, exports);
  daimon_register_files(env, exports);
  daimon_register_replace_file(env, exports);
  daimon_register_locks(env, exports);
  daimon_register_watch(env, exports);
  daimon_register_sockets(env, exports);
  daimon_register_terminal(env, exports);
  daimon_register_shutdown(env, exports);
  daimon_register_context(env, exports);
  daimon_register_system(env, exports);
  return exports;
}
