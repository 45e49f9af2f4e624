import type { UseQueryResult } from '@tanstack/react-query';
import { type ReactNode, Suspense } from 'react';
import { ProblemError, SilentError } from '../../reactor/http/routes/client.ts';
import { useWords } from '../words/use.tsx';
import { type TellProblem, useProblems } from '../words/use-told.ts';
import { Linked } from './linked.tsx';

type Refused = Readonly<{ field: string; message: string; isQuoted: boolean }>;

/** What was refused of each field: in the language of the page, or the reactor's own words. */
export function refusedIn(error: unknown, tell: TellProblem): readonly Refused[] {
  const problem = error instanceof ProblemError ? error.problem : null;
  return (problem && tell(problem)?.errors) ?? problem?.errors?.map((one) => ({ ...one, isQuoted: false })) ?? [];
}

type FailureParameters = Readonly<{
  error: unknown;
  again?: () => void;
  /** What of the fields is told here: all of it, unless some of it is told at them. */
  refused?: readonly Refused[];
}>;

/** What went wrong: in the language of the page, and what nobody has put into that in the reactor's own words, as a quotation. */
export const Failure = (failure: FailureParameters) => (
  <Suspense>
    <Shown {...failure} />
  </Suspense>
);

function Shown({ error, again, refused }: FailureParameters) {
  const { t } = useWords();
  const tell = useProblems();
  const problem = error instanceof ProblemError ? error.problem : null;
  const told = problem && tell(problem);
  const errors = refused ?? refusedIn(error, tell);
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
