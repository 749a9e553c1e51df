/* The door of the addon on Windows: registers every file's functions. */
#include "win32.h"

NAPI_MODULE_INIT() {
  daimon_register_processes(env, exports);
  return exports;
}
