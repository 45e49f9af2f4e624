import { Hono } from 'hono';
import { type Address, isAddress, zeroAddress } from 'viem';
import { z } from 'zod';
import { unitsOf } from './amounts.ts';
import type { Balance } from './balance.ts';
import type { HttpEnv, SandboxContext } from './context.ts';
import { type Faults, saidOf } from './faults.ts';
import type { HotWallet, Outcome } from './hot-wallet.ts';
import { openIdempotency } from './idempotency.ts';
import { amountSchema, readBody } from './json.ts';
import { TOKENS_TRANSFERRED, type Transaction, type Transactions } from './transactions.ts';
import { cryptoKeys } from './words.ts';

const PATH = '/mint_platform/v1/withdrawals';
const ENDPOINT = `POST ${PATH}`;
const REFUSED: Outcome = { status: 'reverted' };

/** Empty for a wallet without custodian; otherwise the other institution and whom it serves (J/completing-crypto-withdrawals). */
const travelRuleSchema = z.object({
  vasp: z.object({ did: z.string().startsWith('did:') }).optional(),
  beneficiary: z.object({ name: z.string().min(1), type: z.enum(['NATURAL', 'LEGAL']) }).optional(),
});

export type WithdrawalsParameters = Readonly<{
  context: SandboxContext;
  balance: Balance;
  faults: Faults;
  transactions: Transactions;
  wallet: HotWallet;
  withdrawalDelay_ms: number;
}>;

/** Crypto withdrawals: MXNB from the account's balance to an address on the chain. */
export function openWithdrawals(parameters: WithdrawalsParameters) {
  const { context, balance, faults, transactions, wallet, withdrawalDelay_ms } = parameters;
  const { switches, sleep, run } = context;
  const idempotency = openIdempotency(context);
  const keys = cryptoKeys(switches);
  const fee = unitsOf(switches.withdrawalFee_centavos);

  const schema = z
    .object({
      blockchain: z.literal('ARBITRUM'),
      asset: z.literal('MXNB'),
      amount: amountSchema(switches.requestAmount, switches.withdrawalDecimals).refine(
        (units) => units >= unitsOf(switches.withdrawalMinimum_centavos),
        'is below the minimum',
      ),
      address: z
        .string()
        .refine((text) => isAddress(text, { strict: false }) && text !== zeroAddress, 'must be an Arbitrum address')
        .transform((text) => text as Address),
      compliance: z.object({ travel_rule: travelRuleSchema.optional() }),
    })
    .refine(
      ({ amount, compliance }) =>
        amount < unitsOf(switches.travelRule_centavos) || compliance.travel_rule !== undefined,
      {
        path: ['compliance', 'travel_rule'],
        message: 'is required from 1,000 EUR on; send an empty object for a self-custodial wallet',
      },
    );

  const answer = (withdrawal: Transaction): object =>
    switches.withdrawalAnswer === 'summary'
      ? transactions.summary(withdrawal)
      : switches.withdrawalAnswer === 'detail'
        ? transactions.detail(withdrawal)
        : { id: withdrawal.id };

  async function pay(withdrawal: Transaction, to: Address): Promise<void> {
    await sleep(withdrawalDelay_ms);
    if (withdrawal.status === 'PENDING') transactions.move(withdrawal, 'IN_PROGRESS', { step: 'Transferring tokens' });
    const isBlacklisted = faults.strike('blacklisted_address', ENDPOINT, saidOf(withdrawal.units)) !== undefined;
    const sent = isBlacklisted ? REFUSED : await wallet.transfer(to, withdrawal.units);
    if (sent.status === 'reverted') {
      balance.release(withdrawal.units + fee);
      transactions.move(withdrawal, 'FAILED', { step: 'Transfer failed', ...(sent.hash && { receipt: sent.hash }) });
      return;
    }
    balance.spend('withdrawn', withdrawal.units);
    balance.spend('fees', fee);
    if (switches.withdrawalHash === 'details') withdrawal.details = { ...withdrawal.details, [keys.hash]: sent.hash };
    const receipt = switches.withdrawalHash === 'timeline' && { receipt: sent.hash };
    transactions.move(withdrawal, 'COMPLETE', { step: TOKENS_TRANSFERRED, ...receipt });
  }

  const routes = new Hono<HttpEnv>().post(PATH, (c) => {
    const payload = idempotency.once(c, () => {
      const { amount, address } = readBody(schema, c.get('body'));
      balance.hold(amount + fee);
      const withdrawal = transactions.open({
        type: 'CRYPTO_WITHDRAWAL',
        units: amount,
        method: 'BLOCKCHAIN',
        status: switches.withdrawalFirstStatus,
        details: { [keys.to]: address },
        firstStep: { step: 'Withdrawal requested' },
      });
      run('withdrawal', () => pay(withdrawal, address));
      return () => answer(withdrawal);
    });
    return c.json({ success: true, payload }, switches.transactionCreatedStatus);
  });

  return { routes };
}
