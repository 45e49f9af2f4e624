import { Link } from '@tanstack/react-router';
import { stepFor } from '../../reactor/payment/attention.ts';
import { COMMANDERS } from '../../reactor/people/roles.ts';
import { useWho } from '../frame/entry.tsx';
import { LABELS, partsOf } from '../words/links.ts';
import { useWords } from '../words/use.tsx';
import { Said } from './basic.tsx';
import { pendingOn, turnOf } from './proposed.ts';
import { Turn, useProposals } from './turn.tsx';

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
  const pending = pendingOn(useProposals(), [legId]);
  const isOthers = turnOf(useWho(), COMMANDERS, pending) !== 'do';
  if (pending && label !== undefined) return <Turn {...{ what: t(label), pending, number }}>{null}</Turn>;
  if (act?.is === 'queue')
    return (
      <Link className="button small" to="/queues" search={{ queue: act.queue }}>
        {label && !isOthers ? t(label) : name('queue', act.queue)}
      </Link>
    );
  if (act?.is === 'page' && act.to !== '/payments')
    return (
      <Link className="button small" to={act.to}>
        {label && !isOthers ? t(label) : t('open.it')}
      </Link>
    );
  const isHere = label !== undefined && (act?.is === 'payment' || act?.is === 'find');
  if (isHere && !(isOthers && isOnlyButton))
    return (
      <Turn what={t(label)}>
        <Link className="button small" to="/payments/$id" params={{ id: String(number) }} search={{ act: label }}>
          {t(label)}
        </Link>
      </Turn>
    );
  if (isOnlyButton)
    return (
      <Link className="button small" to="/payments/$id" params={{ id: String(number) }}>
        {t('payment.open')}
      </Link>
    );
  return <span className="small">{step === null ? t('next.read') : <Said>{step}</Said>}</span>;
}
