import type { Command } from 'commander';
import { z } from 'zod';
import { openApi } from './api.ts';
import { facts, type Output, table } from './output.ts';

const NONCES = z.looseObject({
  nonces: z.array(
    z.looseObject({
      nonce: z.number(),
      effectId: z.string(),
      paymentId: z.string().nullable(),
      kind: z.string(),
      takenBy: z.looseObject({ hash: z.string(), minedAt: z.string() }).nullable(),
      problem: z.string().nullable(),
    }),
  ),
});
const FORMER = z.looseObject({
  bridge: z.string(),
  former: z.array(
    z.looseObject({
      wallet: z.string(),
      amount: z.string(),
      legs: z.array(z.looseObject({ legId: z.string(), paymentId: z.string(), state: z.string(), amount: z.string() })),
    }),
  ),
});
const CARRIED = z.looseObject({
  id: z.string().optional(),
  dryRun: z.boolean().optional(),
  wallet: z.string(),
  to: z.string(),
  legs: z.array(z.string()),
  lies: z.string(),
  brought: z.string(),
  before: z.string(),
});
const MADE = z.looseObject({ id: z.string(), dryRun: z.boolean().optional() });

type Options = { reason: string; idempotencyKey?: string; dryRun?: boolean; json?: boolean };
type ClearOptions = Options & { takenBy: string };
type CarryOptions = Options & { tx: string[] };

/** `kustodia wallet nonces | clear-nonce | former | carry-over` */
export function walletCommands(program: Command, environment: NodeJS.ProcessEnv, { out }: Output): void {
  const wallet = program
    .command('wallet')
    .description('the bridge wallet: nonces that another transaction used, and MXNB that lie in one of before');

  wallet
    .command('nonces')
    .description(
      'nonces that were signed for here and that another transaction used; the lane signs nothing until each is cleared',
    )
    .option('--json', 'print one JSON object as the last line')
    .action(async ({ json }: { json?: boolean }) => {
      const found = await openApi(environment).get('/api/v1/wallet/nonces', NONCES);
      if (json) return out(JSON.stringify(found));
      if (found.nonces.length === 0) return out('None.');
      const rows = found.nonces.map((n) => [
        String(n.nonce),
        n.effectId,
        n.kind,
        n.paymentId ?? 'none',
        n.takenBy ? `${n.takenBy.hash} of ${n.takenBy.minedAt}` : 'nothing',
        n.problem ?? 'may be cleared',
      ]);
      out(table(['nonce', 'effect', 'kind', 'payment', 'used by', 'what to do'], rows));
      out(
        '\nFind out first who signed it. If it is nobody of yours, the key is known to somebody else: throw the switch, move the funds, change the key. Then, for each: kustodia wallet clear-nonce EFFECT --taken-by HASH --reason …',
      );
    });

  wallet
    .command('clear-nonce <effect>')
    .description(
      'propose that our call at a used nonce is given up; a second person approves it, and the step begins anew',
    )
    .requiredOption('--taken-by <hash>', 'the transaction that used the nonce, as the chain has it')
    .requiredOption('--reason <text>', 'why, for the audit log; at least 3 characters')
    .option('--idempotency-key <key>', 'repeat an earlier request without doing it twice')
    .option('--dry-run', 'look at the chain and say whether it could be proposed, and propose nothing')
    .option('--json', 'print one JSON object as the last line')
    .action(async (id: string, { takenBy, reason, idempotencyKey, dryRun, json }: ClearOptions) => {
      const path = `/api/v1/effects/${encodeURIComponent(id)}/proposals${dryRun ? '?dryRun=true' : ''}`;
      const body = { do: 'clear-nonce', how: { takenBy }, reason };
      const made = await openApi(environment).post(path, body, MADE, idempotencyKey);
      if (!json || dryRun)
        out(
          dryRun
            ? `The chain has ${takenBy} at the nonce of effect ${id}, for good: our call can never happen. Approved by a second person, its effect would be dead and its step would begin anew.\n\nNothing was proposed (--dry-run).`
            : `Proposed. Somebody else does it within 24 hours with: kustodia effect approve ${made.id} --reason …`,
        );
      if (json) out(JSON.stringify(made));
    });

  wallet
    .command('former')
    .description('what lies in bridge wallets of before, by the books; nothing is sent for it until it is carried over')
    .option('--json', 'print one JSON object as the last line')
    .action(async ({ json }: { json?: boolean }) => {
      const { bridge, former } = await openApi(environment).get('/api/v1/wallet/former', FORMER);
      if (json) return out(JSON.stringify({ bridge, former }));
      if (former.length === 0) return out('Nothing.');
      const rows = former.flatMap((one) => one.legs.map((l) => [one.wallet, l.paymentId, l.legId, l.state, l.amount]));
      out(table(['wallet', 'payment', 'leg', 'state', 'amount'], rows));
      for (const { wallet: from, amount } of former)
        out(
          `\nSend at least ${amount} to ${bridge}, from ${from} or, if its key is stolen, of Kustodia’s own (from a wallet, not straight out of Juno). Then: kustodia wallet carry-over ${from} --tx HASH --reason …`,
        );
    });

  wallet
    .command('carry-over <wallet>')
    .description(
      'propose to record that what lies in a bridge wallet of before lies in today’s; a second person approves it, and its payments go on',
    )
    .option('--tx <hashes...>', 'the transactions that brought it; none where what came too many before is enough', [])
    .requiredOption('--reason <text>', 'why, for the audit log; at least 3 characters')
    .option('--idempotency-key <key>', 'repeat an earlier request without doing it twice')
    .option('--dry-run', 'look at the chain and say whether it could be proposed, and propose nothing')
    .option('--json', 'print one JSON object as the last line')
    .action(async (from: string, { tx, reason, idempotencyKey, dryRun, json }: CarryOptions) => {
      const path = `/api/v1/wallet/former/${encodeURIComponent(from)}/proposals${dryRun ? '?dryRun=true' : ''}`;
      const txHashes = tx.flatMap((one) => one.split(',')).filter((one) => one !== '');
      const body = { do: 'carry-over', how: { txHashes }, reason };
      const made = await openApi(environment).post(path, body, CARRIED, idempotencyKey);
      if (!json || dryRun)
        out(
          facts([
            ['from', `${made.wallet}, where ${made.lies} of ${made.legs.length} legs lie by the books`],
            [
              'to',
              `${made.to}, which these transactions brought ${made.brought}; ${made.before} is left of earlier ones`,
            ],
          ]),
        );
      if (dryRun) out('\nNothing was proposed (--dry-run).');
      else if (!json)
        out(
          `\nProposed as ${made.id}. A second person does it within 24 hours: kustodia effect approve ${made.id} --reason …`,
        );
      if (json) out(JSON.stringify(made));
    });
}
