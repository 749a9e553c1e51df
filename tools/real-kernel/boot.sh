#!/usr/bin/env bash
# Runs daimon on a real kernel with a real systemd: a small Debian of its own, in an emulated machine.
#   boot.sh [bookworm | bullseye] [systemd | contract | torture | all]
# bookworm has kernel 6.1 and systemd 252, bullseye 5.10 and 247.
# Needs root, mmdebstrap, qemu-system-x86, e2fsprogs, and `npm run compile` done before; some minutes, 3 GB below
# build/. The machine has no network, and its disk is thrown away; inside.test.mjs says what is tried in it.
set -euo pipefail
cd "$(dirname "$0")/../.."

release=${1:-bookworm}
part=${2:-all}
case $release in
  bookworm) kernel=linux-image-cloud-amd64 ;;
  # Its meta package names a version that the mirror no longer has.
  bullseye) kernel=linux-image-5.10.0-46-cloud-amd64 ;;
  *) echo "boot.sh [bookworm | bullseye] [systemd | contract | torture | all]" >&2; exit 2 ;;
esac
root=$PWD/build/real-kernel/$release
disk=$root-$part.img
log=$root-$part.log
packages=systemd,systemd-sysv,dbus,dbus-user-session,libpam-systemd,login,passwd,kmod,initramfs-tools
tools=libstdc++6,procps,util-linux,strace,python3,gcc,libc6-dev

mkdir -p "$(dirname "$root")"
if [ ! -d "$root" ]; then
  rm -rf "$root.new"
  mmdebstrap --variant=minbase --include="$packages,$tools,$kernel" "$release" "$root.new"
  mv "$root.new" "$root"
fi

install_project() {
  rm -rf "$root/opt/daimon"
  mkdir -p "$root/opt/daimon"
  cp -a package.json tsconfig.json dist src native test torture tools node_modules "$root/opt/daimon"
  # What a user has after `npm install daimon`.
  mkdir -p "$root/opt/app/node_modules"
  ln -sfn /opt/daimon "$root/opt/app/node_modules/daimon"
  cp tools/real-kernel/app.mjs tools/real-kernel/server.mjs "$root/opt/app"
  ln -sf /opt/daimon/dist/cli.cjs "$root/usr/local/bin/daimon"
  chmod 755 "$root/opt/daimon/dist/cli.cjs"
  install -m 755 "$(command -v node)" "$root/usr/local/bin/node"
  cp tools/real-kernel/*.service "$root/etc/systemd/system"
  ln -sf ../inside.service "$root/etc/systemd/system/multi-user.target.wants/inside.service"
  # It would hang up the line that we write to.
  ln -sf /dev/null "$root/etc/systemd/system/serial-getty@ttyS0.service"
  grep -q '^ann:' "$root/etc/passwd" || chroot "$root" useradd --create-home --shell /bin/bash ann
}

install_project
rm -f "$disk"
mkfs.ext4 -q -d "$root" "$disk" 2G

# Software emulation, which works everywhere; ACCEL=kvm where that does.
machine=(-accel "${ACCEL:-tcg,thread=multi}" -cpu max -smp 2 -m 2048 -nodefaults -no-reboot -display none -serial stdio)
image=(-kernel "$root"/boot/vmlinuz-* -initrd "$root"/boot/initrd.img-*)
line="root=/dev/vda rw console=ttyS0 quiet panic=-1 systemd.show_status=false daimon.part=$part"
timeout 3000 qemu-system-x86_64 "${machine[@]}" "${image[@]}" -append "$line" \
  -drive "file=$disk,format=raw,if=virtio,snapshot=on" < /dev/null | stdbuf -oL tr -d '\r' | tee "$log"
grep -q '^REAL KERNEL: passed' "$log"
