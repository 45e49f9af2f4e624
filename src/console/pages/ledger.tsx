import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { LIST_BREAKS } from '../../reactor/http/routes/breaks.ts';
import { GET_BALANCES } from '../../reactor/http/routes/operate.ts';
import { GET_CLOSING, GET_CLOSING_CSV } from '../../reactor/http/routes/reports.ts';
import { ask, call } from '../api/client.ts';
import { amountIn, difference, isoDay, units, day as wholeDay } from '../look/format.ts';
import { Account } from '../parts/account.tsx';
import { Asked } from '../parts/asked.tsx';
import { Badge, Facts, Head, Id, Money, Panel, When } from '../parts/basic.tsx';
import { Download } from '../parts/download.tsx';
import { TextField } from '../parts/field.tsx';
import { Table } from '../parts/table.tsx';
import { useWords } from '../words/use.tsx';
import { Between, Sides, Units } from './ledger-sides.tsx';

const TONES = { running: 'wait', open: 'warn', closed: 'good' } as const;

/** The books of a business day: each balance, what the outside says of it, what moved, and whether the day is closed. */
export default function Ledger() {
  const { t, name, locale } = useWords();
  const [day, setDay] = useState(() => isoDay(new Date()));
  const closing = useQuery({ ...ask(GET_CLOSING, { parameters: { day } }), refetchInterval: 10_000 });
  const breaks = useQuery({ ...ask(LIST_BREAKS, { query: { limit: 1 } }), refetchInterval: 10_000 });
  return (
    <div className="stack">
      <Head title={t('nav.ledger')} about={t('ledger.about')}>
        <Download
          label={t('ledger.export')}
          name={`kustodia-closing-${day}.csv`}
          read={() => call(GET_CLOSING_CSV, { parameters: { day } })}
        />
        <button type="button" className="button" onClick={() => print()}>
          {t('print')}
        </button>
      </Head>
      <div className="filters no-print">
        <TextField label={t('ledger.day')} type="date" value={day} onChange={(text) => text && setDay(text)} />
        {breaks.data && (
          <Link to="/queues" search={{ queue: 'breaks' }} className="button">
            {t(breaks.data.items.length > 0 ? 'ledger.breaks' : 'ledger.nobreaks')}
          </Link>
        )}
        {breaks.data?.reconciledAt && (
          <span className="soft small">
            {t('ledger.compared')} <When at={breaks.data.reconciledAt} how="ago" />
          </span>
        )}
      </div>
      <Now />
      <Asked query={closing}>
        {({ state, closedAt, isUnchanged, hash, openBreaks, figures, sides }) => (
          <>
            <Panel
              title={t('ledger.closing', { day: wholeDay(`${day}T12:00:00-06:00`, locale) })}
              aside={<Badge tone={TONES[state]}>{name('closing', state)}</Badge>}
            >
              {isUnchanged === false && <p className="note bad">{t('ledger.changed')}</p>}
              <Facts
                rows={[
                  [t('ledger.state'), t(`ledger.${state}`)],
                  ...(closedAt ? [[t('ledger.closedAt'), <When key="c" at={closedAt} how="full" />] as const] : []),
                  [t('ledger.openBreaks'), String(openBreaks)],
                  [t('ledger.hash'), <Id key="h" of={hash} />],
                ]}
              />
            </Panel>
            <Sides sides={sides} balances={figures.balances} />
            <div className="grid2">
              <Panel title={t('ledger.balances')} flush>
                <Table
                  label={t('ledger.balances')}
                  rows={figures.balances}
                  keyOf={(one) => `${one.account} ${one.contract} ${one.currency}`}
                  empty={t('queue.empty')}
                  columns={[
                    {
                      head: t('break.account'),
                      kind: 'main-cell',
                      cell: (one) => <Account of={`${one.account} ${one.contract}`.trim()} />,
                    },
                    {
                      head: t('ledger.posted'),
                      kind: 'right',
                      cell: (one) => <Units of={one.posted} in={one.currency} />,
                    },
                    {
                      head: t('ledger.underway'),
                      kind: 'right',
                      cell: (one) => <Units of={one.underWay} in={one.currency} />,
                    },
                  ]}
                />
              </Panel>
              <Panel title={t('ledger.moved')} flush>
                <Table
                  label={t('ledger.moved')}
                  rows={[
                    ...figures.moneyIn.map((one) => ({ ...one, way: t('ledger.in') })),
                    ...figures.moneyOut.map((one) => ({ ...one, way: t('ledger.out') })),
                    { ...figures.commissions, what: t('ledger.earned'), way: '' },
                  ]}
                  keyOf={(one) => `${one.way} ${one.what}`}
                  empty={t('queue.empty')}
                  columns={[
                    {
                      head: t('ledger.what'),
                      kind: 'main-cell',
                      cell: (one) => `${one.way} ${name('moved', one.what)}`,
                    },
                    {
                      head: t('ledger.count'),
                      kind: 'right',
                      cell: (one) => <span className="number">{one.count}</span>,
                    },
                    { head: t('payment.deposit'), kind: 'right', cell: (one) => <Money of={one.amount} /> },
                  ]}
                />
              </Panel>
            </div>
          </>
        )}
      </Asked>
    </div>
  );
}

/** The figure alone of “1500.00 MXNB”. */
const plain = (amount: string): string => amount.split(' ')[0] ?? '0.00';
const signed = (amount: string): string => (amount === '0.00' || amount.startsWith('-') ? '' : '+') + units(amount);

/** What lies where at this moment, asked of chain and Juno themselves. */
function Now() {
  const { t } = useWords();
  const query = useQuery({ ...ask(GET_BALANCES, {}), staleTime: 20_000 });
  return (
    <Panel title={t('ledger.now')} flush>
      <Asked query={query}>
        {({ accounts }) => (
          <Table
            label={t('ledger.now')}
            rows={accounts}
            keyOf={(one) => `${one.account} ${one.address ?? ''} ${one.balance}`}
            empty={t('queue.empty')}
            columns={[
              { head: t('break.account'), kind: 'main-cell', cell: (one) => <Account of={one.account} /> },
              { head: t('wallet.address'), cell: (one) => (one.address ? <Id of={one.address} /> : '—') },
              {
                head: t('ledger.now.balance'),
                kind: 'right',
                cell: (one) => <span className="number">{amountIn(one.balance)}</span>,
              },
              {
                head: t('ledger.now.booked'),
                kind: 'right',
                cell: (one) => <span className="number">{one.posted === null ? '—' : amountIn(one.posted)}</span>,
              },
              {
                head: t('ledger.underway'),
                kind: 'right',
                cell: ({ posted, booked }) => (
                  <span className="number">
                    {posted === null || booked === null ? '—' : signed(difference(plain(booked), plain(posted)))}
                  </span>
                ),
              },
              {
                head: t('ledger.difference'),
                kind: 'right',
                cell: ({ balance, posted, booked }) =>
                  posted === null || booked === null ? (
                    '—'
                  ) : (
                    <Between {...{ balance: plain(balance), posted: plain(posted), booked: plain(booked) }} />
                  ),
              },
            ]}
          />
        )}
      </Asked>
    </Panel>
  );
}
