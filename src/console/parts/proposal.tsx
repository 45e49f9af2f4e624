import { APPROVE_PROPOSAL, WITHDRAW_PROPOSAL } from '../../reactor/http/routes/proposals.ts';
import { may } from '../api/session.ts';
import { useWho } from '../frame/entry.tsx';
import { useWords } from '../words/use.tsx';
import { Act } from './act.tsx';
import { When } from './basic.tsx';
import { Plan } from './plan.tsx';
import { isOwn, type Proposal } from './proposed.ts';
import { ProposedMoney } from './proposed-money.tsx';
import { Subject } from './subject.tsx';

/** What one person proposed and another has to do: who signed, what it would do, and until when. */
export function ProposalCards({ proposals }: { proposals: readonly Proposal[] }) {
  const { t, name } = useWords();
  const who = useWho();
  return (
    <ul className="stack">
      {proposals.map((one) => {
        const isOwners = isOwn(one, who);
        const what = (
          <>
            <ProposedMoney of={one} />
            <Plan of={one.parameters} />
          </>
        );
        return (
          <li key={one.id} className="stack" style={{ gap: '0.5rem' }}>
            <div className="head">
              <div>
                <h3>{name('command', one.command)}</h3>
                <p className="small soft">
                  <Subject of={one.subject} payment={numberIn(one)} />
                </p>
              </div>
              <div className="pair">
                {may(who, APPROVE_PROPOSAL.roles) && !isOwners && (
                  <Act
                    {...{ label: t('proposal.approve'), title: name('command', one.command), route: APPROVE_PROPOSAL }}
                    {...{ about: t('proposal.approve.about', { by: one.proposedBy }), parameters: { id: one.id } }}
                    shows={what}
                  />
                )}
                {may(who, WITHDRAW_PROPOSAL.roles) && (
                  <Act
                    {...{ label: t('proposal.withdraw'), title: t('proposal.withdraw'), route: WITHDRAW_PROPOSAL }}
                    {...{ parameters: { id: one.id } }}
                  />
                )}
              </div>
            </div>
            <p>“{one.reason}”</p>
            <p className="small soft">
              {t('proposal.by', { by: one.proposedBy })} <When at={one.proposedAt} /> · {t('proposal.until')}{' '}
              <When at={one.expiresAt} />
              {isOwners && ` · ${t('proposal.own')}`}
            </p>
            {what}
          </li>
        );
      })}
    </ul>
  );
}

/** The payment that it is all of, where it is of one. */
const numberIn = ({ subject, money: { payments } }: Proposal): number | null =>
  /^(payment|leg|effect|dispute):/.test(subject) && payments.length === 1 ? (payments[0]?.number ?? null) : null;
