import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { LIST_BREAKS, NOTE_BREAK } from '../../../reactor/http/routes/breaks.ts';
import type { AnswerOf } from '../../../reactor/http/routes/client.ts';
import { LIST_DISPUTES, RESOLVE_DISPUTE } from '../../../reactor/http/routes/disputes.ts';
import { CLOSE_HOLD, LIST_HOLDS } from '../../../reactor/http/routes/holds.ts';
import { LIST_PROPOSALS } from '../../../reactor/http/routes/proposals.ts';
import { ask, call } from '../../api/client.ts';
import { may } from '../../api/session.ts';
import { useWho } from '../../frame/entry.tsx';
import { largerFirst, units } from '../../look/format.ts';
import { Account } from '../../parts/account.tsx';
import { Act } from '../../parts/act.tsx';
import { Asked } from '../../parts/asked.tsx';
import { Badge, Money, Panel, Said, When } from '../../parts/basic.tsx';
import { Decide } from '../../parts/decide.tsx';
import { usePages } from '../../parts/pages.ts';
import { PaymentNumber } from '../../parts/payment-link.tsx';
import { ProposalCards } from '../../parts/proposal.tsx';
import { Switch } from '../../parts/switch.tsx';
import { Table } from '../../parts/table.tsx';
import { Turn } from '../../parts/turn.tsx';
import { useWords } from '../../words/use.tsx';

const LIVE_MS = 5_000;

export function ApprovalsQueue() {
  const { t, name } = useWords();
  const query = useQuery({ ...ask(LIST_PROPOSALS, { query: {} }), refetchInterval: LIVE_MS });
  return (
    <Panel title={name('queue', 'approvals')}>
      <Asked query={query}>
        {({ proposals }) =>
          proposals.length > 0 ? (
            // What ends first stands first.
            <ProposalCards proposals={proposals.toSorted((a, b) => a.expiresAt.localeCompare(b.expiresAt))} />
          ) : (
            <p className="soft">{t('queue.empty')}</p>
          )
        }
      </Asked>
    </Panel>
  );
}

const side = (amount: string | null): string => (amount === null ? '—' : units(amount));

export function BreaksQueue() {
  const { t, name } = useWords();
  const who = useWho();
  const { query, rows, more } = usePages(['listBreaks', 'open'], async (cursor) => {
    const page = await call(LIST_BREAKS, { query: { limit: 100, cursor } });
    return { rows: page.items, next: page.nextCursor };
  });
  return (
    <Panel title={name('queue', 'breaks')} flush>
      <Asked query={query}>
        {() => (
          <Table
            label={name('queue', 'breaks')}
            rows={rows.toSorted((a, b) => largerFirst(a.shortfall, b.shortfall) || older(a, b))}
            keyOf={(one) => one.id}
            empty={t('break.none')}
            more={more}
            columns={[
              { head: t('break.kind'), kind: 'main-cell', cell: (one) => name('break', one.kind) },
              { head: t('break.account'), cell: (one) => <Account of={one.account} /> },
              {
                head: t('break.short'),
                kind: 'right',
                cell: (one) => (
                  <span className="number">
                    {units(one.shortfall)} {one.currency}
                  </span>
                ),
              },
              {
                head: t('break.sides'),
                cell: (one) => (
                  <span className="number small">
                    {t('break.books')} {side(one.books)} · {t('break.chain')} {side(one.chain)} · Juno {side(one.juno)}
                  </span>
                ),
              },
              { head: t('queue.next'), kind: 'wide', cell: (one) => <Said>{one.nextStep}</Said> },
              { head: t('queue.since'), cell: (one) => <When at={one.openedAt} how="ago" /> },
              {
                head: t('break.note'),
                cell: (one) =>
                  may(who, NOTE_BREAK.roles) && (
                    <Act
                      {...{ label: t('break.note'), title: t('break.note'), about: t('break.note.about') }}
                      {...{ route: NOTE_BREAK, parameters: { id: one.id }, reasonName: 'note', isSmall: true }}
                    />
                  ),
              },
            ]}
          />
        )}
      </Asked>
    </Panel>
  );
}

type Dispute = AnswerOf<typeof LIST_DISPUTES>['disputes'][number];
type Hold = AnswerOf<typeof LIST_HOLDS>['holds'][number];

const older = (a: { openedAt: string }, b: { openedAt: string }): number => a.openedAt.localeCompare(b.openedAt);

