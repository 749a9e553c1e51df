import {
  type Answer,
  type Observation,
  type Observations,
  QUESTIONS,
  type QuestionId,
} from './question.ts';

export interface Column {
  readonly name: string;
  readonly observations: Observations;
}

const MARKS = new Map<Answer, string>([
  [true, '✓'],
  [false, '—'],
  [null, 'n/a'],
]);

const ids = Object.keys(QUESTIONS) as QuestionId[];
const markOf = (observation: Observation | undefined) =>
  observation === undefined ? '?' : (MARKS.get(observation.answer) ?? '?');
const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;

export function formatTable(columns: readonly Column[]): string {
  return [
    line(['', ...columns.map(({ name }) => name)]),
    `|---${'|:---:'.repeat(columns.length)}|`,
    ...ids.map((id) =>
      line([QUESTIONS[id].title, ...columns.map(({ observations }) => markOf(observations[id]))]),
    ),
  ].join('\n');
}

/** What was done for each question, and what was seen of each tool. */
export function formatEvidence(columns: readonly Column[]): string {
  return ids
    .map((id) => {
      const { title, done } = QUESTIONS[id];
      const seen = columns.map(({ name, observations }) => {
        const observation = observations[id];
        return `- ${markOf(observation)} **${name}**: ${observation?.seen ?? 'not tried'}`;
      });
      return `### ${title}\n\n${done[0]?.toUpperCase()}${done.slice(1)}.\n\n${seen.join('\n')}`;
    })
    .join('\n\n');
}
