import type { Command } from 'commander';
import { z } from 'zod';
import { openApi } from './api.ts';
import { type Output, table } from './output.ts';

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
const MADE = z.looseObject({ id: z.string(), dryRun: z.boolean().optional() });

type ClearOptions = { takenBy: string; reason: string; idempotencyKey?: string; dryRun?: boolean; json?: boolean };

/** `kustodia wallet nonces | clear-nonce` */
export function walletCommands(program: Command, environment: NodeJS.ProcessEnv, { out }: Output): void {
  const wallet = program
    .command('wallet')
    .description('the bridge wallet, where another transaction used a nonce of its own');

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
}
