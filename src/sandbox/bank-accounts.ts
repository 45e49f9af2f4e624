import { Hono } from 'hono';
import { z } from 'zod';
import { isClabe, isNvio } from './clabe-digits.ts';
import type { HttpEnv, SandboxContext } from './context.ts';
import { ApiError, invalid, notFound } from './errors.ts';
import type { Faults } from './faults.ts';
import { openIdempotency } from './idempotency.ts';
import { readBody } from './json.ts';
import { speiPage, speiPaging } from './pages.ts';
import { readQuery } from './query.ts';

const MOST_ACCOUNTS = 100_000;
const PATH = '/mint_platform/v1/accounts/banks';

const accountSchema = z.object({
  tag: z.string().trim().min(1).max(100),
  recipient_legal_name: z.string().trim().min(1).max(200),
  clabe: z
    .string()
    .refine(isClabe, 'must be a CLABE of 18 digits with the right control digit')
    .refine((clabe) => !isNvio(clabe), 'must belong to an external bank: prefix 710 is refused'),
  ownership: z.enum(['COMPANY_OWNED', 'THIRD_PARTY']),
});

export type BankAccount = Readonly<{ id: string } & z.output<typeof accountSchema>>;

/** The address book of bank accounts that a redemption may pay to. */
export function openBankAccounts(context: SandboxContext, faults: Faults) {
  const { clock, switches, uuid } = context;
  const idempotency = openIdempotency(context);
  const accounts = new Map<string, BankAccount>();
  const createdAt_ms = new Map<string, number>();
  const listedFrom_ms = new Map<string, number>();

  function create(fields: z.output<typeof accountSchema>): BankAccount {
    const double = [...accounts.values()].find(({ clabe }) => clabe === fields.clabe);
    if (double && switches.bankAccountDuplicate === 'return_existing') return double;
    if (double && switches.bankAccountDuplicate === 'refuse')
      throw invalid({ field: 'clabe', message: 'is registered already' });
    if (accounts.size >= MOST_ACCOUNTS)
      throw new ApiError(400, '0401', `At most ${MOST_ACCOUNTS} bank accounts are kept`);
    const account = { id: uuid(), ...kept(fields) };
    accounts.set(account.id, account);
    createdAt_ms.set(account.id, clock.now_ms());
    const lag_ms = faults.strike('list_lag', `GET ${PATH}`, JSON.stringify(account))?.ms ?? 0;
    listedFrom_ms.set(account.id, clock.now_ms() + switches.bankAccountListLag_ms + lag_ms);
    return account;
  }

  const kept = (fields: z.output<typeof accountSchema>) =>
    switches.bankAccountName === 'as_given'
      ? fields
      : { ...fields, recipient_legal_name: plainCapitals(fields.recipient_legal_name) };

  function existing(id: string): BankAccount {
    const account = accounts.get(id);
    if (!account) throw notFound('The bank account');
    return account;
  }

  const isOlder = (id: string, age_ms: number): boolean => (createdAt_ms.get(id) ?? 0) <= clock.now_ms() - age_ms;

  const routes = new Hono<HttpEnv>()
    .get(PATH, (c) => {
      const listed = [...accounts.values()].filter(({ id }) => (listedFrom_ms.get(id) ?? 0) <= clock.now_ms());
      if (switches.bankAccountPages === 'none') return c.json({ success: true, payload: listed });
      return c.json({ success: true, payload: speiPage(listed, readQuery(c, z.object(speiPaging)), switches) });
    })
    .post(PATH, (c) => {
      const act = () => {
        const account = create(readBody(accountSchema, c.get('body')));
        return () => account;
      };
      const payload = idempotency.once(c, act, switches.bankAccountIdempotencyKey === 'heeded');
      return c.json({ success: true, payload }, switches.bankAccountCreatedStatus);
    })
    .put(`${PATH}/:id`, (c) => {
      const { id } = existing(c.req.param('id'));
      const account = { id, ...kept(readBody(accountSchema, c.get('body'))) };
      accounts.set(id, account);
      return c.json({ success: true, payload: account });
    })
    .delete(`${PATH}/:id`, (c) => {
      const account = existing(c.req.param('id'));
      accounts.delete(account.id);
      createdAt_ms.delete(account.id);
      listedFrom_ms.delete(account.id);
      if (switches.bankAccountDeletedStatus === 204) return c.body(null, 204);
      return c.json({ success: true, payload: account });
    });

  return {
    routes,
    /** The account of this id, if it is there and may be paid to. */
    get: (id: string): BankAccount | undefined =>
      isOlder(id, switches.bankAccountApproval_ms) ? accounts.get(id) : undefined,
    count: () => accounts.size,
  };
}

export type BankAccounts = ReturnType<typeof openBankAccounts>;

/** As a bank prints a name: “María Ñúñez” is “MARIA NUNEZ”. */
const plainCapitals = (name: string): string =>
  name
    .normalize('NFD')
    .replaceAll(/[\u0300-\u036f]/g, '')
    .toUpperCase();
