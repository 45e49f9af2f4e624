/** What payer, recipient and the people of the house say: approvals, disputes, standing terms, deposits in suspense, erasure. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { createApi } from '../../src/local/api.ts';
import { approved, asSoonAsReady, type Props, paymentOf, payoutOf, REASON, termsFor } from './props.ts';
import type { Act } from './row.ts';

const NAMES = [
  'approve',
  'approve as',
  'send a link',
  'use the link',
  'revoke the link',
  'withdraw the approval',
  'release by two people',
  'dispute',
  'evidence',
  'decide',
  'appeal',
  'wait for dispute',
  'standing terms',
  'end the standing terms',
  'assign the deposit',
  'give the deposit back',
  'split the deposit',
  'erase',
] as const;
export type PeoplesAct = Extract<Act, readonly [(typeof NAMES)[number], ...unknown[]]>;
type Of<N> = Extract<PeoplesAct, readonly [N, ...unknown[]]>;

const MADE = z.object({ id: z.string() });
const GIVEN = z.object({ proposal: z.string() });
const LINK = MADE.extend({ token: z.string() });
const DISPUTES = z.object({ disputes: z.array(z.object({ id: z.string(), state: z.string() })) });

const agentOf = ({ scene: { stage } }: Props) => createApi(stage.world.urls.reactor, stage.agentKey);

/** One person asks for it, and another does it. */
async function givenByTwo(props: Props, path: string, asked: object): Promise<void> {
  const { world, second } = props.scene.stage;
  await approved(second, GIVEN.parse(await world.api.call(path, asked)).proposal);
}

async function approve(props: Props, party: 'payer' | 'recipient', as: 'payer' | 'recipient'): Promise<void> {
  const made = await agentOf(props).call(`/payments/${await paymentOf(props)}/approvals`, {
    ...{ party, userId: (await props.scene.person(as)).id, reason: REASON },
  });
  props.approvals.set(party, MADE.parse(made).id);
}

/** The dispute that is open, or was opened in this story. */
const disputeOf = ({ scene, dispute }: Props): string => {
  if (!dispute) throw new Error(`${scene.row.id}: nobody has opened a dispute`);
  return dispute;
};

/** What waits for a person with this reason; the only one where none is named. */
const waitingItem = (props: Props, reason?: string): Promise<string> =>
  props.scene.until(`a deposit in suspense${reason ? `: ${reason}` : ''}`, async (seen) => {
    const found = (await props.scene.waiting(seen)).find(
      (item) => item.isIssued && (!reason || item.reason === reason),
    );
    return found?.id ?? false;
  });

