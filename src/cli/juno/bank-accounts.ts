import { encodeBankAccount } from '../../juno/createBankAccount.ts';
import { listBankAccounts } from '../../juno/listBankAccounts.ts';
import { parseClabe } from '../../money/clabe.ts';
import { centavos } from '../../money/money.ts';
import type { Bench } from './bench.ts';
import { newKey } from './deposits.ts';
import type { Purse } from './purse.ts';
import { isTaken, type Question, seenAfter, shown, UnsettledError } from './question.ts';
import { redeem } from './redemptions.ts';
import { fieldOf } from './shape.ts';

const PATH = '/mint_platform/v1/accounts/banks';
/** The account of a sample (P/mxn-withdrawal-status): of nobody, with the right control digit. */
const CLABE = parseClabe('646180110400000007');
/** With what a bank leaves out when it prints a name. */
const NAME = 'Juno Revisión Ñandú';
const PAID = centavos(10_000n);

/** Registers an account, asks about it, and deletes it again. */
export const bankAccountQuestions = (purse: Purse): Question[] => [
  {
    id: 'bank-accounts',
    question:
      'How is a bank account registered twice, its name kept, how soon is it listed and paid to, and how deleted?',
    costs: 'up to three bank accounts, deleted again, and one redemption of 100 MXN to them',
    ask: async (bench) => {
      // First, so that nothing but the account is waited for afterwards.
      await purse.fund(PAID);
      const made = new Set<string>();
      const tag = `juno-check-${Date.now()}`;
      const body = encodeBankAccount({ clabe: CLABE, legalName: NAME, tag });
      const create = async (idempotencyKey?: string) => {
        const key = idempotencyKey === undefined ? {} : { idempotencyKey };
        const answer = await bench.probe({ method: 'POST', path: PATH, body, ...key });
        const id = fieldOf(fieldOf(answer.json, 'payload'), 'id');
        return { answer, id: isTaken(answer) && typeof id === 'string' ? id : undefined };
      };
      const older = new Set((await listBankAccounts(bench.juno)).items.map(({ id }) => id));
      const keep = ({ id }: { id: string | undefined }) => id !== undefined && !older.has(id) && made.add(id);
      try {
        const key = newKey();
        const first = await create(key);
        keep(first);
        const { id } = first;
        if (id === undefined || older.has(id))
          throw new UnsettledError(
            `none was made (${shown(first.answer)}): delete an account of CLABE 646…0007 if there is one, and ask again`,
          );
        let name: string | undefined;
        const isListed = async () => {
          name = (await listBankAccounts(bench.juno)).items.find((item) => item.id === id)?.legalName;
          return name !== undefined;
        };
        const listed = await seenAfter(bench, isListed);
        const repeat = await create(key);
        keep(repeat);
        const double = await create();
        keep(double);
        const paid = await payTo(bench, id);
        const deleted = await remove(bench, made);
        return {
          found: [
            `${first.answer.httpStatus}, listed ${listed}`,
            `its name ${name === undefined ? 'not seen' : name === NAME ? 'kept as given' : 'written otherwise'}`,
            `a second one is ${twiceOf(double, id)}`,
            `a key is ${keyOf(repeat.id, double.id, id)}`,
            `paid to ${paid}`,
            `deleted with ${deleted}`,
          ].join('; '),
          evidence: `first: ${shown(first.answer)}; again: ${shown(double.answer)}; with its key: ${shown(repeat.answer)}`,
        };
      } finally {
        await remove(bench, made);
      }
    },
  },
];

type Made = Readonly<{ answer: Parameters<typeof shown>[0]; id: string | undefined }>;

const twiceOf = ({ answer, id }: Made, first: string): string =>
  id === undefined ? `refused (${shown(answer)})` : id === first ? 'the first again' : 'another one';

/** A key that is not heeded makes what a second one makes: where that is the first again, nobody can tell. */
const keyOf = (repeated: string | undefined, double: string | undefined, first: string): string =>
  double === first ? 'of no matter' : repeated === first ? 'heeded' : 'not heeded';

/** A redemption to it, repeated under new keys only where it was refused for the account. */
function payTo(bench: Bench, bankAccountId: string): Promise<string> {
  return seenAfter(bench, async () => {
    const answer = await redeem(bench, { amount: PAID, bankAccountId });
    if (isTaken(answer)) return true;
    if (answer.httpStatus === 400 || answer.httpStatus === 422) return false;
    throw new UnsettledError(`the redemption to it was answered ${shown(answer)}: look for it in Juno`);
  });
}

/** Deletes what this run made; how it was answered. */
async function remove(bench: Bench, made: Set<string>): Promise<string> {
  let last = 'nothing';
  for (const id of [...made]) {
    const answer = await bench.probe({ method: 'DELETE', path: `${PATH}/${encodeURIComponent(id)}` });
    if (!isTaken(answer) && answer.httpStatus !== 404)
      throw new UnsettledError(`an account that it made was not deleted (${shown(answer)}): delete “${NAME}” in Juno`);
    made.delete(id);
    last = shown(answer);
  }
  return last;
}
