import type { Command } from 'commander';
import { LIST_STANDING_TERMS, SET_STANDING_TERMS, STOP_STANDING_TERMS } from '../reactor/http/routes/standing-terms.ts';
import { openApi } from './api.ts';
import { custodyOf, type FeeOptions, feesOf, withFees } from './fees.ts';
import { type ChangeOptions, changing, saidIn } from './guard.ts';
import { type Output, table } from './output.ts';

type SetOptions = ChangeOptions &
  FeeOptions & {
    recipient: string;
    clabe: string;
    name: string;
    refundClabe?: string;
    refundName?: string;
    concept: string;
    minimum: string;
    maximum: string;
  };

/** `kustodia user terms show | set | stop`: what a deposit that nobody asked for becomes. */
export function termsCommands(user: Command, environment: NodeJS.ProcessEnv, { out }: Pick<Output, 'out'>): void {
  const terms = user.command('terms').description('standing terms: what a deposit that nobody asked for becomes');
  const print = (changed: { userId: string; version: number }, what: string, { json, dryRun }: ChangeOptions) => {
    if (json) return out(JSON.stringify(changed));
    out(
      `Version ${changed.version} of the standing terms of user ${changed.userId} ${dryRun ? 'would be' : 'is'} ${what}.`,
    );
    if (dryRun) out('Nothing was changed (--dry-run).');
  };

  terms
    .command('show <id>')
    .description('every version, newest first')
    .option('--json', 'print one JSON object as the last line')
    .action(async (id: string, { json }: { json?: boolean }) => {
      const found = await openApi(environment).call(LIST_STANDING_TERMS, { parameters: { id } });
      if (json) return out(JSON.stringify(found));
      const rows = found.versions.map((v) => [
        String(v.version),
        v.isActive ? 'in force' : 'ended',
        `${v.minimum} to ${v.maximum}`,
        custodyOf(v),
        v.payout ? `${v.payout.clabe}, ${v.payout.legalName}` : '',
        v.concept,
      ]);
      out(rows.length > 0 ? table(['version', 'status', 'MXN', 'custody', 'paid out to', 'concept'], rows) : 'None.');
    });

  changing(
    withFees(terms.command('set <id>'))
      .description('a new version, in force from now on')
      .requiredOption('--recipient <user id>', 'who is paid')
      .requiredOption('--clabe <clabe>', 'the recipient’s account, 18 digits')
      .requiredOption('--name <legal name>', 'the holder of that account, as the bank has it')
      .option('--refund-clabe <clabe>', 'where money goes back to')
      .option('--refund-name <legal name>', 'the holder of that account')
      .requiredOption('--concept <text>', 'up to 40 ASCII letters, digits and spaces')
      .requiredOption('--minimum <pesos>', 'the least that a deposit may be; at least 100.00')
      .requiredOption('--maximum <pesos>', 'the most that a deposit may be'),
  ).action(async (id: string, options: SetOptions) => {
    const { refundClabe, refundName } = options;
    const body = {
      recipientId: options.recipient,
      payout: { clabe: options.clabe, legalName: options.name },
      ...(refundClabe === undefined && refundName === undefined
        ? {}
        : { refund: { clabe: refundClabe, legalName: refundName } }),
      ...feesOf(options),
      concept: options.concept,
      minimum: options.minimum,
      maximum: options.maximum,
      reason: options.reason,
    };
    const asked = { parameters: { id }, ...saidIn(options), body };
    const changed = await openApi(environment).call(SET_STANDING_TERMS, asked);
    print(changed, 'in force', options);
  });

  changing(terms.command('stop <id>').description('end them: what comes unasked goes to suspense from now on')).action(
    async (id: string, options: ChangeOptions) => {
      const asked = { parameters: { id }, ...saidIn(options) };
      const changed = await openApi(environment).call(STOP_STANDING_TERMS, asked);
      print(changed, 'ended', options);
    },
  );
}
