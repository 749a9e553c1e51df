/** By number: linux/capability.h. */
const NAMES = [
  'chown',
  'dac_override',
  'dac_read_search',
  'fowner',
  'fsetid',
  'kill',
  'setgid',
  'setuid',
  'setpcap',
  'linux_immutable',
  'net_bind_service',
  'net_broadcast',
  'net_admin',
  'net_raw',
  'ipc_lock',
  'ipc_owner',
  'sys_module',
  'sys_rawio',
  'sys_chroot',
  'sys_ptrace',
  'sys_pacct',
  'sys_admin',
  'sys_boot',
  'sys_nice',
  'sys_resource',
  'sys_time',
  'sys_tty_config',
  'mknod',
  'lease',
  'audit_write',
  'audit_control',
  'setfcap',
  'mac_override',
  'mac_admin',
  'syslog',
  'wake_alarm',
  'block_suspend',
  'audit_read',
  'perfmon',
  'bpf',
  'checkpoint_restore',
];

/** With one of these a process gets all others: capabilities(7), each under its name. */
const REGAINING = [
  'chown',
  'dac_override',
  'fowner',
  'setgid',
  'setuid',
  'setfcap',
  'sys_module',
  'sys_rawio',
  'sys_ptrace',
  'sys_admin',
  'mknod',
];

export const REGAINING_CAPABILITIES = REGAINING.reduce(
  (mask, name) => mask | (1n << BigInt(NAMES.indexOf(name))),
  0n,
);

/** `CAP_NET_BIND_SERVICE`; a number for one that is newer than this table. */
export function capabilityNames(mask: bigint): string[] {
  const names: string[] = [];
  for (let number = 0; mask >> BigInt(number) !== 0n; number++) {
    if ((mask & (1n << BigInt(number))) === 0n) continue;
    names.push(`CAP_${(NAMES[number] ?? String(number)).toUpperCase()}`);
  }
  return names;
}
