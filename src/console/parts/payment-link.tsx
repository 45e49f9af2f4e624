import { Link } from '@tanstack/react-router';
import { useWords } from '../words/use.tsx';

/** Leads to a payment, by its number. */
export const PaymentNumber = ({ of }: { of: number }) => (
  <Link to="/payments/$id" params={{ id: String(of) }} className="number">
    #{of}
  </Link>
);

/** The same where only its id is known. */
export function OpenPayment({ id }: { id: string }) {
  const { t } = useWords();
  return (
    <Link to="/payments/$id" params={{ id }}>
      {t('payment.open')}
    </Link>
  );
}
