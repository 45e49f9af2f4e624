/** Everything small that could be wrong in a Solidity source, one at a time. Pure: text in, texts out. */

export type Mutant = Readonly<{
  /** Where and what, in the source's own words: “release: `<` → `<=` in `if (…)`”. */
  id: string;
  line: number;
  mutated: string;
}>;

/** What became of one. Without a change in the compiled code there is nothing to notice. */
export const OUTCOMES = ['killed', 'survived', 'no change', 'does not compile'] as const;
export type Outcome = (typeof OUTCOMES)[number];

type Change = Readonly<{ from: number; to: number; by: string; what: string }>;

/** Each of these, wherever the code has it, by each of those. */
const TOKENS: readonly (readonly [find: RegExp, by: readonly string[]])[] = [
  [/==/g, ['!=']],
  [/!=/g, ['==']],
  [/<=/g, ['<', '>']],
  [/>=/g, ['>', '<']],
  [/<(?!=)/g, ['<=', '>=']],
  [/(?<!=)>(?!=)/g, ['>=', '<=']],
  [/&&/g, ['||']],
  [/\|\|/g, ['&&']],
  [/!(?=\w)/g, ['']],
  [/\+\+/g, ['--']],
  [/\+=/g, ['-=', '=']],
  [/-=/g, ['+=', '=']],
  [/(?<!\+)\+(?![+=])/g, ['-']],
  [/(?<!-)-(?![-=])/g, ['+']],
  [/\btrue\b/g, ['false']],
  [/\bfalse\b/g, ['true']],
  [/(?<=Status\.)Funded\b/g, ['Disputed']],
  [/(?<=Status\.)(?:Disputed|Released|Cancelled|None)\b/g, ['Funded']],
  [/(?<=[(=] ?)(?:BRIDGE|PAUSER|APPROVER)_ROLE(?=[ ,])/g, ['DEFAULT_ADMIN_ROLE']],
  [/\bmsg\.sender\b/g, ['address(this)']],
  [/\bsettlement(?=,)/g, ['msg.sender']],
  [/\bblock\.timestamp\b/g, ['(block.timestamp + 1)', '(block.timestamp - 1)']],
  [/\bblock\.chainid\b/g, ['1']],
  [/\baddress\(this\)/g, ['address(0)']],
  [/(?<=[(, ])(?:RELEASE_EARLY|CANCEL_EARLY)(?=,)/g, ['RESOLVE_FOR_BUYER_EARLY']],
  [/(?<=[(, ])RESOLVE_FOR_BUYER_EARLY(?=,)/g, ['CANCEL_EARLY']],
  [/\b(?:nonReentrant|whenNotPaused|onlyRole\(\w+\))/g, ['']],
];

/** Numbers of the code; the other number is one more. */
const NUMBER = /(?<![\w".])\d+(?![\w."])/g;

/** Every mutant of a source, in the order of its text. */
export function mutantsOf(source: string): Mutant[] {
  const code = withoutTexts(source);
  const changes = [...tokens(code), ...numbers(code), ...conditions(code), ...statements(code)];
  const counts = new Map<string, number>();
  return changes
    .toSorted((a, b) => a.from - b.from)
    .map(({ from, to, by, what }) => {
      const name = `${functionAt(code, from)}: ${what}`;
      const count = (counts.get(name) ?? 0) + 1;
      counts.set(name, count);
      return {
        id: count === 1 ? name : `${name} (${count})`,
        line: code.slice(0, from).split('\n').length,
        mutated: source.slice(0, from) + by + source.slice(to),
      };
    });
}

function tokens(code: string): Change[] {
  return TOKENS.flatMap(([find, replacements]) =>
    [...code.matchAll(find)].flatMap(({ 0: found, index }) =>
      replacements.map((by) => ({
        from: index,
        to: index + found.length,
        by,
        what:
          by === ''
            ? `\`${found}\` removed, in \`${lineAt(code, index)}\``
            : `\`${found}\` → \`${by}\`, in \`${lineAt(code, index)}\``,
      })),
    ),
  );
}

function numbers(code: string): Change[] {
  return [...code.matchAll(NUMBER)].map(({ 0: found, index }) => ({
    from: index,
    to: index + found.length,
    by: String(BigInt(found) + 1n),
    what: `\`${found}\` → \`${BigInt(found) + 1n}\`, in \`${lineAt(code, index)}\``,
  }));
}

/** The whole condition of an `if`, never and always met. */
function conditions(code: string): Change[] {
  return [...code.matchAll(/\bif \(/g)].flatMap(({ 0: found, index }) => {
    const from = index + found.length;
    const to = closing(code, from);
    return ['true', 'false'].map((by) => ({
      from,
      to,
      by,
      what: `the condition \`${code.slice(from, to).replace(/\s+/g, ' ').trim()}\` → \`${by}\``,
    }));
  });
}

/** An `if`, whose conditions are never met above, and what the compiler would miss: a declaration, a return. */
const NO_STATEMENT = /^(?:if|return|revert)\b|^[\w.]+ (?:storage )?\w+ =|^$/;

/** Statements that do something, left out. */
function statements(code: string): Change[] {
  const changes: Change[] = [];
  let [braces, parentheses, from] = [0, 0, 0];
  for (const [place, character] of [...code].entries()) {
    if (character === '(') parentheses++;
    if (character === ')') parentheses--;
    if (parentheses > 0 || !'{};'.includes(character)) continue;
    const text = code.slice(from, place);
    const start = from + (/^\s*(?:else )?/.exec(text)?.[0].length ?? 0);
    const statement = code.slice(start, place).replace(/\s+/g, ' ');
    if (character === ';' && braces > 1 && !NO_STATEMENT.test(statement))
      changes.push({ from: start, to: place + 1, by: '{}', what: `\`${statement}\` left out` });
    if (character === '{') braces++;
    if (character === '}') braces--;
    from = place + 1;
  }
  return changes;
}

/** The source with the insides of comments, strings, imports and the pragma blanked, so that places stay the same. */
function withoutTexts(source: string): string {
  const blank = (text: string) => text.replace(/[^\n]/g, ' ');
  return source
    .replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, blank)
    .replace(/^(?:pragma|import)[\s\S]*?;/gm, blank)
    .replace(/"[^"\n]*"/g, (text) => `"${blank(text.slice(2))}"`);
}

function closing(code: string, from: number): number {
  let depth = 1;
  let place = from;
  while (depth > 0) {
    if (code[place] === '(') depth++;
    if (code[place] === ')') depth--;
    place++;
  }
  return place - 1;
}

const lineAt = (code: string, place: number): string =>
  code
    .slice(code.lastIndexOf('\n', place) + 1, code.indexOf('\n', place))
    .trim()
    .replaceAll('`', '');

/** The function around a place, or what else stands there. */
function functionAt(code: string, place: number): string {
  const names = [...code.slice(0, place).matchAll(/\b(?:function (\w+)|(constructor))\b/g)];
  const last = names.at(-1);
  return last?.[1] ?? last?.[2] ?? 'constants';
}
