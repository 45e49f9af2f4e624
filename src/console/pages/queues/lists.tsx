import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { LIST_BREAKS, NOTE_BREAK } from '../../../reactor/http/routes/breaks.ts';
import { LIST_DISPUTES } from '../../../reactor/http/routes/disputes.ts';
import { CLOSE_HOLD, LIST_HOLDS } from '../../../reactor/http/routes/holds.ts';
import { LIST_PROPOSALS } from '../../../reactor/http/routes/proposals.ts';
import { ask, call } from '../../api/client.ts';
import { may } from '../../api/session.ts';
import { useWho } from '../../frame/entry.tsx';
import { units } from '../../look/format.ts';
import { Act } from '../../parts/act.tsx';
import { Asked } from '../../parts/asked.tsx';
import { Badge, Id, Panel, Said, When } from '../../parts/basic.tsx';
import { Decide } from '../../parts/decide.tsx';
import { usePages } from '../../parts/pages.ts';
import { OpenPayment } from '../../parts/payment-link.tsx';
import { ProposalCards } from '../../parts/proposal.tsx';
import { Table } from '../../parts/table.tsx';
import { useWords } from '../../words/use.tsx';

const LIVE_MS = 5_000;
const toPayment = (on: string): string | null => /^payment:(.+)$/.exec(on)?.[1] ?? null;

export function ApprovalsQueue() {
  const { t, name } = useWords();
  const query = useQuery({ ...ask(LIST_PROPOSALS, { query: {} }), refetchInterval: LIVE_MS });
  return (
    <Panel title={name('queue', 'approvals')}>
      <Asked query={query}>
        {({ proposals }) =>
          proposals.length > 0 ? <ProposalCards proposals={proposals} /> : <p className="soft">{t('queue.empty')}</p>
        }
      </Asked>
    </Panel>
  );
}

const side = (amount: string | null): string => (amount === null ? '—' : units(amount));

/** What it is called in the books, and the address that it has. */
function Account({ of }: { of: string }) {
  const [name, address] = of.split(/ (?=0x)/);
  return (
    <>
      <span className="mono">{name}</span> {address && <Id of={address} />}
    </>
  );
}

export function BreaksQueue() {
  const { t, name } = useWords();
  const who = useWho();
  const { query, rows, more } = usePages(['listBreaks', 'open'], async (cursor) => {
    const page = await call(LIST_BREAKS, { query: { limit: 50, cursor } });
    return { rows: page.items, next: page.nextCursor };
  });
  return (
    <Panel title={name('queue', 'breaks')} flush>
      <Asked query={query}>
        {() => (
          <Table
            label={name('queue', 'breaks')}
            rows={rows}
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

export function DisputesQueue() {
  const { t, name } = useWords();
  const query = useQuery({ ...ask(LIST_DISPUTES, { query: {} }), refetchInterval: LIVE_MS });
  return (
    <Panel title={name('queue', 'disputes')} flush>
      <Asked query={query}>
        {({ disputes }) => (
          <Table
            label={name('queue', 'disputes')}
            rows={disputes}
            keyOf={(one) => one.id}
            empty={t('queue.empty')}
            columns={[
              { head: t('payment.one.short'), kind: 'main-cell', cell: (one) => <OpenPayment id={one.paymentId} /> },
              { head: t('field.by'), cell: (one) => name('party', one.openedBy) },
              { head: t('queue.why'), cell: (one) => <span className="mono">{one.reasonCode}</span> },
              { head: t('payment.status'), cell: (one) => <Badge tone="warn">{name('dispute', one.state)}</Badge> },
              { head: t('queue.since'), cell: (one) => <When at={one.openedAt} how="ago" /> },
              {
                head: t('queue.next'),
                cell: (one) => one.state === 'open' && <Decide id={one.id} />,
              },
            ]}
          />
        )}
      </Asked>
    </Panel>
  );
}

export function HoldsQueue() {
  const { t, name } = useWords();
  const who = useWho();
  const query = useQuery({ ...ask(LIST_HOLDS, { query: {} }), refetchInterval: LIVE_MS });
  return (
    <Panel title={name('queue', 'holds')} flush>
      <Asked query={query}>
        {({ holds }) => (
          <Table
            label={name('queue', 'holds')}
            rows={holds}
            keyOf={(one) => one.id}
            empty={t('queue.empty')}
            columns={[
              {
                head: t('hold.on'),
                kind: 'main-cell',
                cell: (one) => {
                  const id = toPayment(one.on);
                  return id ? <OpenPayment id={id} /> : <span className="mono">{one.on}</span>;
                },
              },
              { head: t('payment.kind'), cell: (one) => name('held', one.kind) },
              {
                head: t('queue.why'),
                kind: 'wide',
                cell: (one) => (
                  <>
                    <span className="mono">{one.reasonCode}</span>{' '}
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
                      {name('queue', 'disputes')}
                    </Link>
                  ) : (
                    may(who, CLOSE_HOLD.roles) && (
                      <Act
                        {...{ label: t('hold.close'), title: t('hold.close'), about: t('hold.close.about') }}
                        {...{ route: CLOSE_HOLD, parameters: { id: one.id }, isSmall: true }}
                      />
                    )
                  ),
              },
            ]}
          />
        )}
      </Asked>
    </Panel>
  );
}
