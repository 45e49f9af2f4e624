import { Link } from '@tanstack/react-router';
import { switchOf } from '../words/codes.ts';
import { useWords } from '../words/use.tsx';
import { Id } from './basic.tsx';

/** A switch by what it stands over: a user leads to their page. */
export function Switch({ of }: { of: string }) {
  const { words, id } = switchOf(of, useWords());
  if (id === null) return words;
  return of.startsWith('user:') ? (
    <Link to="/users/$id" params={{ id }} title={id}>
      {words} {id.slice(0, 8)}…
    </Link>
  ) : (
    <>
      {words} <Id of={id} />
    </>
  );
}
