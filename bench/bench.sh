#!/bin/bash
# npm run bench [-- --only word …] [--rounds n]: sets the peers up, measures, and after a whole run writes docs/benchmarks.md.
set -euo pipefail
cd "$(dirname "$0")/.."
unset NODE_EXTRA_CA_CERTS # would add 40 ms to every start of Node 20
npm run --silent compile
bash bench/setup.sh
bench/build/init node --import tsx bench/run.ts "$@"
[ $# -gt 0 ] || node --import tsx bench/report/page.ts
