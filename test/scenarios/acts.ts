/** What each act of a story is: a call of the reactor’s own REST interface, something at the sandbox, or what is waited for. */
import { z } from 'zod';
import { createApi } from '../../src/local/api.ts';
import { armFault, giveBack } from '../../src/local/juno.ts';
import { centavos, formatDecimal, parseDecimal } from '../../src/money/money.ts';
import { PEOPLES } from './acts-of-people.ts';
import { disputeInContract } from './acts-on-chain.ts';
import { approved, asSoonAsReady, type Props, paymentOf, payoutOf, REASON, termsFor } from './props.ts';
import type { Account, Act, Terms } from './row.ts';
import type { Leg, Scene } from './stage.ts';

const DAY_S = 86_400;
const CEP = 'https://www.banxico.org.mx/cep/go?i=90710&d=';
const MADE = z.object({ id: z.string() });
const OPENED = z.object({ proposal: z.string() });
const CHANGED = z.object({ proposal: z.string().nullable() });

async function ask(props: Props, terms: Terms): Promise<void> {
  const { scene } = props;
  const payer = await scene.person('payer');
  const made = await scene.stage.world.api.call('/payments', {
    ...{ payerId: payer.id, amount: terms.amount, ...(await termsFor(scene, terms)) },
    ...(terms.expires ? { expiresInSeconds: terms.expires } : {}),
  });
  props.asked.push(MADE.extend({ deposit: z.string() }).parse(made));
}

const propose = async (props: Props, body: object, payment?: string): Promise<string> =>
  MADE.parse(
    await asSoonAsReady(async () =>
      props.scene.stage.world.api.call(`/payments/${payment ?? (await paymentOf(props))}/proposals`, {
        ...body,
        reason: REASON,
      }),
    ),
  ).id;

/** The leg whose payout came to nothing, or is not made and asks for a person. */
const openLeg = (props: Props): Promise<Leg> =>
  props.scene.until('a payout that came to nothing, or is not made', (seen) => {
    const legs = props.scene.ofRow(seen);
    return (
      legs.findLast(({ state, code }) => /^payout_/.test(state) || (state === 'reserved' && code !== null)) ??
      legs.findLast(({ state }) => state === 'accrued') ??
      false
    );
  });
async function proposeRepay(props: Props, role: Account): Promise<string> {
  const { id: legId, payment } = await openLeg(props);
  return propose(props, { do: 'repay', legId, payout: payoutOf(props.scene, role) }, payment);
}

const refund = (props: Props, what: string, role: Account | 'stranger'): Promise<string> =>
  propose(props, { do: 'refund', what, payout: payoutOf(props.scene, role) });

/** What a hold or a switch on somebody or something is called. */
async function nameOf(props: Props, on: string): Promise<string> {
  if (on === 'payment') return `payment:${await paymentOf(props)}`;
  if (on === 'payer' || on === 'recipient') return `user:${(await props.scene.person(on)).id}`;
  return on === 'the wallet' ? `wallet:${props.scene.stage.world.anvil.actors.bridge.address.toLowerCase()}` : on;
}
const proposeOpening = async (props: Props, on: string): Promise<string> => {
  const { world } = props.scene.stage;
  const path = `/guards/switches/${encodeURIComponent(await nameOf(props, on))}/open`;
  return OPENED.parse(await world.api.call(path, { reason: REASON })).proposal;
};
async function cap(props: Props, name: string, limit: string): Promise<void> {
  const { world, second } = props.scene.stage;
  const changed = await world.api.call(`/guards/caps/${name}`, { limit, reason: REASON }, 'PUT');
  const { proposal } = CHANGED.parse(changed);
  if (proposal) await approved(second, proposal);
}

const CAPS = z.object({ caps: z.array(z.object({ name: z.string(), usedToday: z.string().nullable() })) });

