import { LIST_EFFECTS, LOOK_AT_EFFECT, PROPOSE_FOR_EFFECT } from '../../../reactor/http/routes/effects.ts';
import { call } from '../../api/client.ts';
import { may } from '../../api/session.ts';
import { useWho } from '../../frame/entry.tsx';
import { Act } from '../../parts/act.tsx';
import { Asked } from '../../parts/asked.tsx';
import { Panel, Said, When } from '../../parts/basic.tsx';
import { More } from '../../parts/more.tsx';
import { usePages } from '../../parts/pages.ts';
import { OpenPayment } from '../../parts/payment-link.tsx';
import { Subject } from '../../parts/subject.tsx';
import { Table } from '../../parts/table.tsx';
import { Turn, useProposals } from '../../parts/turn.tsx';
import { useWords } from '../../words/use.tsx';

/** What was sent first has been unknown for the longest. */
const sentAt = ({ firstSentAt, createdAt }: { firstSentAt: string | null; createdAt: string }) =>
  firstSentAt ?? createdAt;

/** What was sent and whose answer was lost: it is looked for, never sent again. */
export function UnknownQueue() {
  const { t, name } = useWords();
  const who = useWho();
  const proposals = useProposals();
  const { query, rows, more } = usePages(['listEffects', 'unknown'], async (cursor) => {
    const page = await call(LIST_EFFECTS, { query: { state: 'unknown', limit: 100, cursor } });
    return { rows: page.effects, next: page.nextCursor };
  });
  return (
    <Panel title={name('queue', 'unknown')} flush>
      <Asked query={query}>
        {() => (
          <Table
            label={name('queue', 'unknown')}
            rows={rows.toSorted((a, b) => sentAt(a).localeCompare(sentAt(b)))}
            keyOf={(one) => one.id}
            empty={t('queue.empty')}
            more={more}
            columns={[
              { head: t('effect.kind'), kind: 'main-cell', cell: (one) => name('effect', one.kind) },
              {
                head: t('payment.one.short'),
                cell: (one) => (one.paymentId ? <OpenPayment id={one.paymentId} /> : <Subject of={one.subject} />),
              },
              {
                head: t('payment.deposit'),
                kind: 'right',
                cell: (one) => <span className="number">{one.amount}</span>,
              },
              { head: t('effect.sent'), cell: (one) => <When at={sentAt(one)} how="ago" /> },
              { head: t('queue.why'), kind: 'wide', cell: (one) => <Said>{one.error?.text ?? ''}</Said> },
              {
                head: t('queue.next'),
                cell: (one) => (
                  <span className="pair">
                    {may(who, LOOK_AT_EFFECT.roles) && (
                      <Act
                        {...{ label: t('effect.look'), title: t('effect.look'), about: t('effect.look.about') }}
                        {...{ route: LOOK_AT_EFFECT, parameters: { id: one.id }, isSmall: true }}
                      />
                    )}
                    <Turn
                      what={t('effect.resolve')}
                      pending={proposals.find(({ subject }) => subject === `effect:${one.id}`)}
                    >
                      <More
                        isSmall
                        acts={[
                          {
                            ...{ label: t('effect.resolve'), title: t('effect.resolve'), route: PROPOSE_FOR_EFFECT },
                            ...{ about: t('effect.resolve.about'), parameters: { id: one.id } },
                            fields: [
                              {
                                name: 'as',
                                label: t('effect.became'),
                                options: (['happened', 'not_happened'] as const).map((as) => [as, name('became', as)]),
                              },
                              { name: 'externalId', label: t('effect.externalId'), isOptional: true },
                            ],
                            bodyOf: ({ as, externalId }) => ({
                              do: 'resolve',
                              how: as === 'happened' ? { as, externalId: externalId ?? '' } : { as },
                            }),
                          },
                        ]}
                      />
                    </Turn>
                  </span>
                ),
              },
            ]}
          />
        )}
      </Asked>
    </Panel>
  );
}
