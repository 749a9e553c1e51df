// Writes docs/api.md from the declarations that are published: every export of index.d.ts and
// worker.d.ts, with its docstring. TypeScript 7 has no compiler API yet, so the files are read as the
// text that its emitter writes: one top-level declaration after the other. With --check it compares.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const types = join(root, 'dist/types');
const output = join(root, 'docs/api.md');

const DECLARATION =
  /(?:(\/\*\*(?:(?!\*\/)[\s\S])*\*\/)\n)?export (?:declare )?(?:abstract )?(function|class|const|interface|type) (\w+)/g;
const KINDS = {
  function: 'Functions',
  class: 'Classes',
  const: 'Constants',
  interface: 'Types',
  type: 'Types',
};

/** Every declaration of a file: name → kind, docstring and text. Overloads follow one another. */
function readDeclarations(file) {
  const text = readFileSync(file, 'utf8');
  const found = new Map();
  for (const match of text.matchAll(DECLARATION)) {
    const [whole, comment = '', kind, name] = match;
    const start = match.index + whole.lastIndexOf('export ');
    const declaration = text.slice(start, endOf(text, start)).replace(/^export (declare )?/, '');
    const known = found.get(name);
    if (known === undefined) found.set(name, { kind, comment, declarations: [declaration] });
    else known.declarations.push(declaration);
  }
  return found;
}

/** To the semicolon or the brace that ends it. */
function endOf(text, start) {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const character = text[at];
    if (text.startsWith('/*', at)) at = text.indexOf('*/', at) + 1;
    else if ('{(['.includes(character)) depth++;
    else if (
      '})]'.includes(character) &&
      --depth === 0 &&
      character === '}' &&
      text[at + 1] === '\n'
    )
      return at + 1;
    else if (character === ';' && depth === 0) return at + 1;
  }
  return text.length;
}

/** The exported names of an entry, each with its declaration, followed through re-exports. */
function readExports(file) {
  const text = readFileSync(file, 'utf8');
  const exported = new Map(readDeclarations(file));
  for (const [, names, source] of text.matchAll(/export (?:type )?\{([^}]*)\} from '([^']+)'/g)) {
    const target = resolve(dirname(file), source.replace(/\.(ts|js)$/, '.d.ts'));
    const declared = readDeclarations(target);
    for (const name of names.split(',').map((part) => part.trim().replace(/^type /, ''))) {
      const [own = name, given = name] = name.split(' as ');
      const known = declared.get(own);
      if (name !== '' && known !== undefined) exported.set(given, known);
    }
  }
  return exported;
}

function proseOf(comment) {
  const lines = comment
    .replace(/^\/\*\*\s?|\s*\*\/$/g, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, ''));
  const text = lines
    .join('\n')
    .replace(/\{@link ([^}]+)\}/g, '`$1`')
    .trim();
  const [prose = '', ...tags] = text.split(/\n?^(?=@(?:throws|returns|example|internal))/m);
  return [prose.trim(), ...tags.map(formatTag)].filter(Boolean).join('\n\n');
}

function formatTag(tag) {
  const [, name, rest] = /^@(\w+)\s*([\s\S]*)$/.exec(tag) ?? [];
  if (name === 'example') return `\`\`\`ts\n${rest.trim()}\n\`\`\``;
  return `**${name === 'throws' ? 'Throws' : 'Returns'}** ${rest.trim().replace(/\s*\n\s*/g, ' ')}`;
}

/** What is private or for ourselves is nobody's interface. */
function publicPart(declaration) {
  return declaration
    .replace(/\n\s*\/\*\* @internal(?:(?!\*\/)[\s\S])*\*\/\n[^\n]*/g, '')
    .replace(/\n\s*(?:private|#)[^\n]*/g, '')
    .replace(/\{@link ([^}]+)\}/g, '$1');
}

function format(title, intro, exported) {
  const sections = ['Functions', 'Classes', 'Constants', 'Types'].flatMap((section) => {
    const names = [...exported]
      .filter(([, { kind }]) => KINDS[kind] === section)
      .sort(([a], [b]) => a.localeCompare(b));
    if (names.length === 0) return [];
    return [
      `### ${section}`,
      ...names.map(([name, { comment, declarations }]) =>
        [
          `#### ${name}`,
          proseOf(comment),
          `\`\`\`ts\n${declarations.map(publicPart).join('\n')}\n\`\`\``,
        ]
          .filter(Boolean)
          .join('\n\n'),
      ),
    ];
  });
  return [`## ${title}`, intro, ...sections].join('\n\n');
}

const page = `${[
  '# API',
  'Written from the docstrings by `npm run docs`; change them, not this page.',
  format('daimon', "`import { … } from 'daimon'`", readExports(join(types, 'index.d.ts'))),
  format(
    'daimon/worker',
    "`import { … } from 'daimon/worker'`: for worker threads.",
    readExports(join(types, 'worker.d.ts')),
  ),
].join('\n\n')}\n`;

if (!process.argv.includes('--check')) writeFileSync(output, page);
else if (!existsSync(output) || readFileSync(output, 'utf8') !== page) {
  console.error('docs/api.md is not what the docstrings say; run: npm run docs');
  process.exitCode = 1;
}