/** Does one act of a story. Throws what refuses it. */
export async function act(props: Props, one: Act): Promise<void> {
  const { scene } = props;
  const { world, second } = scene.stage;
  const { api } = world;
  switch (one[0]) {
    case 'ask':
      return ask(props, one[1]);
    case 'cancel':
      return void (await api.call(`/payments/${await paymentOf(props)}/cancel`, { reason: REASON }));
    case 'deposit':
      return world.deposit(await scene.clabe(), one[1] ?? props.asked.at(-1)?.deposit ?? '', scene.account('payer'));
    case 'deposit at once': {
      const [, ...pesos] = one;
      const clabe = await scene.clabe();
      await Promise.all(pesos.map((amount) => world.deposit(clabe, amount, scene.account('payer'))));
      return;
    }
    case 'wait for':
      return void (await scene.until(
        `${one[2] ?? 1} × ${one[1]}`,
        (seen) => scene.ofRow(seen).filter(({ state }) => state === one[1]).length >= (one[2] ?? 1),
      ));
    case 'wait for attention':
      return void (await scene.until(one[1], (seen) => scene.ofRow(seen).some(({ code }) => code === one[1])));
    case 'wait for suspense':
      return void (await scene.until(`in suspense: ${one[1]}`, async (seen) => {
        const found = (await scene.waiting(seen)).filter(({ reason }) => reason === one[1]);
        return found.length >= (one[2] ?? 1) && (one[1] === 'below_minimum' || found.every(({ isIssued }) => isIssued));
      }));
    case 'wait for escrow':
      return void (await scene.until(`an escrow that is ${one[1]}`, async () =>
        (await escrowsOf(scene)).includes(one[1]),
      ));
    case 'wait until why says':
      return void (await scene.until(`why says: ${one[1]}`, async () => {
        const why = await api.call(`/payments/${await paymentOf(props)}/why`);
        return z.object({ sentence: z.string() }).parse(why).sentence.includes(one[1]);
      }));
    case 'let the custody end':
      return void (await scene.until('the end of the custody', async (seen) => {
        const ends = scene.ofRow(seen).flatMap(({ deadline }) => deadline ?? []);
        const { timestamp } = await world.anvil.client.getBlock();
        return ends.length > 0 && timestamp > BigInt(Math.max(...ends));
      }));
    case 'refund':
      return void (await approved(second, await refund(props, one[1], 'payer')));
    case 'refund to a stranger':
      return void (await refund(props, one[1], 'stranger'));
    case 'fail the payout':
    case 'lose the answer': {
      const { amount, rail } = scene.row.terms ?? { amount: '' };
      const isJunos = one[0] === 'lose the answer' || rail === undefined || rail === 'bank_redemption';
      return armFault(world.sandboxBooks, {
        name: one[0] === 'fail the payout' ? 'fail_payout' : 'connection_reset_after_success',
        endpoint: isJunos ? 'POST /mint_platform/v1/redemptions' : 'POST /v3/withdrawals',
        text: `"${amount}"`,
      });
    }
    case 'return the payout': {
      const at = scene.account(one[1]);
      const order = (await world.outbox()).find(({ clabe, returned }) => clabe === at && returned === undefined);
      if (!order) throw new Error(`${scene.row.id}: nothing stands at the account of ${one[1]}`);
      return giveBack(world.sandboxBooks, order.transaction_id);
    }
    case 'repay': {
      const proposal = props.proposal ?? (await proposeRepay(props, one[1]));
      delete props.proposal;
      return void (await approved(second, proposal));
    }
    case 'approve own repay':
      props.proposal = await proposeRepay(props, one[1]);
      return void (await approved(api, props.proposal));
    case 'settle outside': {
      const how = { trackingKey: one[1], cepLink: `${CEP}${one[1]}` };
      const { id: legId, payment } = await openLeg(props);
      return void (await approved(second, await propose(props, { do: 'settle-outside', legId, how }, payment)));
    }
    case 'hold': {
      const [on, owner] = [await nameOf(props, one[1]), 'operations'];
      const made = await api.call('/holds', { on, reasonCode: 'scenario_hold', sentence: REASON, owner });
      props.hold = MADE.parse(made).id;
      return;
    }
    case 'close the hold':
      return void (await (one[1] ? second : api).call(`/holds/${props.hold}/close`, { reason: REASON }));
    case 'stop': {
      const path = `/guards/switches/${encodeURIComponent(await nameOf(props, one[1]))}/stop`;
      return void (await api.call(path, { reason: REASON }, 'PUT'));
    }
    case 'open': {
      const proposal = props.proposal ?? (await proposeOpening(props, one[1]));
      delete props.proposal;
      return void (await approved(second, proposal));
    }
    case 'open alone':
      props.proposal = await proposeOpening(props, one[1]);
      return void (await approved(api, props.proposal));
    case 'cap':
      return cap(props, one[1], one[2]);
    case 'cap of today': {
      const day = CAPS.parse(await api.call('/guards')).caps.find(({ name }) => name === 'day');
      const units = parseDecimal('MXN', day?.usedToday ?? '0').units + parseDecimal('MXN', one[1]).units;
      return cap(props, 'day', formatDecimal(centavos(units)));
    }
    case 'screen': {
      const source = createApi(world.urls.reactor, world.screenerKey);
      const said = { kyc: one[2], blacklist: one[3], reference: 'scenario', checkedAt: new Date().toISOString() };
      return void (await source.call(`/users/${(await scene.person(one[1])).id}/screening`, said, 'PUT'));
    }
    case 'days pass':
      return scene.stage.clock.pass(scene.row.id, one[1]);
    case 'days pass on the chain':
      await world.anvil.client.request({ method: 'evm_increaseTime', params: [one[1] * DAY_S] } as never);
      return;
    case 'dispute in the contract':
      return disputeInContract(props);
    case 'refused': {
      const said = await act(props, one[2]).then(
        () => 'nothing was refused',
        (error: Error) => error.message,
      );
      if (said.includes(`"code":"${one[1]}"`)) return;
      throw new Error(`${scene.row.id}: ${JSON.stringify(one[2])} is not refused as ${one[1]}: ${said}`);
    }
    default:
      // The table has each of these names with the arguments of its own, which TypeScript cannot tell of a union.
      return PEOPLES[one[0]](props, one as never);
  }
}

/** The status of each escrow of the row’s payments, as the indexer has it. */
export async function escrowsOf(scene: Scene): Promise<string[]> {
  const payments = [...new Set((await scene.legs()).map(({ payment }) => payment))];
  const rows = await scene.stage.query<{ status: string }>(
    `SELECT e.status::text FROM indexed.escrow e JOIN reactor.leg l ON l.reference = e.reference
     WHERE l.payment_id = ANY($1::uuid[]) ORDER BY e.created_block, e.reference`,
    [payments],
  );
  return rows.map(({ status }) => status);
}
