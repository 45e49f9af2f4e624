/** Rows that let every two answers meet, for there are too many rows that let all answers meet. Pure. */

export type Answer = string | number | boolean;
/** For each name the answers that it can have. */
export type Questions = Readonly<Record<string, readonly Answer[]>>;
/** One answer for each name. */
export type Row = Readonly<Record<string, Answer>>;
/** One answer each of two names. */
export type Pair = readonly [readonly [name: string, answer: Answer], readonly [name: string, answer: Answer]];

/** Rows that are tried for each that is kept: more of them save hardly a row. */
const TRIES = 20;

/** Every two answers of two questions, once. */
export function pairsOf(questions: Questions): Pair[] {
  const names = Object.keys(questions);
  return names.flatMap((one, i) =>
    names.slice(i + 1).flatMap((other) =>
      (questions[one] ?? []).flatMap((a) =>
        (questions[other] ?? []).map(
          (b): Pair => [
            [one, a],
            [other, b],
          ],
        ),
      ),
    ),
  );
}

/** Whether a row gives both answers. */
export const holds = (row: Row, [[one, a], [other, b]]: Pair): boolean => row[one] === a && row[other] === b;

/**
 * Rows in which every two answers meet at least once, but for pairs that may not meet. Greedy, as AETG is (Cohen et al., 1997): each
 * row begins with an answer that most pairs still want, and takes one question after the other, those of many answers first, the answer that
 * brings most new pairs; the best of some such rows is kept. `draw` answers a number from 0 up to 1; the same draws make the same rows.
 */
export function coverPairs(questions: Questions, draw: () => number, forbidden: readonly Pair[] = []): Row[] {
  const names = Object.keys(questions);
  // Answers are numbered through, so that what is left is one flat table of two answers each.
  const all = names.flatMap((name, q) => (questions[name] ?? []).map((answer) => ({ name, q, answer })));
  const byQuestion = Map.groupBy(all.keys(), (i) => all[i]?.q);
  const answersOf = (q: number) => byQuestion.get(q) ?? [];
  const number = (name: string, answer: Answer) => all.findIndex((one) => one.name === name && one.answer === answer);
  const at = (i: number, j: number) => i * all.length + j;
  const isForbidden = new Uint8Array(all.length ** 2);
  for (const [one, other] of forbidden) {
    const [i, j] = [number(...one), number(...other)];
    isForbidden[at(i, j)] = isForbidden[at(j, i)] = 1;
  }
  const wanted = new Uint8Array(all.length ** 2);
  let left = 0;
  for (const [i, a] of all.entries())
    for (const [j, b] of all.entries())
      if (a.q !== b.q && !isForbidden[at(i, j)]) {
        wanted[at(i, j)] = 1;
        left++;
      }
  const gain = (i: number, chosen: readonly number[]) => chosen.reduce((sum, j) => sum + (wanted[at(i, j)] ?? 0), 0);
  const everything = all.map((_, i) => i);

  function tryRow(): { row: number[]; pairs: number } {
    const first = best(everything, (i) => gain(i, everything), draw);
    const row = [first];
    let pairs = 0;
    // Questions of many answers first: they are what the number of rows hangs on.
    const rest = shuffled(names.keys(), draw)
      .filter((q) => q !== all[first]?.q)
      .sort((a, b) => answersOf(b).length - answersOf(a).length);
    for (const q of rest) {
      const fitting = answersOf(q).filter((i) => !row.some((j) => isForbidden[at(i, j)]));
      if (fitting.length === 0) throw new Error(`no answer of ${names[q]} may stand beside those that were chosen`);
      const answer = best(fitting, (i) => gain(i, row), draw);
      pairs += gain(answer, row);
      row.push(answer);
    }
    return { row, pairs };
  }

  const rows: Row[] = [];
  while (left > 0) {
    const { row, pairs } = Array.from({ length: TRIES }, tryRow).reduce((a, b) => (b.pairs > a.pairs ? b : a));
    if (pairs === 0) throw new Error('some pairs cannot meet beside the others');
    for (const i of row) for (const j of row) wanted[at(i, j)] = 0;
    left -= 2 * pairs;
    const answers = new Map(row.map((i) => [all[i]?.name, all[i]?.answer]));
    rows.push(Object.fromEntries(names.map((name) => [name, answers.get(name) as Answer])));
  }
  return rows;
}

/** The one of most worth; among equals one is drawn. */
function best(items: readonly number[], worth: (item: number) => number, draw: () => number): number {
  const worths = items.map(worth);
  const most = Math.max(...worths);
  const equals = items.filter((_, k) => worths[k] === most);
  return equals[Math.floor(draw() * equals.length)] as number;
}

function shuffled(items: Iterable<number>, draw: () => number): number[] {
  return [...items]
    .map((item) => ({ item, by: draw() }))
    .sort((a, b) => a.by - b.by)
    .map(({ item }) => item);
}
