import type { Hono } from 'hono';
import { BaseError } from 'viem';
import { IndexerNotReadyError } from '../../chain/indexed/errors.ts';
import { JunoError } from '../../juno/errors.ts';
import { maskClabe } from '../../money/clabe.ts';
import type { Context } from '../context.ts';
import { outsideSilent } from '../effects/refusals.ts';
import { intake, lastIntake } from '../intake/intake.ts';
import { allowanceText, findWanted, readBalances, readToken } from '../operations.ts';
import { type Actor, audit } from '../people/audit.ts';
import { type OnceParameters, once } from '../people/idempotency.ts';
import { maskName } from '../people/mask-name.ts';
import { proveDepositAddress } from '../probe/probe.ts';
import { readDepositAddress } from '../probe/trust.ts';
import { ensureAllowance } from '../wallet/allowance.ts';
import { type ApiEnv, canReadPeople } from './auth.ts';
import { serveCommand, serveOutside, serveQuestion } from './route.ts';
import {
  APPROVE_TOKEN,
  GET_BALANCES,
  GET_TOKEN,
  LIST_BANK_ACCOUNTS,
  LOOK_AT_PAYMENTS,
  PROBE_JUNO,
  READ_JUNO,
} from './routes/operate.ts';

/** A page of the list is as it was a moment ago, so that its pages are of one list. */
const ACCOUNTS_AGE_MS = 10_000;

export function serveOperations(app: Hono<ApiEnv>, ctx: Context): void {
  const { settings, chain } = ctx;
  serveCommand(app, ctx, LOOK_AT_PAYMENTS, {
    work: async (tx, { actor, terms: { reason, ...wanted } }) => {
      const found = await findWanted(tx, wanted);
      const subject = wanted.states ? `payments:${wanted.states.join(',')}` : `payment:${found.payments.join(',')}`;
      const detail = { payments: found.payments.length, isMore: found.isMore };
      await audit(tx, { actor, command: 'payment look', subject: subject.slice(0, 200), reason, detail });
      return found;
    },
    wakes: ({ payments }) => payments.map((id) => ({ lane: 'payment', id })),
  });
  serveQuestion(app, GET_BALANCES, async () => ({ accounts: await asking(() => readBalances(ctx)) }));
  serveQuestion(app, GET_TOKEN, () => asking(() => readToken(ctx)));
  const allowed = async () => ({
    contract: settings.escrow,
    allowance: allowanceText(await asking(() => chain.allowance(settings.bridge, settings.escrow))),
  });
  serveOutside(app, APPROVE_TOKEN, {
    rehearse: allowed,
    run: async (asked, identity) => {
      await write(ctx, asked, identity, 'token approve', `contract:${settings.escrow}`);
      const isRecorded = await asking(() => ensureAllowance(ctx));
      return { isRecorded, ...(await allowed()) };
    },
  });
  serveOutside(app, PROBE_JUNO, {
    rehearse: () => readDepositAddress(ctx),
    run: async (asked, identity) => {
      await write(ctx, asked, identity, 'juno probe', `deposit_address:${settings.junoDepositAddress}`);
      const state = await asking(() => proveDepositAddress(ctx));
      return { state, ...(await readDepositAddress(ctx)) };
    },
  });
  serveOutside(app, READ_JUNO, {
    rehearse: async () => ({ lastReadAt: (await lastIntake(ctx))?.toISOString() ?? null }),
    run: async (asked, identity) => {
      await write(ctx, asked, identity, 'juno sync', 'juno');
      const isRead = (await asking(() => intake(ctx))) === 'done';
      return { isRead };
    },
  });
  serveQuestion(app, LIST_BANK_ACCOUNTS, async ({ actor, query: { limit, cursor = '' } }) => {
    const all = await asking(() => ctx.bankAccounts.read({ age_ms: ACCOUNTS_AGE_MS }));
    const rest = all.toSorted((a, b) => (a.id < b.id ? -1 : 1)).filter(({ id }) => id > cursor);
    const page = rest.slice(0, limit);
    return {
      accounts: page.map(({ id, clabe, legalName }) =>
        canReadPeople(actor)
          ? { id, clabe, legalName }
          : { id, clabe: maskClabe(clabe), legalName: maskName(legalName) },
      ),
      nextCursor: rest.length > limit ? (page.at(-1)?.id ?? null) : null,
    };
  });
}

/**
 * Who asked and why, once for each request, and before anything is done: a key that belongs to another request is refused with nothing done, and
 * nothing is done that nobody is on record for. What it led to has its own record; a repeat looks for it again.
 */
async function write(
  ctx: Context,
  { actor, terms: { reason } }: Readonly<{ actor: Actor; terms: Readonly<{ reason: string }> }>,
  identity: OnceParameters,
  command: string,
  subject: string,
): Promise<void> {
  await once(ctx, identity, async (tx) => {
    await audit(tx, { actor, command, subject, reason });
    return { command };
  });
}

/** What the outside does not answer is refused in words that say so. */
async function asking<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof BaseError) throw outsideSilent(`The RPC gave no answer: ${error.shortMessage}`);
    if (error instanceof JunoError) throw outsideSilent(`Juno gave no answer. ${error.whatNext}`);
    if (error instanceof IndexerNotReadyError) throw outsideSilent(error.message);
    throw error;
  }
}
