import { Link } from '@tanstack/react-router';
import { CREATE_PAYMENT, PREVIEW_PAYMENT } from '../../reactor/http/routes/payments.ts';
import { CREATE_USER } from '../../reactor/http/routes/users.ts';
import { may } from '../api/session.ts';
import { useWho } from '../frame/entry.tsx';
import { useWords } from '../words/use.tsx';
import { paymentFields, paymentOf } from './account-fields.ts';
import { Act } from './act.tsx';
import { PaymentPreview } from './payment-preview.tsx';

/** Asks for a payment: its preview is what every leg comes to. */
export function NewPayment({ payerId = '' }: { payerId?: string }) {
  const words = useWords();
  const { t } = words;
  const who = useWho();
  if (!may(who, CREATE_PAYMENT.roles)) return null;
  return (
    <Act
      {...{ label: t('do.pay'), title: t('do.pay'), about: t('do.pay.about') }}
      {...{ route: CREATE_PAYMENT, previewBy: PREVIEW_PAYMENT }}
      fields={paymentFields(words, payerId)}
      bodyOf={paymentOf}
      planOf={(plan, values) => <PaymentPreview {...{ plan, values }} />}
      doneOf={(answer, close) => (
        <Link to="/payments/$id" params={{ id: idOf(answer) }} onClick={close}>
          {t('open.it')}
        </Link>
      )}
    />
  );
}

export function NewUser() {
  const { t } = useWords();
  const who = useWho();
  if (!may(who, CREATE_USER.roles)) return null;
  return (
    <Act
      {...{ label: t('do.user'), title: t('do.user'), about: t('do.user.about'), route: CREATE_USER }}
      fields={[
        { name: 'fullName', label: t('field.fullName') },
        { name: 'email', label: t('field.email') },
      ]}
      doneOf={(answer, close) => (
        <Link to="/users/$id" params={{ id: idOf(answer) }} onClick={close}>
          {t('open.it')}
        </Link>
      )}
    />
  );
}

const idOf = (answer: unknown): string =>
  typeof answer === 'object' && answer !== null && 'id' in answer ? String(answer.id) : '';
