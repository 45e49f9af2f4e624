import { Link } from '@tanstack/react-router';
import { stepFor } from '../../reactor/payment/attention.ts';
import { LABELS, partsOf } from '../words/links.ts';
import { useWords } from '../words/use.tsx';
import { Said } from './basic.tsx';

type Parameters = Readonly<{
  code: string;
  paymentId: string;
  legId: string;
  number: number | string;
  isOnlyButton?: boolean;
}>;

/** The one next step of a leg that waits for a person: what opens it, by its name, or what is to be done elsewhere. */
export function NextStep({ code, paymentId, legId, number, isOnlyButton = false }: Parameters) {
  const { t, name } = useWords();
  const step = stepFor(code, { payment: paymentId, leg: legId, effect: paymentId });
  const parts = step === null ? [] : partsOf(step);
  const act = parts.find((part) => 'command' in part && part.command !== null);
  const label = act && 'command' in act ? LABELS[act.command ?? ''] : undefined;
  if (act?.is === 'queue')
    return (
      <Link className="button small" to="/queues" search={{ queue: act.queue }}>
        {label ? t(label) : name('queue', act.queue)}
      </Link>
    );
  if (act?.is === 'page' && act.to !== '/payments')
    return (
      <Link className="button small" to={act.to}>
        {label ? t(label) : t('open.it')}
      </Link>
    );
  if (label !== undefined && (act?.is === 'payment' || act?.is === 'find'))
    return (
      <Link className="button small" to="/payments/$id" params={{ id: String(number) }} search={{ act: label }}>
        {t(label)}
      </Link>
    );
  if (isOnlyButton)
    return (
      <Link className="button small" to="/payments/$id" params={{ id: String(number) }}>
        {t('payment.open')}
      </Link>
    );
  return <span className="small">{step === null ? t('next.read') : <Said>{step}</Said>}</span>;
}
