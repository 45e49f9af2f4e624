import { useQuery } from '@tanstack/react-query';
import { createContext, type ReactNode, use } from 'react';
import { personOf, SESSION_QUERY, type Session } from '../api/session.ts';
import { Asked } from '../parts/asked.tsx';
import { SignIn } from './sign-in.tsx';

const WhoContext = createContext<Session | null>(null);

/** Whoever is signed in; before that the page to sign in, and nothing else. Another person begins with another page. */
export function Entry({ children }: { children: ReactNode }) {
  const session = useQuery(SESSION_QUERY);
  return (
    <Asked query={session}>
      {(who) =>
        who ? (
          <WhoContext key={personOf(who)} value={who}>
            {children}
          </WhoContext>
        ) : (
          <SignIn />
        )
      }
    </Asked>
  );
}

export function useWho(): Session {
  const who = use(WhoContext);
  if (!who) throw new Error('nobody is signed in');
  return who;
}
