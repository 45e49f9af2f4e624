import type { LegState } from '../../../reactor/payment/states.ts';
import { Facts, Id, Money, Said, Status, When } from '../../parts/basic.tsx';
import { attentionOf } from '../../words/codes.ts';
import { useWords } from '../../words/use.tsx';
import type { Payment } from '../payment.tsx';

type Leg = Payment['legs'][number];

/** The stations that people know, and the states in each. */
const STATIONS: Readonly<Record<'custody' | 'direct', readonly (readonly [string, readonly LegState[]])[]>> = {
  custody: [
    ['requested', ['requested']],
    ['deposited', ['deposited']],
    ['withdrawing', ['withdrawing', 'withdrawn']],
    ['funding', ['creating', 'created', 'funding']],
    ['in_custody', ['in_custody']],
    ['releasing', ['releasing', 'released']],
    ['returning', ['returning', 'returned']],
    ['redeeming', ['redeeming', 'paying_out', 'accrued', 'payout_failed', 'payout_returned']],
    ['completed', ['completed']],
  ],
  direct: [
    ['requested', ['requested']],
    ['reserved', ['reserved', 'accrued']],
    ['redeeming', ['redeeming', 'paying_out', 'payout_failed', 'payout_returned']],
    ['completed', ['completed']],
  ],
};

/** Where the money of one leg is, on its way. */
export function Journey({ leg }: { leg: Leg }) {
  const words = useWords();
  const { t, name } = words;
  const stations = STATIONS[leg.kind === 'custody' ? 'custody' : 'direct'];
  const here = stations.findIndex(([, states]) => states.includes(leg.state));
  return (
    <article className="stack" style={{ gap: '0.75rem' }} aria-label={`${name('kind', leg.kind)} ${leg.amount}`}>
      <div className="head" style={{ alignItems: 'center' }}>
        <h3>
          {name('kind', leg.kind)} · <Money of={leg.amount} />
        </h3>
        <span className="small soft">
          <Status of={leg.state} /> {t('leg.since')} <When at={leg.since} />
        </span>
      </div>
      {here >= 0 && (
        <ol className="journey">
          {stations.map(([station], at) => (
            <li
              key={station}
              className={at < here || leg.state === 'completed' ? 'past' : at === here ? 'here' : undefined}
              aria-current={at === here ? 'step' : undefined}
            >
              {name('station', station)}
            </li>
          ))}
        </ol>
      )}
      {leg.attention && (
        <p className="note bad">
          <strong>{attentionOf(leg.attention.code, words)}</strong> <Said>{leg.attention.sentence ?? ''}</Said>{' '}
          {leg.attention.owner && <span className="soft small">{name('owner', leg.attention.owner)}</span>}
        </p>
      )}
      <Facts
        rows={[
          [
            t('leg.to'),
            <span key="to">
              {leg.payout.legalName} · <span className="number">{leg.payout.clabe}</span>{' '}
              <span className="soft small">
                {name('rail', leg.rail)}
                {leg.payout.isVerified ? ` · ${t('leg.verified')}` : ''}
              </span>
            </span>,
          ],
          ...(leg.escrow.id
            ? [
                [
                  t('leg.escrow'),
                  <span key="escrow">
                    #{leg.escrow.id} {leg.escrow.contract && <Id of={leg.escrow.contract} />}{' '}
                    {leg.escrow.deadline && (
                      <span className="soft small">
                        {t('leg.deadline')} <When at={leg.escrow.deadline} />
                      </span>
                    )}
                  </span>,
                ] as const,
              ]
            : []),
          ...(leg.replaces ? [[t('leg.replaces'), <Id key="replaces" of={leg.replaces} />] as const] : []),
        ]}
      />
    </article>
  );
}
