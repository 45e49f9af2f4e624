import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Suspense } from 'react';
import type { AnswerOf } from '../../reactor/http/routes/client.ts';
import { GET_PAYMENT, WHY_PAYMENT } from '../../reactor/http/routes/payments.ts';
import { isFinal } from '../../reactor/payment/states.ts';
import { ask } from '../api/client.ts';
import { lasting } from '../look/format.ts';
import { Asked } from '../parts/asked.tsx';
import { Facts, Id, Money, Panel, Said, Status, When } from '../parts/basic.tsx';
import { Person } from '../parts/person.tsx';
import { pendingOn } from '../parts/proposed.ts';
import { useProposals } from '../parts/turn.tsx';
import { attentionOf } from '../words/codes.ts';
import { useWords } from '../words/use.tsx';
import { Actions } from './payment/actions.tsx';
import { Approvals } from './payment/approvals.tsx';
import { Disputes } from './payment/disputes.tsx';
import { Journey } from './payment/journey.tsx';
import { Printed } from './payment/printed.tsx';
import { Proposals } from './payment/proposals.tsx';
import { Receipts } from './payment/receipts.tsx';
import { Timeline } from './payment/timeline.tsx';

const route = getRouteApi('/payments/$id');
const LIVE_MS = 2_000;
const STILL_MS = 15_000;

export default function PaymentPage() {
  const { id } = route.useParams();
  const payment = useQuery({
    ...ask(GET_PAYMENT, { parameters: { id } }),
    refetchInterval: ({ state }) => (state.data?.legs.every((leg) => isFinal(leg.state)) ? STILL_MS : LIVE_MS),
  });
  return <Asked query={payment}>{(known) => <Shown payment={known} />}</Asked>;
}

export type Payment = AnswerOf<typeof GET_PAYMENT>;

function Shown({ payment }: { payment: Payment }) {
  const words = useWords();
  const { t, name, locale } = words;
  const [id, isOver] = [payment.id, payment.legs.every((leg) => isFinal(leg.state))];
  const why = useQuery({ ...ask(WHY_PAYMENT, { parameters: { id } }), refetchInterval: isOver ? false : LIVE_MS });
  const proposals = useProposals();
  const pending = pendingOn(
    proposals,
    payment.legs.map((leg) => leg.id),
  );
  const tone = why.data?.attention ? 'bad' : why.data?.decision === 'wait' ? 'wait' : 'good';
  return (
    <div className="stack">
      <div className="head">
        <div className="stack" style={{ gap: '0.3rem' }}>
          <p className="small">
            <Link to="/payments">{t('payments.title')}</Link> <span aria-hidden>/</span>{' '}
            <span className="number">#{payment.number}</span>
          </p>
          <h1 className="amount">
            <Money of={payment.deposit} />{' '}
            <span className="hidden">{t('payment.one', { number: payment.number })}</span>
          </h1>
          <p>
            <Status of={payment.status} /> <span className="soft">{payment.concept}</span>
          </p>
        </div>
        <Actions payment={payment} />
      </div>

      <section className={`note ${tone}`} aria-label={t('payment.why')}>
        <strong>{t('payment.why')}</strong>
        <Asked query={why}>
          {(known) => (
            <>
              <p>
                <Said>{known.sentence}</Said>
              </p>
              {known.toDo && <p>{pending ? t('next.wait') : <Said>{known.toDo}</Said>}</p>}
              <p className="soft small">
                {known.attention &&
                  `${t('payment.owner')}: ${name('owner', known.attention.owner)} (${attentionOf(known.attention.code, words)}). `}
                {known.looksAgainAt && (
                  <>
                    {t('payment.again')} <When at={known.looksAgainAt} how="ago" />
                  </>
                )}
              </p>
            </>
          )}
        </Asked>
      </section>

      {payment.holds.length > 0 && (
        <ul className="stack" aria-label={t('payment.holds')}>
          {payment.holds.map((hold) => (
            <li key={`${hold.reasonCode} ${hold.openedAt}`} className="note warn">
              <strong>{name('held', hold.kind)}</strong> · <Said>{hold.sentence}</Said>{' '}
              <span className="soft small">
                {name('owner', hold.owner)}, <When at={hold.openedAt} />
              </span>
            </li>
          ))}
        </ul>
      )}
      <Proposals payment={payment} />

      <Panel title={t('payment.legs')}>
        <div className="stack">
          {payment.legs.map((leg) => (
            <Journey key={leg.id} leg={leg} />
          ))}
        </div>
      </Panel>

      <div className="grid2">
        <Panel title={t('payment.terms')}>
          <Facts
            rows={[
              [t('payment.agreed'), <Money key="a" of={payment.amount} />],
              [t('payment.deposit'), <Money key="d" of={payment.deposit} />],
              [t('payment.clabe'), payment.depositClabe ? <Id key="c" of={payment.depositClabe} whole /> : '—'],
              [
                t('payment.custody'),
                `${payment.custodyBasisPoints / 100} % · ${lasting(payment.custodySeconds, locale)}`,
              ],
              [t('payment.release'), name('release', payment.release)],
              [t('payment.created'), <When key="t" at={payment.createdAt} how="full" />],
              [t('payment.expires'), <When key="e" at={payment.expiresAt} how="full" />],
              [t('payment.payer'), <Person key="p" id={payment.payerId} />],
              [t('payment.recipient'), <Person key="r" id={payment.recipientId} />],
              [
                t('payment.refundTo'),
                payment.refund ? `${payment.refund.legalName} · ${payment.refund.clabe}` : t('payment.refundAsked'),
              ],
              [t('payment.id'), <Id key="i" of={payment.id} />],
            ]}
          />
        </Panel>
        <Approvals id={id} isOver={isOver} />
      </div>
      <Disputes payment={payment} />
      <Receipts id={id} isOver={isOver} />
      <Suspense>
        <Timeline payment={payment} isOver={isOver} />
      </Suspense>
      <Printed payment={payment} />
    </div>
  );
}
