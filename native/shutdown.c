#include "daimon.h"

void daimon_register_shutdown(napi_env env, napi_value exports) {
  (void)env;
  (void)exports;
}
