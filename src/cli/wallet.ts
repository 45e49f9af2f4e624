import type { Command } from 'commander';
import { PROPOSE_FOR_EFFECT } from '../reactor/http/routes/effects.ts';
import { CARRY_OVER, LIST_FORMER_WALLETS, LIST_NONCES, LIST_TRANSACTIONS } from '../reactor/http/routes/wallet.ts';
import { openApi } from './api.ts';
import { balanceCommand } from './desk.ts';
import type { ChangeOptions } from './guard.ts';
import { facts, type Output, table } from './output.ts';

type ClearOptions = ChangeOptions & { takenBy: string };
type CarryOptions = ChangeOptions & { tx: string[] };

/** `kustodia wallet transactions | nonces | clear-nonce | former | carry-over` */
export function walletCommands(program: Command, environment: NodeJS.ProcessEnv, { out }: Output): void {
  const wallet = program
    .command('wallet')
    .description('the bridge wallet: nonces that another transaction used, and MXNB that lie in one of before');
  balanceCommand(wallet, environment, { out });

  wallet
    .command('transactions')
    .description('the newest transactions of the bridge wallet, those in no block first')
    .option('--limit <n>', 'how many, up to 100', '20')
    .option('--json', 'print one JSON object as the last line')
    .action(async ({ json, ...query }: { json?: boolean; limit: string }) => {
      const found = await openApi(environment).call(LIST_TRANSACTIONS, { query });
      if (json) return out(JSON.stringify(found));
      const end = { true: 'succeeded', false: 'failed', null: 'not final' } as const;
      const rows = found.transactions.map((one) => [
        ...[String(one.nonce), one.isNoop ? 'nothing' : one.kind, one.paymentId ?? '', one.signedAt],
        ...[one.minedBlock ?? 'none', end[`${one.succeeded}`], one.hash],
      ]);
      out(rows.length > 0 ? table(['nonce', 'does', 'payment', 'signed', 'block', 'end', 'hash'], rows) : 'None.');
    });

  wallet
    .command('nonces')
    .description(
      'nonces that were signed for here and that another transaction used; the lane signs nothing until each is cleared',
    )
    .option('--limit <n>', 'how many, up to 100', '20')
    .option('--cursor <cursor>', 'go on where an earlier list ended')
    .option('--json', 'print one JSON object as the last line')
    .action(async ({ json, ...query }: { json?: boolean; limit: string; cursor?: string }) => {
      const found = await openApi(environment).call(LIST_NONCES, { query });
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
      const body = { do: 'clear-nonce', how: { takenBy }, reason };
      const asked = { parameters: { id }, body, idempotencyKey, dryRun };
      const made = await openApi(environment).call(PROPOSE_FOR_EFFECT, asked);
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
      const { bridge, former } = await openApi(environment).call(LIST_FORMER_WALLETS, {});
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
      const txHashes = tx.flatMap((one) => one.split(',')).filter((one) => one !== '');
      const body = { do: 'carry-over', how: { txHashes }, reason };
      const asked = { parameters: { wallet: from }, body, idempotencyKey, dryRun };
      const made = await openApi(environment).call(CARRY_OVER, asked);
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
      if (made.dryRun) out('\nNothing was proposed (--dry-run).');
      else if (!json)
        out(
          `\nProposed as ${made.id}. A second person does it within 24 hours: kustodia effect approve ${made.id} --reason …`,
        );
      if (json) out(JSON.stringify(made));
    });
}