export const PEOPLES: { readonly [N in PeoplesAct[0]]: (props: Props, one: Of<N>) => Promise<void> } = {
  approve: (props, [, party]) => approve(props, party, party),
  'approve as': (props, [, party, other]) => approve(props, party, other),
  'send a link': async (props, [, party]) => {
    const path = `/payments/${await paymentOf(props)}/approval-links`;
    props.links.set(party, LINK.parse(await agentOf(props).call(path, { party, reason: REASON })));
  },
  'use the link': async ({ scene, links }, [, party]) => {
    const response = await fetch(`${scene.stage.world.urls.reactor}/approve`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
      body: JSON.stringify({ token: links.get(party)?.token }),
    });
    if (!response.ok) throw new Error(await response.text());
  },
  'revoke the link': async (props, [, party]) => {
    const path = `/payments/${await paymentOf(props)}/approval-links/${props.links.get(party)?.id}/revoke`;
    await props.scene.stage.world.api.call(path, { reason: REASON });
  },
  'withdraw the approval': async (props, [, party]) => {
    const path = `/payments/${await paymentOf(props)}/approvals/${props.approvals.get(party)}/withdraw`;
    await agentOf(props).call(path, { reason: REASON });
  },
  'release by two people': async (props) => {
    const { world, second } = props.scene.stage;
    const asked = { do: 'release', reason: REASON };
    const made = await world.api.call(`/payments/${await paymentOf(props)}/proposals`, asked);
    await approved(second, MADE.parse(made).id);
  },

  dispute: async (props, [, by]) => {
    const asked = { payment: await paymentOf(props), by, reasonCode: 'not_received', statement: 'It never came.' };
    const made = await props.scene.stage.world.api.call('/disputes', { ...asked, reason: REASON });
    props.dispute = MADE.parse(made).id;
  },
  evidence: async (props, [, by]) => {
    const said = { by, text: 'A photograph of the box.', files: [{ name: 'box.jpg', sha256: 'ab'.repeat(32) }] };
    await props.scene.stage.world.api.call(`/disputes/${disputeOf(props)}/evidence`, { ...said, reason: REASON });
  },
  decide: async (props, [, decision]) => {
    const { world, second } = props.scene.stage;
    const outcome = typeof decision === 'string' ? decision : 'split';
    const payer =
      typeof decision === 'string'
        ? {}
        : { payer: 'payer' in decision ? { basisPoints: decision.payer } : { amount: decision.payerPesos } };
    const payout = outcome === 'recipient' ? {} : { payout: payoutOf(props.scene, 'payer') };
    const path = `/disputes/${disputeOf(props)}/proposals`;
    const made = await world.api.call(path, { outcome, ...payer, ...payout, reason: REASON });
    await approved(second, MADE.parse(made).id);
  },
  appeal: async (props, [, by]) => {
    const said = { by, text: 'That is not what was agreed.', reason: REASON };
    await props.scene.stage.world.api.call(`/disputes/${disputeOf(props)}/appeals`, said);
  },
  'wait for dispute': async (props, [, state]) => {
    await props.scene.until(`a dispute that is ${state}`, async () => {
      const shown = await props.scene.stage.world.api.call(`/disputes?payment=${await paymentOf(props)}`);
      return DISPUTES.parse(shown).disputes.some((one) => one.state === state);
    });
  },

  'standing terms': async ({ scene }, [, { minimum, maximum, ...terms }]) => {
    const path = `/users/${(await scene.person('payer')).id}/standing-terms`;
    const asked = { ...(await termsFor(scene, terms)), minimum, maximum, reason: REASON };
    await scene.stage.world.api.call(path, asked, 'PUT');
  },
  'end the standing terms': async ({ scene }) => {
    const path = `/users/${(await scene.person('payer')).id}/standing-terms`;
    await scene.stage.world.api.call(path, { reason: REASON }, 'DELETE');
  },
  'assign the deposit': async (props) => {
    const path = `/suspense/${await waitingItem(props)}/assign`;
    await givenByTwo(props, path, { paymentId: await paymentOf(props), reason: REASON });
  },
  'give the deposit back': async (props, [, reason]) => {
    const path = `/suspense/${await waitingItem(props, reason)}/refund`;
    await props.scene.stage.world.api.call(path, { ...payoutOf(props.scene, 'payer'), reason: REASON });
  },
  'split the deposit': async (props, [, back]) => {
    const parts = [{ paymentId: await paymentOf(props) }, { refund: payoutOf(props.scene, 'payer'), amount: back }];
    await givenByTwo(props, `/suspense/${await waitingItem(props)}/split`, { parts, reason: REASON });
  },
  erase: async ({ scene }, [, who]) => {
    const { world, second } = scene.stage;
    const { id } = await scene.person(who);
    const { proposal } = z
      .object({ proposal: z.string() })
      .parse(await asSoonAsReady(() => world.api.call(`/users/${id}/erase`, { reason: REASON })));
    await approved(second, proposal);
    const shown = z
      .object({ fullName: z.string(), clabeStatus: z.string() })
      .parse(await world.api.call(`/users/${id}`));
    if (shown.fullName !== 'erased' || shown.clabeStatus !== 'erased')
      throw new Error(`${scene.row.id}: who the ${who} was is still told: ${JSON.stringify(shown)}`);
  },
};
