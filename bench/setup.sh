#!/bin/bash
# Installs the peers that the benchmarks stand beside: Debian's packages, and npm's into bench/peers.
set -euo pipefail
cd "$(dirname "$0")"
export DEBIAN_FRONTEND=noninteractive
for attempt in 1 2 3; do
  apt-get install -y -qq --no-install-recommends daemon daemonize python3-daemon procps gcc libc6-dev >/dev/null && break
  [ "$attempt" = 3 ] && exit 1
  apt-get update -qq
done
mkdir -p peers
[ -f peers/package.json ] || echo '{ "private": true }' > peers/package.json
shutdown_peers="close-with-grace@2 @godaddy/terminus@4 lightship@9 http-terminator@3 stoppable@1 execa@9 tree-kill@1 piscina@5"
missing=()
for peer in pm2@7 forever@4 daemonize2@0 $shutdown_peers; do
  [ -d "peers/node_modules/${peer%@*}" ] || missing+=("$peer")
done
[ ${#missing[@]} = 0 ] || npm install --prefix peers --ignore-scripts --no-audit --no-fund --silent "${missing[@]}"
bash programs/compile.sh
