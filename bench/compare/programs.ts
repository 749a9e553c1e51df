import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { folder } from '../lib/processes.ts';

/** Programs that are not the well-behaved daemon of the benchmarks. Each stamps, where it lives that long. */
export interface Programs {
  /** There is no such file. */
  readonly missing: string;
  /** Says its last words and ends with 7 at once. */
  readonly failing: string;
  /** Is ready after half a second, and says so. */
  readonly late: string;
  /** Takes 300 ms to end at SIGTERM. */
  readonly slow: string;
  /** Ignores SIGTERM, and SIGINT. */
  readonly stubborn: string;
  /** Has a descendant in a session of its own and without its parent; its pid is beside the stamp, in `.child`. */
  readonly parent: string;
}

const SHELL: Programs = {
  missing: '',
  failing: '#!/bin/sh\necho last words >&2\nexit 7\n',
  late: `#!/usr/bin/python3
import os, socket, sys, time
time.sleep(0.5)
address = os.environ.get('NOTIFY_SOCKET', '')
ready = time.monotonic_ns()
if address:
    name = '\\0' + address[1:] if address[0] == '@' else address
    socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b'READY=1', name)
with open(sys.argv[1] + '.new', 'w') as stamp: stamp.write(f'{os.getpid()} {ready}\\n')
os.rename(sys.argv[1] + '.new', sys.argv[1])
while True: time.sleep(1000)
`,
  slow: `#!/bin/sh
trap 'sleep 0.3; exit 0' TERM INT
echo "$$ 0" > "$1"
while :; do sleep 0.05; done
`,
  stubborn: `#!/bin/sh
trap '' TERM INT
echo "$$ 0" > "$1"
while :; do sleep 1; done
`,
  parent: `#!/bin/sh
(setsid sh -c 'echo "$$" > "$0"; while :; do sleep 1; done' "$1.child" &)
while [ ! -s "$1.child" ]; do :; done
echo "$$ 0" > "$1"
while :; do sleep 1; done
`,
};

const NODE: Programs = {
  missing: '',
  failing: 'console.error("last words"); process.exit(7)',
  late: `const { writeFileSync } = require('fs');
setTimeout(() => {
  // It accepts connections from then on, whenever its own callback gets its turn.
  const ready = process.hrtime.bigint();
  require('http').createServer().listen(0, () => {
    writeFileSync(process.argv[2], process.pid + ' ' + ready + '\\n');
    process.send?.('ready');
  });
}, 500);
`,
  slow: `for (const name of ['SIGTERM', 'SIGINT']) process.on(name, () => setTimeout(process.exit, 300));
setInterval(() => {}, 1000);
require('fs').writeFileSync(process.argv[2], process.pid + ' 0\\n');
`,
  stubborn: `for (const name of ['SIGTERM', 'SIGINT']) process.on(name, () => {});
setInterval(() => {}, 1000);
require('fs').writeFileSync(process.argv[2], process.pid + ' 0\\n');
`,
  parent: `const hide = '(setsid sh -c \\'echo "$$" > "$0"; exec sleep 1000\\' "$0.child" &)';
require('child_process').spawnSync('sh', ['-c', hide, process.argv[2]], { stdio: 'ignore' });
setInterval(() => {}, 1000);
const fs = require('fs');
while (!fs.existsSync(process.argv[2] + '.child'));
fs.writeFileSync(process.argv[2], process.pid + ' 0\\n');
`,
};

export const shellPrograms = write(SHELL, '');
export const nodePrograms = write(NODE, '.cjs');

function write(texts: Programs, suffix: string): Programs {
  const pathOf = (name: string) => join(folder, `${name}${suffix}`);
  for (const [name, text] of Object.entries(texts))
    if (text !== '') writeFileSync(pathOf(name), text, { mode: 0o755 });
  return {
    missing: pathOf('missing'),
    failing: pathOf('failing'),
    late: pathOf('late'),
    slow: pathOf('slow'),
    stubborn: pathOf('stubborn'),
    parent: pathOf('parent'),
  };
}
