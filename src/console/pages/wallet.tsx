import { useQuery } from '@tanstack/react-query';
import { PROPOSE_FOR_EFFECT } from '../../reactor/http/routes/effects.ts';
import { APPROVE_TOKEN, GET_TOKEN } from '../../reactor/http/routes/operate.ts';
import { GET_OVERVIEW } from '../../reactor/http/routes/overview.ts';
import { CARRY_OVER, LIST_FORMER_WALLETS, LIST_NONCES, LIST_TRANSACTIONS } from '../../reactor/http/routes/wallet.ts';
import { ask } from '../api/client.ts';
import { may } from '../api/session.ts';
import { useWho } from '../frame/entry.tsx';
import { amountIn, count, fewDecimals, units } from '../look/format.ts';
import { linesOf } from '../parts/account-fields.ts';
import { Act } from '../parts/act.tsx';
import { Asked } from '../parts/asked.tsx';
import { Badge, Facts, Head, Id, Panel, Said, When } from '../parts/basic.tsx';
import { OpenPayment } from '../parts/payment-link.tsx';
import { Table } from '../parts/table.tsx';
import { codeOf } from '../words/codes.ts';
import { useWords } from '../words/use.tsx';

export default function Wallet() {
  const { t, name, locale } = useWords();
  const who = useWho();
  const sent = useQuery({ ...ask(LIST_TRANSACTIONS, { query: { limit: 50 } }), refetchInterval: 3_000 });
  const taken = useQuery({ ...ask(LIST_NONCES, {}), refetchInterval: 30_000 });
  const former = useQuery(ask(LIST_FORMER_WALLETS, {}));
  const overview = useQuery({ ...ask(GET_OVERVIEW, {}), refetchInterval: 10_000 });
  const funds = overview.data?.funds;
  return (
    <div className="stack">
      <Head title={t('nav.wallet')} about={t('wallet.about')} />
      <Asked query={sent}>
        {({ wallet, transactions }) => (
          <>
            <Panel title={t('wallet.bridge')}>
              <Facts
                rows={[
                  [t('wallet.address'), <Id key="a" of={wallet} whole />],
                  [t('wallet.inFlight'), String(transactions.filter(({ succeeded }) => succeeded === null).length)],
                  [t('wallet.gas'), funds ? `${fewDecimals(funds.gas)} ETH` : t('overview.funds.unknown')],
                  [t('overview.runway'), funds ? count(funds.gasTransactions, locale) : '—'],
                  [t('wallet.mxnb'), funds ? `${units(funds.mxnb)} MXNB` : '—'],
                ]}
              />
            </Panel>
            <Panel title={t('wallet.lane')} flush>
              <Table
                label={t('wallet.lane')}
                rows={transactions}
                keyOf={(one) => one.hash}
                empty={t('wallet.none')}
                columns={[
                  {
                    head: t('wallet.nonce'),
                    kind: 'main-cell',
                    cell: (one) => (
                      <span className="number">
                        {one.nonce}
                        {one.version > 0 && ` · ${t('wallet.replaced', { version: one.version })}`}
                      </span>
                    ),
                  },
                  { head: t('effect.kind'), cell: (one) => (one.isNoop ? t('wallet.noop') : name('effect', one.kind)) },
                  {
                    head: t('payment.status'),
                    cell: (one) =>
                      one.succeeded === null ? (
                        <Badge tone="wait">{t(one.minedBlock ? 'wallet.mined' : 'wallet.pending')}</Badge>
                      ) : (
                        <Badge tone={one.succeeded ? 'good' : 'bad'}>
                          {t(one.succeeded ? 'wallet.final' : 'wallet.failed')}
                        </Badge>
                      ),
                  },
                  {
                    head: t('wallet.block'),
                    kind: 'right',
                    cell: (one) => <span className="number">{one.minedBlock ?? '—'}</span>,
                  },
                  { head: t('wallet.hash'), cell: (one) => <Id of={one.hash} /> },
                  { head: t('wallet.signed'), cell: (one) => <When at={one.signedAt} /> },
                  {
                    head: t('payment.one.short'),
                    cell: (one) => (one.paymentId ? <OpenPayment id={one.paymentId} /> : '—'),
                  },
                ]}
              />
            </Panel>
          </>
        )}
      </Asked>
      <Panel title={t('wallet.taken')} flush>
        <Asked query={taken}>
          {({ nonces }) => (
            <Table
              label={t('wallet.taken')}
              rows={nonces}
              keyOf={(one) => String(one.nonce)}
              empty={t('wallet.taken.none')}
              columns={[
                {
                  head: t('wallet.nonce'),
                  kind: 'main-cell',
                  cell: (one) => <span className="number">{one.nonce}</span>,
                },
                { head: t('effect.kind'), cell: (one) => name('effect', one.kind) },
                { head: t('wallet.takenBy'), cell: (one) => (one.takenBy ? <Id of={one.takenBy.hash} /> : '—') },
                { head: t('queue.why'), kind: 'wide', cell: (one) => <Said>{one.problem ?? ''}</Said> },
                {
                  head: t('queue.next'),
                  cell: (one) =>
                    one.takenBy &&
                    one.problem === null &&
                    may(who, PROPOSE_FOR_EFFECT.roles) && (
                      <Act
                        {...{ label: t('do.nonce'), title: t('do.nonce'), about: t('do.nonce.about'), isSmall: true }}
                        {...{ route: PROPOSE_FOR_EFFECT, parameters: { id: one.effectId } }}
                        bodyOf={() => ({ do: 'clear-nonce', how: { takenBy: one.takenBy?.hash } })}
                      />
                    ),
                },
              ]}
            />
          )}
        </Asked>
      </Panel>
      <Panel title={t('wallet.former')} flush>
        <Asked query={former}>
          {(known) => (
            <Table
              label={t('wallet.former')}
              rows={known.former}
              keyOf={(one) => one.wallet}
              empty={t('wallet.former.none')}
              columns={[
                { head: t('wallet.address'), kind: 'main-cell', cell: (one) => <Id of={one.wallet} /> },
                {
                  head: t('payment.legs'),
                  kind: 'right',
                  cell: (one) => <span className="number">{one.legs.length}</span>,
                },
                {
                  head: t('payment.deposit'),
                  kind: 'right',
                  cell: (one) => <span className="number">{amountIn(one.amount)}</span>,
                },
                {
                  head: t('queue.next'),
                  cell: (one) =>
                    may(who, CARRY_OVER.roles) && (
                      <Act
                        {...{ label: t('do.carry'), title: t('do.carry'), about: t('do.carry.about'), isSmall: true }}
                        {...{ route: CARRY_OVER, parameters: { wallet: one.wallet } }}
                        fields={[
                          {
                            ...{ name: 'hashes', label: t('field.txHashes'), hint: t('field.txHashes.hint') },
                            ...{ isLong: true },
                          },
                        ]}
                        bodyOf={({ hashes }) => ({ do: 'carry-over', how: { txHashes: linesOf(hashes) } })}
                      />
                    ),
                },
              ]}
            />
          )}
        </Asked>
      </Panel>
      <Token />
    </div>
  );
}

