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
  [/!=(?= 0\b)/g, ['==']],
  [/!=(?! 0\b)/g, ['==', '<', '>']],
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
  [/\bsettlement(?=;)/g, ['msg.sender']],
  [/\bescrow\.payee(?=,)/g, ['settlement', 'msg.sender']],
  [/(?<=\+ )settlementDelay(?=;)/g, ['1 days', 'defaultAdminDelay()']],
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
  const changes = [
    ...[tokens, numbers, conditions, calls].flatMap((changesOf) => changesOf(code)),
    ...statements(code),
    ...orders(code),
  ];
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

/** What is called where a value is needed; casts, hashes, events and errors are not. */
const CALL = /(?<=(?:[=(,?:+\-!&|]|return) ?)(?:\w+\([^()]*\)\.|\w+\.)*(\w+)\(/g;
const NO_CALL = /^(?:u?int\d*|address|bytes\d*|I[A-Z]\w+|Escrow|keccak256|encode|hex)$/;

/** The value of each call, always the same: that of a question `true` and `false`, any other `1`. */
function calls(code: string): Change[] {
  return [...code.matchAll(CALL)].flatMap(({ 0: found, 1: name = '', index }) => {
    if (NO_CALL.test(name)) return [];
    const to = closing(code, index + found.length) + 1;
    const call = code.slice(index, to).replace(/\s+/g, ' ');
    return (/^_?(?:is|has)/.test(name) ? ['true', 'false'] : ['1']).map((by) => ({
      ...{ from: index, to, by },
      what: `the call \`${call}\` → \`${by}\``,
    }));
  });
}

/** An `if`, whose conditions are never met above, and what the compiler would miss: a declaration, a return. */
const NO_STATEMENT = /^(?:if|return|revert)\b|^[\w.]+ (?:storage )?\w+ =|^$/;

/** Statements that do something, left out. */
const statements = (code: string): Change[] =>
  statementsOf(code)
    .filter(({ text }) => !NO_STATEMENT.test(text))
    .map(({ from, to, text }) => ({ from, to, by: '{}', what: `\`${text}\` left out` }));

/** A call that stands by itself, which may lead out of the contract; and what cannot stand after one. */
const LONE_CALL = /^(?!emit\b|if\b|return\b|revert\b)[\w.]+\(.*\)$|^\w+\(.*\)\.\w+\(.*\)$/;
const IMMOVABLE = /^(?:if|return|revert)\b|^[\w.]+ storage\b|^$/;

/** Each statement that a call of the same block follows, after that call. */
function orders(code: string): Change[] {
  const all = statementsOf(code);
  return all.flatMap(({ block, from, to, text }, place) => {
    const call = all.slice(place + 1).find((one) => one.block === block && LONE_CALL.test(one.text));
    if (call === undefined || IMMOVABLE.test(text) || LONE_CALL.test(text)) return [];
    return [
      {
        ...{ from, to: call.to, by: `${code.slice(to, call.to).trimStart()} ${code.slice(from, to)}` },
        what: `\`${text}\` after \`${call.text}\``,
      },
    ];
  });
}

type Statement = Readonly<{ from: number; to: number; text: string; block: number }>;

/** What ends with a semicolon inside of a function, and which block it stands in. */
function statementsOf(code: string): Statement[] {
  const found: Statement[] = [];
  const blocks: number[] = [];
  let [parentheses, from] = [0, 0];
  for (const [place, character] of [...code].entries()) {
    if (character === '(') parentheses++;
    if (character === ')') parentheses--;
    if (parentheses > 0 || !'{};'.includes(character)) continue;
    const start = from + (/^\s*(?:else )?/.exec(code.slice(from, place))?.[0].length ?? 0);
    const text = code.slice(start, place).replace(/\s+/g, ' ');
    if (character === ';' && blocks.length > 1)
      found.push({ from: start, to: place + 1, text, block: blocks.at(-1) ?? 0 });
    if (character === '{') blocks.push(place);
    if (character === '}') blocks.pop();
    from = place + 1;
  }
  return found;
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
