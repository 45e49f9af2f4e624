import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ProblemError, SilentError } from '../../reactor/http/routes/client.ts';
import { tellProblem } from '../words/said/problems.ts';
import { useWords } from '../words/use.tsx';
import { Linked } from './linked.tsx';

/** What went wrong: in the language of the page, and what nobody has put into that in the reactor's own words, as a quotation. */
export function Failure({ error, again }: { error: unknown; again?: () => void }) {
  const words = useWords();
  const { t } = words;
  const problem = error instanceof ProblemError ? error.problem : null;
  const told = problem && tellProblem(problem, words);
  const errors = told?.errors ?? problem?.errors?.map((one) => ({ ...one, isQuoted: false })) ?? [];
  const language = problem && !told ? 'en' : undefined;
  return (
    <div className="note bad" role="alert">
      <strong lang={language}>
        {told?.title ?? problem?.title ?? t(error instanceof SilentError ? 'failure.silent' : 'failure.other')}
      </strong>
      <p lang={language}>
        <Linked text={told?.text ?? problem?.detail ?? t('failure.next')} />
      </p>
      {told?.quoted && (
        <p>
          {t('failure.quoted')} <q lang="en">{told.quoted}</q>
        </p>
      )}
      {errors.length > 0 && (
        <ul lang={language}>
          {errors.map(({ field, message, isQuoted }) => (
            <li key={field}>
              <span className="mono">{field}</span> {isQuoted ? <q lang="en">{message}</q> : message}
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
