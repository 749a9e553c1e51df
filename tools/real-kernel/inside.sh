# Inside the machine: everything, then its end.
export LANG=C.UTF-8 HOME=/root
uname -rv
systemctl --version | head -n 1
node --version

# What rests on the kernel most.
contract=(
  test/contract/{addon,launch,recorded-alive}.test.ts
  test/journey/{start-stop,start-failures,kernels,trees,children,pid-reuse,status-codes,check,reload}.test.ts
  test/journey/{ready-auto,ready-notify,run,run-signals,daemonize,signal-handler,graceful-shutdown,time-namespace}.test.ts
)
part=$(sed -n 's/.*daimon\.part=\([a-z]*\).*/\1/p' /proc/cmdline)
is_wanted() { [ "$part" = all ] || [ "$part" = "$1" ]; }

failed=0
tests() { node --import tsx --test --test-reporter=spec "$@" || failed=1; }
is_wanted systemd && tests tools/real-kernel/inside.test.mjs
is_wanted contract && tests --test-concurrency=2 "${contract[@]}"
torture() { node --import tsx torture/run.ts --own-machine "$@" || failed=1; }
is_wanted torture && torture --only set-clock --steps 15 && torture --minutes 5
if [ $failed = 0 ]; then echo "REAL KERNEL: passed"; else echo "REAL KERNEL: failed"; fi
systemctl poweroff