/** What the token is, what escrow contracts may take of it, and the newest transfers. */
function Token() {
  const { t, known } = useWords();
  const who = useWho();
  const query = useQuery({ ...ask(GET_TOKEN, {}), staleTime: 30_000 });
  return (
    <Panel
      title={t('wallet.token')}
      aside={
        may(who, APPROVE_TOKEN.roles) && (
          <Act
            {...{ label: t('do.allow'), title: t('do.allow'), about: t('do.allow.about'), route: APPROVE_TOKEN }}
            isSmall
          />
        )
      }
    >
      <Asked query={query}>
        {({ address, symbol, allowances, transfers }) => (
          <div className="stack">
            <Facts
              rows={[
                [symbol, <Id key="t" of={address} />],
                ...allowances.map(
                  (one) =>
                    [
                      t('wallet.allowance'),
                      <span key={one.contract}>
                        <Id of={one.contract} />{' '}
                        <span className="number">
                          {codeOf('allowance', one.allowance, known) ?? amountIn(one.allowance)}
                        </span>
                      </span>,
                    ] as const,
                ),
              ]}
            />
            <Table
              label={t('wallet.transfers')}
              rows={transfers}
              keyOf={(one) => `${one.txHash} ${one.from} ${one.to} ${one.amount}`}
              empty={t('wallet.none')}
              columns={[
                { head: t('wallet.transfers'), kind: 'main-cell', cell: (one) => <Id of={one.txHash} /> },
                { head: t('wallet.block'), cell: (one) => <span className="number">{one.block}</span> },
                { head: t('suspense.from'), cell: (one) => <Id of={one.from} /> },
                { head: t('audit.to'), cell: (one) => <Id of={one.to} /> },
                {
                  head: t('payment.deposit'),
                  kind: 'right',
                  cell: (one) => <span className="number">{amountIn(one.amount)}</span>,
                },
              ]}
            />
          </div>
        )}
      </Asked>
    </Panel>
  );
}
