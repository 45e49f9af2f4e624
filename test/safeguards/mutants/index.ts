import type { Mutant } from '../mutant.ts';
import { APPROVED_ONCE, CLOSED_AND_UNDONE, LEFT_OVER, MADE_AGAIN, RETURN_BEHIND, TOLD_OF_ENDED } from './again.ts';
import { ANEW, KEPT_TWICE, TOLD_BEFORE } from './anew.ts';
import { APART } from './apart.ts';
import { APPROVED } from './approvals.ts';
import { AUDITOR } from './auditor.ts';
import { BESIDE } from './beside.ts';
import { BOOKS } from './books.ts';
import { CHAIN } from './chain.ts';
import { CONTRACTS } from './contracts.ts';
import { DATABASE } from './database.ts';
import { DECISIONS } from './decisions.ts';
import { DISPUTED } from './disputes.ts';
import { DOORS } from './doors.ts';
import { EFFECTS } from './effects.ts';
import { ERASURE } from './erasure.ts';
import { WHOSE } from './evidence.ts';
import { FOREIGN } from './foreign.ts';
import { FORMERLY } from './former.ts';
import { TWO_PEOPLE } from './four-eyes.ts';
import { GIVEN_BY_TWO } from './given.ts';
import { GUARDS } from './guards.ts';
import { INTAKE } from './intake.ts';
import { JUNO } from './juno.ts';
import { LOOKS } from './looks.ts';
import { THERE_IS_ONE } from './once.ts';
import { OPERATED } from './operate.ts';
import { PEOPLE } from './people.ts';
import { SIGNED } from './policy.ts';
import { RATE } from './rate.ts';
import { RECONCILED } from './reconcile.ts';
import { RECOVERY } from './recovery.ts';
import { REPLACED } from './replaced.ts';
import { LEAST_PRIVILEGE } from './roles.ts';
import { SETTLED } from './settled.ts';
import { BEFORE_START } from './start.ts';
import { STOPPED } from './stops.ts';
import { TERMS } from './terms.ts';
import { TOLD } from './told.ts';
import { UNDONE_STEPS } from './undone.ts';
import { WALLET } from './wallet.ts';

/** What is checked, by subject, in the order of docs/safeguards.md. */
export const SUBJECTS: Readonly<Record<string, readonly Mutant[]>> = {
  'What a payment does next': [
    ...DECISIONS,
    ...BESIDE,
    ...UNDONE_STEPS,
    ...MADE_AGAIN,
    ...CLOSED_AND_UNDONE,
    ...APPROVED_ONCE,
    ...RETURN_BEHIND,
    ...TOLD_OF_ENDED,
    ...LEFT_OVER,
    ...TERMS,
  ],
  'What lets money out of its custody': [...APPROVED, ...APART],
  'What leaves the house': [...EFFECTS, ...LOOKS, ...GUARDS, ...RECOVERY, ...STOPPED, ...TWO_PEOPLE, ...ANEW],
  'What the wallet signs, and whom pesos are paid to': [...SIGNED, ...WALLET],
  'The chain, and what is believed of it': [...CHAIN, ...BEFORE_START, ...CONTRACTS, ...FOREIGN, ...FORMERLY],
  'What the database itself refuses': [...DATABASE, ...THERE_IS_ONE, ...BOOKS, ...KEPT_TWICE],
  'What takes the place of a payout': REPLACED,
  'What is disputed': DISPUTED,
  'Whose money it is': [...INTAKE, ...SETTLED, ...GIVEN_BY_TWO, ...TOLD_BEFORE, ...WHOSE],
  'The door to Juno and Bitso': JUNO,
  'The budget of calls': RATE,
  'Books, chain and Juno, compared': RECONCILED,
  'The second opinion': AUDITOR,
  'People, webhooks and settings': [...PEOPLE, ...DOORS, ...ERASURE],
  'What a login of the database may do': LEAST_PRIVILEGE,
  'Who administers the escrow contract': OPERATED,
  'What those who run it are told': TOLD,
};

export const MUTANTS: readonly Mutant[] = Object.values(SUBJECTS).flat();
