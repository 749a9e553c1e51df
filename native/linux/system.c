/* What only Linux has, and what it has in its own way. */
#include "linux.h"

void daimon_register_system(napi_env env, napi_value exports) {
  daimon_register_pidfds(env, exports);
  daimon_register_marks(env, exports);
  daimon_register_families(env, exports);
  daimon_register_foreground(env, exports);
  daimon_register_memory(env, exports);
  daimon_register_listening(env, exports);
  daimon_register_fd_limit(env, exports);
}
