import { Hono } from 'hono';
import { type Address, isAddress, zeroAddress } from 'viem';
import { z } from 'zod';
import { TRAVEL_RULE_UNITS } from './amounts.ts';
import type { Balance } from './balance.ts';
import type { HttpEnv, SandboxContext } from './context.ts';
import type { HotWallet } from './hot-wallet.ts';
import { openIdempotency } from './idempotency.ts';
import { amountSchema, readBody } from './json.ts';
import { TOKENS_TRANSFERRED, type Transaction, type Transactions } from './transactions.ts';

/** Empty for a wallet without custodian; otherwise the other institution and whom it serves (J/completing-crypto-withdrawals). */
const travelRuleSchema = z.object({
  vasp: z.object({ did: z.string().startsWith('did:') }).optional(),
  beneficiary: z.object({ name: z.string().min(1), type: z.enum(['NATURAL', 'LEGAL']) }).optional(),
});

export type WithdrawalsParameters = Readonly<{
  context: SandboxContext;
  balance: Balance;
  transactions: Transactions;
  wallet: HotWallet;
  withdrawalDelay_ms: number;
}>;

/** Crypto withdrawals: MXNB from the account's balance to an address on the chain. */
export function openWithdrawals({ context, balance, transactions, wallet, withdrawalDelay_ms }: WithdrawalsParameters) {
  const { switches, sleep, run } = context;
  const idempotency = openIdempotency(context);

  const schema = z
    .object({
      blockchain: z.literal('ARBITRUM'),
      asset: z.literal('MXNB'),
      amount: amountSchema(switches.requestAmount, switches.withdrawalDecimals),
      address: z
        .string()
        .refine((text) => isAddress(text, { strict: false }) && text !== zeroAddress, 'must be an Arbitrum address')
        .transform((text) => text as Address),
      compliance: z.object({ travel_rule: travelRuleSchema.optional() }),
    })
    .refine(({ amount, compliance }) => amount < TRAVEL_RULE_UNITS || compliance.travel_rule !== undefined, {
      path: ['compliance', 'travel_rule'],
      message: 'is required from 1,000 EUR on; send an empty object for a self-custodial wallet',
    });

  async function pay(withdrawal: Transaction, to: Address): Promise<void> {
    await sleep(withdrawalDelay_ms);
    transactions.move(withdrawal, 'IN_PROGRESS', { step: 'Transferring tokens' });
    const sent = await wallet.transfer(to, withdrawal.units);
    if (sent.status === 'reverted') {
      balance.release(withdrawal.units);
      transactions.move(withdrawal, 'FAILED', { step: 'Transfer failed', ...(sent.hash && { receipt: sent.hash }) });
      return;
    }
    balance.spend('withdrawn', withdrawal.units);
    transactions.move(withdrawal, 'COMPLETE', { step: TOKENS_TRANSFERRED, receipt: sent.hash });
  }

  const routes = new Hono<HttpEnv>().post('/mint_platform/v1/withdrawals', (c) => {
    const payload = idempotency.once(c, () => {
      const { amount, address } = readBody(schema, c.get('body'));
      balance.hold(amount);
      const withdrawal = transactions.open(
        {
          type: 'CRYPTO_WITHDRAWAL',
          units: amount,
          method: 'BLOCKCHAIN',
          status: 'PENDING',
          details: { recipient_address: address },
        },
        { step: 'Withdrawal requested' },
      );
      run('withdrawal', () => pay(withdrawal, address));
      return () => transactions.summary(withdrawal);
    });
    return c.json({ success: true, payload }, switches.transactionCreatedStatus);
  });

  return { routes };
}
