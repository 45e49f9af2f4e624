import { RESOLVE_DISPUTE } from '../../reactor/http/routes/disputes.ts';
import { DISPUTE_OUTCOMES } from '../../reactor/payment/disputed.ts';
import { useWords } from '../words/use.tsx';
import { given, shareOf } from './account-fields.ts';
import { Act } from './act.tsx';
import { Turn, useProposals } from './turn.tsx';

/** Proposes how a dispute is decided: for one side, or by halves. */
export function Decide({ id }: { id: string }) {
  const { t, name } = useWords();
  const pending = useProposals().find(({ subject }) => subject === `dispute:${id}`);
  return (
    <Turn {...{ what: t('dispute.decide'), pending }}>
      <Act
        {...{ label: t('dispute.decide'), title: t('dispute.decide'), about: t('dispute.decide.about') }}
        {...{ route: RESOLVE_DISPUTE, parameters: { id }, isSmall: true }}
        fields={[
          {
            ...{ name: 'outcome', label: t('field.outcome') },
            options: DISPUTE_OUTCOMES.map((one) => [one, name('outcome', one)]),
          },
          { name: 'share', label: t('field.share'), hint: t('field.share.hint'), isOptional: true },
          { name: 'clabe', label: t('field.payerClabe'), hint: t('field.payerClabe.hint'), isOptional: true },
          { name: 'legalName', label: t('field.legalName'), isOptional: true },
        ]}
        bodyOf={({ outcome, share, clabe, legalName }) =>
          given({ outcome, payer: shareOf(share), payout: clabe === undefined ? undefined : { clabe, legalName } })
        }
      />
    </Turn>
  );
}
