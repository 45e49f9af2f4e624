import type { AnswerOf } from '../../reactor/http/routes/client.ts';
import type { GET_OVERVIEW } from '../../reactor/http/routes/overview.ts';
import { useWords } from '../words/use.tsx';
import { Badge, Said, When } from './basic.tsx';

type Alert = AnswerOf<typeof GET_OVERVIEW>['alerts'][number];

export function Alerts({ alerts, empty }: { alerts: readonly Alert[]; empty: string }) {
  const { t, name } = useWords();
  if (alerts.length === 0) return <p className="soft">{empty}</p>;
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
            <Said>{one.sentence}</Said>
          </p>
          {one.runbook?.startsWith('http') ? (
            <a href={one.runbook} rel="noreferrer" target="_blank">
              {t('alerts.runbook')}
            </a>
          ) : (
            <span className="mono soft">{one.runbook}</span>
          )}
        </li>
      ))}
    </ul>
  );
}
