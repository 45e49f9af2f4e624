import { Link } from '@tanstack/react-router';
import { useWords } from '../words/use.tsx';
import { Id } from './basic.tsx';
import { PaymentNumber } from './payment-link.tsx';
import { Switch } from './switch.tsx';

/** What something was done to: by its name, and where it is looked at; of a payment by its number, where that is known. */
export function Subject({ of, payment = null }: { of: string; payment?: number | null }) {
  const { name, known } = useWords();
  const [kind = '', id = ''] = of.split(/:(.*)/s);
  const what = known('subject', kind);
  if (what === null) return <span className="mono">{of}</span>;
  const short = `${what} ${id.slice(0, 8)}…`;
  if (payment !== null)
    return (
      <>
        {kind !== 'payment' && `${what} · `}
        {known('subject', 'payment')} <PaymentNumber of={payment} />
      </>
    );
  switch (kind) {
    case 'payment':
      return (
        <Link to="/payments/$id" params={{ id }} title={id}>
          {short}
        </Link>
      );
    case 'user':
      return (
        <Link to="/users/$id" params={{ id }} title={id}>
          {short}
        </Link>
      );
    case 'leg':
    case 'effect':
    case 'dispute':
      return (
        <Link to="/find/$id" params={{ id }} title={id}>
          {short}
        </Link>
      );
    case 'switch':
      return (
        <>
          {what}: <Switch of={id} />
        </>
      );
    case 'cap':
      return `${what}: ${name('cap', id)}`;
    default:
      return id === '' ? (
        what
      ) : (
        <>
          {what} <Id of={id} />
        </>
      );
  }
}
