#include "daimon.h"

void daimon_register_foreground(napi_env env, napi_value exports) {
  (void)env;
  (void)exports;
}
