import type { Key } from '../words/language.ts';

/** The pages, in the order of the navigation, with the letter that `g` goes there by. */
export const PLACES = [
  { to: '/', letter: 'o', words: 'nav.overview' },
  { to: '/payments', letter: 'p', words: 'nav.payments' },
  { to: '/queues', letter: 'q', words: 'nav.queues' },
  { to: '/users', letter: 'u', words: 'nav.people' },
  { to: '/guards', letter: 'g', words: 'nav.guards', isApart: true },
  { to: '/ledger', letter: 'l', words: 'nav.ledger' },
  { to: '/wallet', letter: 'w', words: 'nav.wallet' },
  { to: '/rails', letter: 'r', words: 'nav.rails' },
  { to: '/indexer', letter: 'i', words: 'nav.indexer' },
  { to: '/webhooks', letter: 'h', words: 'nav.webhooks' },
  { to: '/audit', letter: 'a', words: 'nav.audit', isApart: true },
  { to: '/keys', letter: 'k', words: 'nav.keys' },
] as const satisfies readonly { to: string; letter: string; words: Key; isApart?: boolean }[];
export type Place = (typeof PLACES)[number]['to'];
