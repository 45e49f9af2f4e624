import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { AlertKind } from '../../reactor/alerts/kinds.ts';
import type { AnswerOf } from '../../reactor/http/routes/client.ts';
import type { GET_OVERVIEW } from '../../reactor/http/routes/overview.ts';
import { PLACES } from '../frame/places.ts';
import type { QueueName } from '../pages/queue-names.ts';
import { attentionOf } from '../words/codes.ts';
import { DEALT_WITH, numbered } from '../words/links.ts';
import { useWords } from '../words/use.tsx';
import { Badge, Said, When } from './basic.tsx';
import { NextStep } from './next-step.tsx';

type Alert = AnswerOf<typeof GET_OVERVIEW>['alerts'][number];

/** `needs-attention:<leg>:<code>`. */
const ON_A_LEG = /^needs-attention:([0-9a-f-]{36}):(.+)$/;
const PAYMENT = /\b[Pp]ayment ([0-9a-f-]{36})\b/;

export function Alerts({ alerts, empty }: { alerts: readonly Alert[]; empty: string }) {
  const words = useWords();
  const { t, name, known } = words;
  if (alerts.length === 0) return <p className="soft">{empty}</p>;
  const nameOf = (whole: string, code: string): string => {
    const said = known('suspenseReason', code) ?? known('effect', code) ?? attentionOf(code, words);
    return said === code.replaceAll('_', ' ') ? whole : `(${said})`;
  };
  return (
    <ul className="stack" style={{ gap: '0.8rem' }}>
      {alerts.map((one) => (
        <li key={one.id}>
          <p>
            <Badge tone={one.severity === 'page' ? 'bad' : 'warn'}>{name('severity', one.severity)}</Badge>{' '}
            <strong>{name('alert', one.kind)}</strong>{' '}
            <span className="soft small">
              <When at={one.openedAt} how="ago" />
            </span>
          </p>
          <p>
            <Said tidy={(text) => numbered(text.replace(/\(([a-z][a-z_]+(?::\w+)?)\)/, nameOf), one.payment)}>
              {one.sentence}
            </Said>
          </p>
          <p className="pair no-print" style={{ marginTop: '0.3rem' }}>
            {one.closedAt === null && <Next of={one} />}
            <a
              href={one.runbook?.startsWith('http') ? one.runbook : `/runbook/${one.kind}`}
              rel="noreferrer"
              target="_blank"
            >
              {t('alerts.runbook')}
            </a>
          </p>
        </li>
      ))}
    </ul>
  );
}

/** The one step, or the page that has it. */
function Next({ of }: { of: Alert }): ReactNode {
  const { t, name } = useWords();
  const [, legId, code] = ON_A_LEG.exec(of.key) ?? [];
  const paymentId = PAYMENT.exec(of.sentence)?.[1];
  if (legId && code && paymentId)
    return <NextStep {...{ code, legId, paymentId, number: of.payment ?? paymentId }} isOnlyButton />;
  if (of.kind === 'stuck' && paymentId)
    return (
      <Link className="button small" to="/payments/$id" params={{ id: paymentId }}>
        {t('payment.why')}
      </Link>
    );
  const target = DEALT_WITH[of.kind as AlertKind] ?? null;
  if (target === null) return null;
  const place = PLACES.find(({ to }) => to === target);
  return place ? (
    <Link className="button small" to={place.to}>
      {t(place.words)}
    </Link>
  ) : (
    <Link className="button small" to="/queues" search={{ queue: target as QueueName }}>
      {name('queue', target)}
    </Link>
  );
}
