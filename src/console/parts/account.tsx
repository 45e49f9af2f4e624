import { accountOf } from '../words/codes.ts';
import { useWords } from '../words/use.tsx';
import { Id } from './basic.tsx';

/** An account of the books by its name, and the address that it has. */
export function Account({ of }: { of: string }) {
  const { words, address } = accountOf(of, useWords());
  return (
    <>
      {words} {address && <Id of={address} />}
    </>
  );
}
