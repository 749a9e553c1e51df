#!/bin/bash
# The C programs of the benchmarks, into bench/build.
set -euo pipefail
cd "$(dirname "$0")"
mkdir -p ../build
for source in *.c; do cc -O2 -Wall -Wextra -o "../build/${source%.c}" "$source"; done
