import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ProblemError, SilentError } from '../../reactor/http/routes/client.ts';
import { useWords } from '../words/use.tsx';

/** What went wrong, in the reactor's own words where it gave any. */
export function Failure({ error, again }: { error: unknown; again?: () => void }) {
  const { t } = useWords();
  const problem = error instanceof ProblemError ? error.problem : null;
  return (
    <div className="note bad" role="alert">
      <strong lang={problem ? 'en' : undefined}>
        {problem?.title ?? t(error instanceof SilentError ? 'failure.silent' : 'failure.other')}
      </strong>
      <p lang={problem ? 'en' : undefined}>{problem?.detail ?? t('failure.next')}</p>
      {problem?.errors && (
        <ul lang="en">
          {problem.errors.map(({ field, message }) => (
            <li key={field}>
              <span className="mono">{field}</span> {message}
            </li>
          ))}
        </ul>
      )}
      {again && (
        <button type="button" className="button small" onClick={again}>
          {t('failure.again')}
        </button>
      )}
    </div>
  );
}

/** What was asked, once it is there. What was there before stays while it is asked again. */
export function Asked<T>({ query, children }: { query: UseQueryResult<T>; children: (known: T) => ReactNode }) {
  const { t } = useWords();
  if (query.data !== undefined)
    return (
      <>
        {query.isError && <Failure error={query.error} again={() => void query.refetch()} />}
        {children(query.data)}
      </>
    );
  if (query.isError) return <Failure error={query.error} again={() => void query.refetch()} />;
  return (
    <p className="empty" role="status">
      {t('loading')}
    </p>
  );
}
