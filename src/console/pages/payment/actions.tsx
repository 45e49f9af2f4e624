import { getRouteApi } from '@tanstack/react-router';
import { useMemo } from 'react';
import { HOLD_OWNERS } from '../../../reactor/guards/terms.ts';
import { OPEN_DISPUTE } from '../../../reactor/http/routes/disputes.ts';
import { OPEN_HOLD } from '../../../reactor/http/routes/holds.ts';
import { PROPOSE_FOR_PAYMENT } from '../../../reactor/http/routes/payment-proposals.ts';
import { CANCEL_PAYMENT } from '../../../reactor/http/routes/payments.ts';
import { BEFORE_RELEASE, isFinal, PARTIES } from '../../../reactor/payment/states.ts';
import { may } from '../../api/session.ts';
import { useWho } from '../../frame/entry.tsx';
import { accountFields } from '../../parts/account-fields.ts';
import { Act, WantedContext } from '../../parts/act.tsx';
import { More } from '../../parts/more.tsx';
import { Turn, useProposals } from '../../parts/turn.tsx';
import { useWords } from '../../words/use.tsx';
import type { Payment } from '../payment.tsx';
import { isOfPayment, repayAct, seldomActs } from './seldom.ts';

const route = getRouteApi('/payments/$id');

/** Why, in a word that machines and the chain keep; more of it is said in words of one’s own. */
const DISPUTED_FOR = ['not_received', 'not_as_agreed', 'fraud_report', 'other'] as const;
const HELD_FOR = ['under_review', 'fraud_report', 'other'] as const;

/** What may be done with a payment as it stands, by whoever looks. Whether the reactor lets it, its preview says. */
export function Actions({ payment }: { payment: Payment }) {
  const { t, name } = useWords();
  const who = useWho();
  const { legs } = payment;
  const live = legs.filter(({ state }) => !isFinal(state));
  const parameters = { id: payment.id };
  const isWaiting = live.length > 0 && live.every(({ state }) => state === 'requested');
  const isEarly = legs.some(({ kind, state }) => kind === 'custody' && BEFORE_RELEASE.has(state));
  const isLarge = legs.some(({ attention }) => attention?.code === 'release_four_eyes');
  const isUnpaid = legs.some(({ state }) => state === 'payout_failed' || state === 'payout_returned');
  const isDisputed = payment.disputes.some(({ state }) => state !== 'final');
  const isCommander = may(who, CANCEL_PAYMENT.roles);
  const proposals = useProposals().filter(({ subject }) => isOfPayment(payment, subject));
  const isProposedAlready = (command: string) => proposals.some((one) => one.command === command);
  const { act } = route.useSearch();
  const navigate = route.useNavigate();
  const repay = isCommander && repayAct(payment, proposals, { t, name });
  const wanted = useMemo(
    () => (act ? { label: t(act), done: () => void navigate({ search: {}, replace: true }) } : null),
    [act, t, navigate],
  );
  return (
    <WantedContext value={wanted}>
      <div className="pair no-print">
        {act && (
          <Turn what={t(act)} pending={proposals.at(0)}>
            {null}
          </Turn>
        )}
        {isCommander && isWaiting && (
          <Act
            {...{ label: t('do.cancel'), title: t('do.cancel'), about: t('do.cancel.about'), isDanger: true }}
            {...{ route: CANCEL_PAYMENT, parameters }}
          />
        )}
        {isCommander && isLarge && !isProposedAlready('payment release') && (
          <Act
            {...{ label: t('do.release'), title: t('do.release'), about: t('do.release.about'), parameters }}
            {...{ route: PROPOSE_FOR_PAYMENT, bodyOf: () => ({ do: 'release' }) }}
          />
        )}
        {isCommander && isEarly && !isWaiting && !isProposedAlready('payment refund') && (
          <Act
            {...{ label: t('do.refund'), title: t('do.refund'), about: t('do.refund.about'), parameters }}
            route={PROPOSE_FOR_PAYMENT}
            fields={[
              {
                name: 'what',
                label: t('field.what'),
                options: (['full', 'custody'] as const).map((one) => [one, name('refund', one)]),
              },
              ...accountFields(t),
            ]}
            bodyOf={({ what, clabe, legalName }) => ({ do: 'refund', what, payout: { clabe, legalName } })}
          />
        )}
        {may(who, OPEN_DISPUTE.roles) && live.length > 0 && !isDisputed && !isWaiting && (
          <Act
            {...{ label: t('do.dispute'), title: t('do.dispute'), about: t('do.dispute.about'), route: OPEN_DISPUTE }}
            fields={[
              {
                name: 'by',
                label: t('field.by'),
                options: [...PARTIES, 'operations'].map((one) => [one, name('party', one)]),
              },
              {
                name: 'reasonCode',
                label: t('field.reasonCode'),
                options: DISPUTED_FOR.map((one) => [one, name('reason', one)]),
              },
              { name: 'statement', label: t('field.statement'), isLong: true },
            ]}
            bodyOf={(values) => ({ ...values, payment: payment.id })}
          />
        )}
        {may(who, OPEN_HOLD.roles) && live.length > 0 && (
          <Act
            {...{ label: t('do.hold'), title: t('do.hold'), about: t('do.hold.about'), route: OPEN_HOLD }}
            {...{ reasonName: 'sentence' }}
            fields={[
              {
                name: 'reasonCode',
                label: t('field.reasonCode'),
                options: HELD_FOR.map((one) => [one, name('reason', one)]),
              },
              {
                name: 'owner',
                label: t('payment.owner'),
                options: Object.keys(HOLD_OWNERS).map((one) => [one, name('owner', one)]),
              },
            ]}
            bodyOf={(values) => ({ ...values, on: `payment:${payment.id}` })}
          />
        )}
        {isUnpaid && repay && <Act {...repay} />}
        <button type="button" className="button" onClick={() => print()}>
          {t('print')}
        </button>
        <More acts={isCommander ? [!isUnpaid && repay, ...seldomActs(payment, { t, name })] : []} />
      </div>
    </WantedContext>
  );
}
