import { useQuery } from '@tanstack/react-query';
import type { AnswerOf } from '../../../reactor/http/routes/client.ts';
import { ADD_EVIDENCE, APPEAL, GET_DISPUTE } from '../../../reactor/http/routes/disputes.ts';
import { DISPUTE_LIMITS, DISPUTE_SIDES, DISPUTE_VOICES } from '../../../reactor/payment/disputed.ts';
import { ask } from '../../api/client.ts';
import { may } from '../../api/session.ts';
import { useWho } from '../../frame/entry.tsx';
import { Act } from '../../parts/act.tsx';
import { rowsOf } from '../../parts/act-field.ts';
import { Asked } from '../../parts/asked.tsx';
import { Badge, Facts, Id, Money, Panel, When } from '../../parts/basic.tsx';
import { Decide } from '../../parts/decide.tsx';
import { useWords } from '../../words/use.tsx';
import type { Payment } from '../payment.tsx';

type Dispute = AnswerOf<typeof GET_DISPUTE>;
const LIVE_MS = 5_000;

/** What each side said, what was decided, and what may be done about it: of each dispute that there ever was. */
export function Disputes({ payment }: { payment: Payment }) {
  return payment.disputes.map(({ id, state }) => <One key={id} id={id} isOver={state === 'final'} />);
}

function One({ id, isOver }: { id: string; isOver: boolean }) {
  const { t } = useWords();
  const query = useQuery({
    ...ask(GET_DISPUTE, { parameters: { id } }),
    refetchInterval: isOver ? false : LIVE_MS,
  });
  return (
    <Panel title={t('do.dispute')}>
      <Asked query={query}>{(known) => <Shown of={known} />}</Asked>
    </Panel>
  );
}

function Shown({ of }: { of: Dispute }) {
  const { t, name, known } = useWords();
  const who = useWho();
  const parameters = { id: of.id };
  const by = (voices: readonly string[]) => ({
    ...{ name: 'by', label: t('field.by'), options: voices.map((one) => [one, name('party', one)] as const) },
  });
  return (
    <div className="stack">
      <div className="head" style={{ alignItems: 'center' }}>
        <p>
          <Badge tone={of.state === 'final' ? 'idle' : 'warn'}>{name('dispute', of.state)}</Badge>{' '}
          <span className="soft small">
            {name('party', of.openedBy)} · {known('reason', of.reasonCode) ?? of.reasonCode} · <When at={of.openedAt} />
          </span>
        </p>
        <div className="pair no-print">
          {of.state !== 'final' && may(who, ADD_EVIDENCE.roles) && (
            <Act
              {...{ label: t('do.evidence'), title: t('do.evidence'), about: t('do.evidence.about'), parameters }}
              {...{ route: ADD_EVIDENCE, isSmall: true }}
              fields={[
                by(DISPUTE_VOICES),
                { name: 'text', label: t('field.text'), isLong: true },
                { name: 'files', label: t('field.files'), files: { most: DISPUTE_LIMITS.files } },
              ]}
              bodyOf={({ files, ...said }) => ({ ...said, files: rowsOf(files) })}
            />
          )}
          {of.state === 'resolved' && may(who, APPEAL.roles) && (
            <Act
              {...{ label: t('do.appeal'), title: t('do.appeal'), about: t('do.appeal.about'), parameters }}
              {...{ route: APPEAL, isSmall: true }}
              fields={[by(DISPUTE_SIDES), { name: 'text', label: t('field.statement'), isLong: true }]}
            />
          )}
          {of.state === 'open' && <Decide id={of.id} />}
        </div>
      </div>
      <Facts
        rows={[
          [t('dispute.statement'), of.statement],
          [
            t('dispute.evidence'),
            of.evidence.length === 0 ? (
              t('dispute.evidence.none')
            ) : (
              <ul key="e" className="stack" style={{ gap: '0.4rem' }}>
                {of.evidence.map((one) => (
                  <li key={one.id}>
                    <strong>{name('party', one.by)}</strong> {one.text}{' '}
                    <span className="soft small">
                      <When at={one.at} />
                    </span>
                    {one.files.map((file) => (
                      <span key={file.sha256} className="small" style={{ display: 'block' }}>
                        {file.name} <span className="soft">SHA-256</span> <Id of={file.sha256} />
                      </span>
                    ))}
                  </li>
                ))}
              </ul>
            ),
          ],
          [
            t('dispute.decisions'),
            of.resolutions.length === 0 ? (
              t('dispute.decisions.none')
            ) : (
              <ul key="r" className="stack" style={{ gap: '0.4rem' }}>
                {of.resolutions.map((one) => (
                  <li key={one.id}>
                    <strong>{name('outcome', one.outcome)}</strong>{' '}
                    {one.payerAmount !== null && <Money of={one.payerAmount} />}
                    {one.payerBasisPoints !== null && `${one.payerBasisPoints / 100} %`}{' '}
                    <span className="soft small">
                      <When at={one.at} /> · {t('dispute.appealable')} <When at={one.appealableUntil} />
                    </span>
                    {one.appeal && (
                      <p>
                        {t('do.appeal')}, {name('party', one.appeal.by)}: {one.appeal.text}
                      </p>
                    )}
                  </li>
                ))}
              </ul>
            ),
          ],
          ...of.held.map(
            (one) =>
              [
                `${name('kind', one.kind)} · ${name('state', one.state)}`,
                <span key={one.legId}>
                  <Money of={one.amount} />{' '}
                  {one.isFrozenOnChain && <span className="soft small">{t('dispute.frozen')}</span>}
                </span>,
              ] as const,
          ),
        ]}
      />
    </div>
  );
}
