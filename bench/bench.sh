#!/bin/bash
# npm run bench [-- word …] [--rounds n] [--page]: sets the peers up, measures, and after a whole run writes docs/benchmarks.md.
set -euo pipefail
cd "$(dirname "$0")/.."
unset NODE_EXTRA_CA_CERTS # would add 40 ms to every start of Node 20
npm run --silent compile
bash bench/setup.sh
node --import tsx bench/run.ts "$@"
