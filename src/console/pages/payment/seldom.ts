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
import type { Key } from '../../words/language.ts';
import type { Payment } from '../payment.tsx';

type Words = Readonly<{ t: (key: Key) => string; name: (of: string, code: string) => string }>;

/** What is done to a payment only when something went wrong: by those who may give commands. */
export function seldomActs(payment: Payment, { t, name }: Words): readonly (ActParameters | false)[] {
  const { id, legs } = payment;
  const parameters = { id };
  const live = legs.filter(({ state }) => !isFinal(state));
  const failed = legs.filter(
    ({ state, attention }) => ['payout_failed', 'payout_returned'].includes(state) || attention !== null,
  );
  const legOf = (some: Payment['legs']): ActField => ({
    ...{ name: 'legId', label: t('field.leg') },
    options: some.map((leg) => [leg.id, `${name('kind', leg.kind)} · ${name('state', leg.state)}`] as const),
  });
  const place: ActField = {
    ...{ name: 'moneyAt', label: t('field.moneyAt'), hint: t('field.moneyAt.hint'), isOptional: true },
    options: [['', '—'], ...PLACES.map((one) => [one, name('place', one)] as const)],
  };
  return [
    live.length > 0 && {
      ...{ label: t('do.look'), title: t('do.look'), about: t('do.look.about'), route: LOOK_AT_PAYMENTS },
      bodyOf: () => ({ paymentIds: [id] }),
    },
    failed.length > 0 && {
      ...{ label: t('do.repay'), title: t('do.repay'), about: t('do.repay.about'), route: PROPOSE_FOR_PAYMENT },
      parameters,
      fields: [
        legOf(failed),
        ...accountFields(t),
        place,
        { name: 'holder', label: t('field.holder'), options: (['no', 'yes'] as const).map((one) => [one, t(one)]) },
      ],
      bodyOf: ({ legId, clabe, legalName, moneyAt, holder }) => ({
        ...{ do: 'repay', legId, payout: { clabe, legalName } },
        ...given({ moneyAt, anotherHolder: holder === 'yes' || undefined }),
      }),
    },
    failed.length > 0 && {
      ...{ label: t('do.settle'), title: t('do.settle'), about: t('do.settle.about'), route: PROPOSE_FOR_PAYMENT },
      parameters,
      fields: [
        legOf(failed),
        { name: 'trackingKey', label: t('field.trackingKey') },
        { name: 'cepLink', label: t('field.cepLink') },
        place,
      ],
      bodyOf: ({ legId, trackingKey, cepLink, moneyAt }) => ({
        ...{ do: 'settle-outside', legId, how: given({ trackingKey, cepLink, moneyAt }) },
      }),
    },
    live.length > 0 && {
      ...{ label: t('do.name'), title: t('do.name'), about: t('do.name.about'), route: PROPOSE_FOR_PAYMENT },
      parameters,
      fields: [
        legOf(live),
        { name: 'txHash', label: t('field.txHash') },
        { name: 'logIndex', label: t('field.logIndex') },
      ],
      bodyOf: ({ legId, txHash, logIndex = '' }) => ({
        ...{ do: 'name-transfer', legId, how: { txHash, logIndex: numberOf(logIndex) } },
      }),
    },
    live.length > 0 && {
      ...{ label: t('do.attempt'), title: t('do.attempt'), about: t('do.attempt.about'), route: PROPOSE_FOR_EFFECT },
      fields: [{ name: 'effectId', label: t('field.effect'), choices: () => endedOf(id, name) }],
      parametersOf: ({ effectId = '' }) => ({ id: effectId }),
      bodyOf: () => ({ do: 'allow-attempt' }),
    },
  ];
}

/** What Juno takes at first and may let fail since. */
const MAY_FAIL_SINCE: ReadonlySet<string> = new Set(['juno_withdrawal', 'juno_redemption']);

/** What came to nothing, or may have, the newest first. */
async function endedOf(id: string, name: Words['name']): Promise<readonly (readonly [string, string])[]> {
  const { lines } = await call(LIST_EXCHANGES, { parameters: { id } });
  return lines
    .filter(
      ({ source, status, about }) => source === 'request' && (status !== 'confirmed' || MAY_FAIL_SINCE.has(about)),
    )
    .toReversed()
    .map(({ about, status, detail }) => [
      String(detail['effectId']),
      `${name('effect', about)} · ${name('effectState', status ?? '')} · ${String(detail['attempt'])}`,
    ]);
}
