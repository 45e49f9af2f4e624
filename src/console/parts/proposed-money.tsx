import { useQuery } from '@tanstack/react-query';
import { LIST_GUARDS } from '../../reactor/http/routes/guards.ts';
import { ask } from '../api/client.ts';
import { useWords } from '../words/use.tsx';
import { Money } from './basic.tsx';
import { PaymentNumber } from './payment-link.tsx';
import type { Proposal } from './proposed.ts';

type Account = Proposal['money']['accounts'][number];

const CAP = 'cap:';
/** What other accounts are named for beside those that are paid already: nothing of these takes their place. */
const BESIDES = 'suspense give';

/** The money that a proposal moves, or what a cap was before. */
export function ProposedMoney({ of: { command, subject, money } }: { of: Proposal }) {
  if (subject.startsWith(CAP)) return <Before cap={subject.slice(CAP.length)} />;
  return <MoneyMoved of={money} isBesides={command === BESIDES} />;
}

/** Of which payment, how much, whose account it goes to, and which it went to before. */
export function MoneyMoved({ of, isBesides = false }: Readonly<{ of: Proposal['money']; isBesides?: boolean }>) {
  const { t, name } = useWords();
  const { payments, parts, accounts } = of;
  if (payments.length === 0 && accounts.length === 0) return null;
  const isReplaced = accounts.length > 0 && !isBesides;
  return (
    <ul className="told">
      {payments.map(({ id, number }) => (
        <li key={id}>
          {name('plan', 'paymentId')} <PaymentNumber of={number} />
        </li>
      ))}
      {parts.map(({ legId, kind, amount, account }) => (
        <li key={legId}>
          {name('kind', kind)} <Money of={amount} /> · {isReplaced ? t('proposal.now') : name('plan', 'to')}:{' '}
          <Seen account={account} />
        </li>
      ))}
      {accounts.map((account) => (
        <li key={account.clabe}>
          {isReplaced ? t('proposal.then') : name('plan', 'to')}: <Seen account={account} />
        </li>
      ))}
    </ul>
  );
}

const Seen = ({ account: { legalName, clabe } }: { account: Account }) => (
  <strong>
    {legalName} · <span className="number">{clabe}</span>
  </strong>
);

/** What a cap is before it is raised. */
function Before({ cap }: { cap: string }) {
  const { t } = useWords();
  const { data } = useQuery(ask(LIST_GUARDS, { query: {} }));
  const found = data?.caps.find(({ name }) => name === cap);
  return found ? (
    <p>
      {t('proposal.before')}: <strong>{found.limit}</strong>
    </p>
  ) : null;
}
