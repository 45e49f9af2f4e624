import { PROPOSE_FOR_EFFECT } from '../../../reactor/http/routes/effects.ts';
import { LIST_EXCHANGES } from '../../../reactor/http/routes/exchanges.ts';
import { LOOK_AT_PAYMENTS } from '../../../reactor/http/routes/operate.ts';
import { PROPOSE_FOR_PAYMENT } from '../../../reactor/http/routes/payment-proposals.ts';
import { isFinal } from '../../../reactor/payment/states.ts';
import { PLACES } from '../../../reactor/replace/terms.ts';
import { call } from '../../api/client.ts';
import { accountFields, given, numberOf } from '../../parts/account-fields.ts';
import type { ActField } from '../../parts/act-field.ts';
import type { ActParameters } from '../../parts/act-window.tsx';
import type { Proposal } from '../../parts/proposed.ts';
import type { Key } from '../../words/language.ts';
import type { Payment } from '../payment.tsx';

type Words = Readonly<{ t: (key: Key) => string; name: (of: string, code: string) => string }>;

const isFailed = ({ state, attention }: Payment['legs'][number]): boolean =>
  state === 'payout_failed' || state === 'payout_returned' || attention !== null;

const legOf = (some: Payment['legs'], { t, name }: Words): ActField => ({
  ...{ name: 'legId', label: t('field.leg') },
  options: some.map((leg) => [leg.id, `${name('kind', leg.kind)} · ${name('state', leg.state)}`] as const),
});

const placeOf = ({ t, name }: Words): ActField => ({
  ...{ name: 'moneyAt', label: t('field.moneyAt'), hint: t('field.moneyAt.hint'), isOptional: true },
  options: [['', '—'], ...PLACES.map((one) => [one, name('place', one)] as const)],
});

/** Whether something is proposed of this payment or one of its legs. */
export const isOfPayment = ({ id, legs }: Payment, subject: string): boolean =>
  subject === `payment:${id}` || legs.some((leg) => subject === `leg:${leg.id}`);

/** Pays a leg otherwise whose payout failed or came back: where there is one of which it is not proposed already. */
export function repayAct({ id, legs }: Payment, proposals: readonly Proposal[], words: Words): ActParameters | false {
  const { t } = words;
  const isAsked = (legId: string) =>
    proposals.some(({ command, subject }) => command === 'payment repay' && subject === `leg:${legId}`);
  const failed = legs.filter((leg) => isFailed(leg) && !isAsked(leg.id));
  return (
    failed.length > 0 && {
      ...{ label: t('do.repay'), title: t('do.repay'), about: t('do.repay.about'), route: PROPOSE_FOR_PAYMENT },
      parameters: { id },
      fields: [
        legOf(failed, words),
        ...accountFields(t),
        placeOf(words),
        { name: 'holder', label: t('field.holder'), options: (['no', 'yes'] as const).map((one) => [one, t(one)]) },
      ],
      bodyOf: ({ legId, clabe, legalName, moneyAt, holder }) => ({
        ...{ do: 'repay', legId, payout: { clabe, legalName } },
        ...given({ moneyAt, anotherHolder: holder === 'yes' || undefined }),
      }),
    }
  );
}

/** What is done to a payment only when something went wrong: by those who may give commands. */
export function seldomActs(payment: Payment, words: Words): readonly (ActParameters | false)[] {
  const { t } = words;
  const { id, legs } = payment;
  const parameters = { id };
  const live = legs.filter(({ state }) => !isFinal(state));
  const failed = legs.filter(isFailed);
  return [
    live.length > 0 && {
      ...{ label: t('do.look'), title: t('do.look'), about: t('do.look.about'), route: LOOK_AT_PAYMENTS },
      bodyOf: () => ({ paymentIds: [id] }),
    },
    failed.length > 0 && {
      ...{ label: t('do.settle'), title: t('do.settle'), about: t('do.settle.about'), route: PROPOSE_FOR_PAYMENT },
      parameters,
      fields: [
        legOf(failed, words),
        { name: 'trackingKey', label: t('field.trackingKey') },
        { name: 'cepLink', label: t('field.cepLink') },
        placeOf(words),
      ],
      bodyOf: ({ legId, trackingKey, cepLink, moneyAt }) => ({
        ...{ do: 'settle-outside', legId, how: given({ trackingKey, cepLink, moneyAt }) },
      }),
    },
    live.length > 0 && {
      ...{ label: t('do.name'), title: t('do.name'), about: t('do.name.about'), route: PROPOSE_FOR_PAYMENT },
      parameters,
      fields: [
        legOf(live, words),
        { name: 'txHash', label: t('field.txHash') },
        { name: 'logIndex', label: t('field.logIndex') },
      ],
      bodyOf: ({ legId, txHash, logIndex = '' }) => ({
        ...{ do: 'name-transfer', legId, how: { txHash, logIndex: numberOf(logIndex) } },
      }),
    },
    live.length > 0 && {
      ...{ label: t('do.attempt'), title: t('do.attempt'), about: t('do.attempt.about'), route: PROPOSE_FOR_EFFECT },
      fields: [{ name: 'effectId', label: t('field.effect'), choices: () => endedOf(id, words) }],
      parametersOf: ({ effectId = '' }) => ({ id: effectId }),
      bodyOf: () => ({ do: 'allow-attempt' }),
    },
  ];
}

/** What Juno takes at first and may let fail since. */
const MAY_FAIL_SINCE: ReadonlySet<string> = new Set(['juno_withdrawal', 'juno_redemption']);

/** What came to nothing, or may have, the newest first. */
async function endedOf(id: string, { t, name }: Words): Promise<readonly (readonly [string, string])[]> {
  const { lines } = await call(LIST_EXCHANGES, { parameters: { id } });
  return lines
    .filter(
      ({ source, status, about }) => source === 'request' && (status !== 'confirmed' || MAY_FAIL_SINCE.has(about)),
    )
    .toReversed()
    .map(({ about, status, detail }) => [
      String(detail['effectId']),
      `${name('effect', about)} · ${status === 'confirmed' ? t('effect.accepted') : name('effectState', status ?? '')} · ${String(detail['attempt'])}`,
    ]);
}
