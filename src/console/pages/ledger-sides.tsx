import type { AnswerOf } from '../../reactor/http/routes/client.ts';
import type { GET_CLOSING } from '../../reactor/http/routes/reports.ts';
import { difference, standing, sumOf, units } from '../look/format.ts';
import { Account } from '../parts/account.tsx';
import { Badge, Panel, When } from '../parts/basic.tsx';
import { Table } from '../parts/table.tsx';
import { useWords } from '../words/use.tsx';

type Closing = AnswerOf<typeof GET_CLOSING>;
type Side = NonNullable<Closing['sides']>['accounts'][number];
type Owed = Closing['figures']['balances'];

/** Whose word counts for an account: the chain’s, or that of Juno and Bitso. */
const isOnChain = ({ account }: Side): boolean => account.startsWith('bridge') || account.startsWith('escrow');
/** Accounts that say whose the money is, and not where. */
const OWED = new Set(['liability', 'commission', 'payable', 'suspense', 'own', 'paying_out']);

/** Each account three ways: what the books say, what the chain says, what Juno and Bitso say; and what is owed against all of it. */
export function Sides({ sides, balances }: { sides: Closing['sides']; balances: Owed }) {
  const { t } = useWords();
  const rows = sides?.accounts ?? [];
  const totalOf = (some: readonly Side[]) => sumOf(some.map(({ outside }) => outside ?? '0.00'));
  const owed = sumOf(balances.filter(({ account }) => OWED.has(account)).map(({ posted }) => posted));
  const cells = [
    [t('ledger.way.books'), sumOf(rows.map(({ books }) => books))],
    [t('ledger.way.chain'), totalOf(rows.filter(isOnChain))],
    [t('ledger.way.juno'), totalOf(rows.filter((one) => !isOnChain(one)))],
    [t('ledger.way.owed'), difference('0.00', owed)],
  ] as const;
  return (
    <Panel
      title={t('ledger.sides')}
      flush
      aside={
        sides && (
          <span className="soft small">
            {sides.block !== null && t('ledger.sides.block', { block: sides.block })} <When at={sides.at} />
          </span>
        )
      }
    >
      <Table
        label={t('ledger.sides')}
        rows={rows}
        keyOf={(one) => `${one.account} ${one.currency}`}
        empty={t('ledger.sides.none')}
        columns={[
          { head: t('break.account'), kind: 'main-cell', cell: (one) => <Account of={one.account} /> },
          { head: t('ledger.way.books'), kind: 'right', cell: (one) => <Units of={one.books} in={one.currency} /> },
          {
            head: t('ledger.way.chain'),
            kind: 'right',
            cell: (one) => (isOnChain(one) ? <Outside of={one} /> : <span className="soft">—</span>),
          },
          {
            head: t('ledger.way.juno'),
            kind: 'right',
            cell: (one) => (isOnChain(one) ? <span className="soft">—</span> : <Outside of={one} />),
          },
          { head: t('ledger.difference'), kind: 'right', cell: (one) => <Difference of={one} /> },
        ]}
      />
      {rows.length > 0 && (
        <div style={{ padding: '0.8rem 1rem' }}>
          <dl className="figures">
            {cells.map(([label, value]) => (
              <div key={label} className="figure">
                <dt className="label">{label}</dt>
                <dd className="value">{units(value)}</dd>
              </div>
            ))}
          </dl>
        </div>
      )}
    </Panel>
  );
}

export const Units = ({ of, in: currency }: { of: string; in: string }) => (
  <span className="number">
    {units(of)} <span className="soft small">{currency}</span>
  </span>
);

function Outside({ of }: { of: Side }) {
  const { t } = useWords();
  return of.outside === null ? (
    <span className="soft">{t('ledger.unread')}</span>
  ) : (
    <Units of={of.outside} in={of.currency} />
  );
}

/** What is missing, what is on its way, and what is more than the books have are not the same to whoever reads them. */
function Difference({ of: { books, outside, least } }: { of: Side }) {
  const { t } = useWords();
  if (outside === null) return <Badge tone="idle">{t('ledger.unread')}</Badge>;
  const over = difference(outside, books);
  if (over === '0.00') return <Badge tone="good">{t('ledger.same')}</Badge>;
  if (!over.startsWith('-')) return <Badge tone="idle">{t('ledger.surplus', { amount: units(over) })}</Badge>;
  const isMissing = least === undefined || difference(outside, least).startsWith('-');
  const amount = units(over.slice(1));
  return (
    <Badge tone={isMissing ? 'bad' : 'wait'}>{t(isMissing ? 'ledger.shortage' : 'ledger.onItsWay', { amount })}</Badge>
  );
}

/** The same of what is asked now: what is under way may have happened there already, or not yet. */
export function Between({ balance, posted, booked }: Readonly<{ balance: string; posted: string; booked: string }>) {
  const { t } = useWords();
  const is = standing({ balance, posted, booked });
  const amount = units(is.amount);
  if (is.as === 'same') return <Badge tone="good">{t('ledger.same')}</Badge>;
  if (is.as === 'under way') return <Badge tone="wait">{t('ledger.onItsWay', { amount })}</Badge>;
  return (
    <Badge tone={is.as === 'over' ? 'idle' : 'bad'}>
      {t(is.as === 'over' ? 'ledger.surplus' : 'ledger.shortage', { amount })}
    </Badge>
  );
}