/** Those that wait to be decided first, of these the largest; then by how long they are open. */
const byDispute = (a: Dispute, b: Dispute): number =>
  Number(b.state === 'open') - Number(a.state === 'open') || largerFirst(a.amount, b.amount) || older(a, b);
/** What holds everything of a user or a rail first, then the largest. */
const byHold = (a: Hold, b: Hold): number =>
  Number(a.payment !== null) - Number(b.payment !== null) ||
  largerFirst(a.payment?.amount ?? '0.00', b.payment?.amount ?? '0.00') ||
  older(a, b);

export function DisputesQueue() {
  const words = useWords();
  const { t, name } = words;
  const query = useQuery({ ...ask(LIST_DISPUTES, { query: {} }), refetchInterval: LIVE_MS });
  return (
    <Panel title={name('queue', 'disputes')} flush>
      <Asked query={query}>
        {({ disputes }) => (
          <Table
            label={name('queue', 'disputes')}
            rows={disputes.toSorted(byDispute)}
            keyOf={(one) => one.id}
            empty={t('queue.empty')}
            columns={[
              {
                head: t('payment.one.short'),
                kind: 'main-cell',
                cell: (one) => <PaymentNumber of={one.number} />,
              },
              { head: t('queue.held'), kind: 'right', cell: (one) => <Money of={one.amount} /> },
              { head: t('field.by'), cell: (one) => name('party', one.openedBy) },
              { head: t('queue.why'), cell: (one) => words.known('reason', one.reasonCode) ?? one.reasonCode },
              { head: t('payment.status'), cell: (one) => <Badge tone="warn">{name('dispute', one.state)}</Badge> },
              { head: t('queue.since'), cell: (one) => <When at={one.openedAt} how="ago" /> },
              {
                head: t('queue.next'),
                cell: (one) =>
                  one.state === 'open' ? (
                    <Decide id={one.id} />
                  ) : (
                    <span className="small">
                      {t('dispute.appealable')} {one.appealableUntil && <When at={one.appealableUntil} />}
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

export function HoldsQueue() {
  const words = useWords();
  const { t, name } = words;
  const who = useWho();
  const query = useQuery({ ...ask(LIST_HOLDS, { query: {} }), refetchInterval: LIVE_MS });
  return (
    <Panel title={name('queue', 'holds')} flush>
      <Asked query={query}>
        {({ holds }) => (
          <Table
            label={name('queue', 'holds')}
            rows={holds.toSorted(byHold)}
            keyOf={(one) => one.id}
            empty={t('queue.empty')}
            columns={[
              {
                head: t('hold.on'),
                kind: 'main-cell',
                cell: (one) => (one.payment ? <PaymentNumber of={one.payment.number} /> : <Switch of={one.on} />),
              },
              {
                head: t('queue.held'),
                kind: 'right',
                cell: (one) => (one.payment ? <Money of={one.payment.amount} /> : t('queue.held.all')),
              },
              { head: t('payment.kind'), cell: (one) => name('held', one.kind) },
              {
                head: t('queue.why'),
                kind: 'wide',
                cell: (one) => (
                  <>
                    <strong>{words.known('reason', one.reasonCode) ?? one.reasonCode}</strong>{' '}
                    {one.kind === 'dispute' ? <Said>{one.sentence}</Said> : one.sentence}
                  </>
                ),
              },
              { head: t('payment.owner'), cell: (one) => name('owner', one.owner) },
              { head: t('queue.since'), cell: (one) => <When at={one.openedAt} how="ago" /> },
              {
                head: t('queue.next'),
                cell: (one) =>
                  one.kind === 'dispute' ? (
                    <Link className="button small" to="/queues" search={{ queue: 'disputes' }}>
                      {may(who, RESOLVE_DISPUTE.roles) ? t('dispute.decide') : name('queue', 'disputes')}
                    </Link>
                  ) : may(who, CLOSE_HOLD.roles) ? (
                    <Act
                      {...{ label: t('hold.close'), title: t('hold.close'), about: t('hold.close.about') }}
                      {...{ route: CLOSE_HOLD, parameters: { id: one.id }, isSmall: true }}
                    />
                  ) : (
                    <Turn what={t('hold.close')}>{null}</Turn>
                  ),
              },
            ]}
          />
        )}
      </Asked>
    </Panel>
  );
}
