/** What the earlier scripts did to payments by hand, as commands that ask the reactor to look: each does what is its turn, and nothing else. */
import type { Command } from 'commander';
import { LOOK_AT_PAYMENTS } from '../reactor/http/routes/operate.ts';
import { WHY_PAYMENT } from '../reactor/http/routes/payments.ts';
import type { LegState } from '../reactor/payment/states.ts';
import { openApi } from './api.ts';
import { type ChangeOptions, changing, saidIn } from './guard.ts';
import { CliError, EXIT, type Output } from './output.ts';

/** The states that each of the earlier scripts went through. */
export const STATES_OF = {
  withdrawal: ['deposited', 'withdrawing'],
  return: ['released', 'returning'],
  payout: ['reserved', 'returned', 'redeeming', 'paying_out'],
  release: ['in_custody', 'releasing'],
} as const satisfies Record<string, readonly LegState[]>;

/** `kustodia payment look | payouts`: under the group of payments. */
export function paymentLookCommands(
  payment: Command,
  environment: NodeJS.ProcessEnv,
  output: Pick<Output, 'out'>,
): void {
  const look = lookerOf(environment, output);
  changing(
    payment
      .command('look [payment]')
      .description('look now at a payment that seems stuck, or at those in a state, and say what it waits for'),
  )
    .option('--state <state...>', 'of a leg, in place of a payment: every payment with one in it')
    .action(async (id: string | undefined, options: ChangeOptions & { state?: string[] }) => {
      if ((id === undefined) === (options.state === undefined))
        throw new CliError('Give a payment, or --state.', EXIT.usage, { code: 'what_to_look_at' });
      await look(id === undefined ? { states: options.state as LegState[] } : { paymentIds: [id] }, options);
    });
  changing(payment.command('payouts').description('look now at every payment whose payout is due or under way')).action(
    (options: ChangeOptions) => look({ states: STATES_OF.payout }, options),
  );
}

/** `kustodia bridge withdraw | return` and `kustodia escrow release` */
export function moveCommands(program: Command, environment: NodeJS.ProcessEnv, output: Pick<Output, 'out'>): void {
  const look = lookerOf(environment, output);
  const orAll = (id: string | undefined, states: readonly LegState[]) =>
    id === undefined ? { states } : { paymentIds: [id] };
  const bridge = program.command('bridge').description('MXNB between Juno and the bridge wallet');
  changing(
    bridge
      .command('withdraw [payment]')
      .description('Juno to the bridge wallet: look now at what is to be withdrawn, of one payment or of all'),
  ).action((id: string | undefined, options: ChangeOptions) => look(orAll(id, STATES_OF.withdrawal), options));
  changing(
    bridge
      .command('return [payment]')
      .description('the bridge wallet to Juno: look now at what is to be sent back, of one payment or of all'),
  ).action((id: string | undefined, options: ChangeOptions) => look(orAll(id, STATES_OF.return), options));

  const escrow = program.command('escrow').description('what is in custody on chain');
  changing(
    escrow
      .command('release [payment]')
      .description(
        'release now what is due, of one payment or of all: its release policy, disputes, holds and switches decide',
      ),
  ).action((id: string | undefined, options: ChangeOptions) => look(orAll(id, STATES_OF.release), options));
}

type Wanted = Readonly<{ paymentIds?: readonly string[]; states?: readonly LegState[] }>;

function lookerOf(environment: NodeJS.ProcessEnv, { out }: Pick<Output, 'out'>) {
  return async (wanted: Wanted, options: ChangeOptions): Promise<void> => {
    const api = openApi(environment);
    const { body, ...how } = saidIn(options);
    const mine = {
      ...(wanted.paymentIds && { paymentIds: [...wanted.paymentIds] }),
      ...(wanted.states && { states: [...wanted.states] }),
    };
    const done = await api.call(LOOK_AT_PAYMENTS, { body: { ...mine, ...body }, ...how });
    const [only] = wanted.paymentIds ?? [];
    const why = only === undefined ? null : await api.call(WHY_PAYMENT, { parameters: { id: only } });
    if (options.json)
      return out(JSON.stringify({ ...done, ...(why && { status: why.status, sentence: why.sentence }) }));
    const is = options.dryRun ? 'would be' : 'is';
    out(
      `${done.payments.length} ${done.payments.length === 1 ? `payment ${is}` : `payments ${options.dryRun ? 'would be' : 'are'}`} looked at now.`,
    );
    if (done.isMore) out('There are more: ask again once these have moved.');
    if (why) out(`${why.status}: ${why.sentence}`);
    if (options.dryRun) out('Nothing was changed (--dry-run).');
  };
}
