// npm run compare: what daimon and its peers do, tried out; the evidence for docs/comparison.md.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BENCH } from '../lib/processes.ts';
import { C_TOOLS, installed, NODE_TOOLS, type Tool } from '../lib/tools.ts';
import { dropRights, lookAtDaemon, loseTerminal } from './look.ts';
import { type Column, formatEvidence, formatTable } from './page.ts';
import { nodePrograms, type Programs, shellPrograms } from './programs.ts';
import type { Observations } from './question.ts';
import { becomeReady, failToStart, startSeveral } from './starts.ts';
import { spareStranger, stopIt } from './stopping.ts';

const wanted = process.argv.slice(2);
const isWanted = ({ name }: Tool) =>
  wanted.length === 0 || wanted.some((word) => name.includes(word));

async function observe(tool: Tool, programs: Programs): Promise<Column> {
  const observations: Observations = {};
  const probes = [
    lookAtDaemon,
    loseTerminal,
    dropRights,
    failToStart,
    becomeReady,
    startSeveral,
    spareStranger,
    stopIt,
  ];
  for (const probe of probes) {
    console.error(`${tool.name}: ${probe.name}`);
    try {
      Object.assign(observations, await probe(tool, programs));
    } catch (error) {
      console.error(`${tool.name}: ${(error as Error).message}`);
      process.exitCode = 1;
    }
  }
  tool.close?.();
  return { name: tool.name, observations };
}

function debianVersions(): string {
  const names = ['util-linux', 'daemonize', 'dpkg', 'daemon', 'python3-daemon'];
  const format = '$' + '{Package} $' + '{Version}\n';
  return spawnSync('dpkg-query', ['-W', '-f', format, ...names], { encoding: 'utf8' }).stdout;
}

function npmVersions(): string {
  const args = ['ls', '--prefix', join(BENCH, 'peers'), '--depth=0', '--json'];
  const { stdout } = spawnSync('npm', args, { encoding: 'utf8' });
  const { dependencies = {} } = JSON.parse(stdout) as {
    dependencies?: Record<string, { version: string }>;
  };
  return ['daemonize2', 'forever', 'pm2']
    .map((name) => `${name} ${dependencies[name]?.version ?? '?'}`)
    .join(', ');
}

const parts = [];
for (const [title, tools, programs] of [
  ['A C program', C_TOOLS, shellPrograms],
  ['A Node program', NODE_TOOLS, nodePrograms],
] as const) {
  const columns: Column[] = [];
  for (const tool of installed(tools.filter(isWanted))) columns.push(await observe(tool, programs));
  if (columns.length > 0)
    parts.push(`## ${title}\n\n${formatTable(columns)}\n\n${formatEvidence(columns)}`);
}
const versions = `${debianVersions().trim().replaceAll('\n', ', ')}, ${npmVersions()}, Node ${process.version}`;
const page = `# What daimon and its peers did

The output of \`npm run compare\`, which wrote this page; [the comparison](comparison.md) rests on it. Each tool was
told to make a daemon of the same program, in the words of its own manual
([tools.ts](../bench/lib/tools.ts)). n/a: it has no such command or option. Tried: ${versions}.

${parts.join('\n\n')}
`;
console.log(page);
if (wanted.length === 0) writeFileSync(join(BENCH, '../docs/comparison-tried.md'), page);
process.exit();
