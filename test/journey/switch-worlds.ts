import { SWITCH_NAMES, SWITCHES, type SwitchName } from '../../src/sandbox/switches.ts';
import { type Answer, coverPairs, type Pair, type Questions, type Row } from '../support/pairs.ts';
import { randomFrom } from '../support/random.ts';

/** One answer of every switch. */
export type Answers = Readonly<Record<SwitchName, Answer>>;

/** All answers of all switches, by name. */
export const QUESTIONS: Questions = Object.fromEntries(SWITCH_NAMES.map((name) => [name, SWITCHES[name].answers]));
const answersOf = (name: SwitchName) => QUESTIONS[name] ?? [];

/** Pesos between the two answers to what a large transfer is, so that these payments are large under one and not under the other. */
export const AMOUNT_CENTAVOS = 1_900_001n;

const SEED = 2;

/** Whether Juno then holds each return until somebody has told it whose it is, for which it has no endpoint. */
export const holdsReturns = ({ largeDepositHeld, travelRule_centavos }: Answers): boolean =>
  largeDepositHeld === true && Number(travelRule_centavos) <= AMOUNT_CENTAVOS;

/** Whether a withdrawal then costs what no payer has paid: the pool runs short, and Kustodia has to keep a float at Juno. */
export const costsExtra = ({ withdrawalFee_centavos }: Answers): boolean => withdrawalFee_centavos !== 0;

const HELD: Pair = [
  ['largeDepositHeld', true],
  ['travelRule_centavos', 1_800_000],
];

/**
 * Worlds under whose answers a payment can end by itself: a covering array, in which every two answers of any two switches meet,
 * but for those that the worlds apart have.
 */
export const WORLDS: readonly Answers[] = coverPairs({ ...QUESTIONS, withdrawalFee_centavos: [0] }, randomFrom(SEED), [
  HELD,
]) as readonly Row[] as readonly Answers[];

const longest = Math.max(...SWITCH_NAMES.map((name) => answersOf(name).length));

/** World k has the k-th answer of every switch, begun again where a switch has fewer, but for those given. */
const inPlace = (given: Partial<Answers>): Answers[] =>
  Array.from({ length: longest }, (_, k) => {
    const places = SWITCH_NAMES.map((name) => [name, answersOf(name)[k % answersOf(name).length]]);
    return { ...(Object.fromEntries(places) as Answers), ...given };
  });

/** Worlds in which none can, and a person is told: each of those answers meets every answer of every other switch. */
export const APART: readonly Answers[] = [
  ...new Map(
    [inPlace({ withdrawalFee_centavos: 100 }), inPlace({ largeDepositHeld: true, travelRule_centavos: 1_800_000 })]
      .flat()
      .map((answers) => [JSON.stringify(answers), answers]),
  ).values(),
];

/** The answers that are not those of a sandbox to which nothing was told, for who reads what went wrong. */
export const printAnswers = (answers: Answers): string =>
  JSON.stringify(
    Object.fromEntries(
      SWITCH_NAMES.flatMap((name) => (answers[name] === answersOf(name)[0] ? [] : [[name, answers[name]]])),
    ),
  );

/** What a person tells the reactor once kustodia juno check has found these answers. */
export const settingsFor = ({ signedPath, nonceForm, requestAmount }: Answers): Record<string, string> => ({
  JUNO_SIGNED_PATH: String(signedPath),
  JUNO_NONCE: nonceForm === 'v1_only' ? 'v1' : 'v2',
  JUNO_AMOUNTS: requestAmount === 'number' ? 'number' : 'text',
});
