// npm run compare: what daimon and its peers do, tried out; the table of docs/comparison.md.
import { C_TOOLS, installed, NODE_TOOLS, type Tool } from '../lib/tools.ts';
import { type Answer, failToStart, identity, lookAtDaemon, stopping } from './probes.ts';
import { nodePrograms, type Programs, shellPrograms } from './programs.ts';

const wanted = process.argv.slice(2);
const isWanted = ({ name }: Tool) =>
  wanted.length === 0 || wanted.some((word) => name.includes(word));

async function answersOf(tool: Tool, programs: Programs): Promise<Record<string, Answer>> {
  const answers: Record<string, Answer> = {};
  const groups = [
    () => lookAtDaemon(tool),
    () => failToStart(tool, programs),
    () => identity(tool),
    () => stopping(tool, programs),
  ];
  for (const group of groups) {
    try {
      Object.assign(answers, await group());
    } catch (error) {
      console.error(`${tool.name}: ${(error as Error).message}`);
    }
  }
  tool.close?.();
  return answers;
}

const MARKS = new Map<Answer | undefined, string>([
  [true, '✓'],
  [false, '—'],
  [null, 'n/a'],
]);

function formatTable(columns: readonly { name: string; answers: Record<string, Answer> }[]) {
  const questions = [...new Set(columns.flatMap(({ answers }) => Object.keys(answers)))];
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    line(['', ...columns.map(({ name }) => name)]),
    `|---${'|:---:'.repeat(columns.length)}|`,
    ...questions.map((question) =>
      line([question, ...columns.map(({ answers }) => MARKS.get(answers[question]) ?? '?')]),
    ),
  ].join('\n');
}

for (const [tools, programs] of [
  [C_TOOLS, shellPrograms],
  [NODE_TOOLS, nodePrograms],
] as const) {
  const columns = [];
  for (const tool of installed(tools.filter(isWanted)))
    columns.push({ name: tool.name, answers: await answersOf(tool, programs) });
  if (columns.length > 0) console.log(`${formatTable(columns)}\n`);
}
process.exit(0);
