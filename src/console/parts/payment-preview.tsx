import { useQuery } from '@tanstack/react-query';
import { maskClabe } from '../../money/clabe.ts';
import { PREVIEW, type Preview } from '../../reactor/http/routes/payments.ts';
import { GET_USER } from '../../reactor/http/routes/users.ts';
import { COMMANDERS } from '../../reactor/people/roles.ts';
import { ask } from '../api/client.ts';
import { may } from '../api/session.ts';
import { useWho } from '../frame/entry.tsx';
import { day, pesos } from '../look/format.ts';
import { useWords } from '../words/use.tsx';
import { linesOfFees, numberOf } from './account-fields.ts';
import type { Values } from './act-field.ts';
import { Facts, Money, Said } from './basic.tsx';

const DAY_MS = 86_400_000;

/** What a payment would come to, as whoever asks for it checks it: who, whose account, how much of it when, and until when. */
export function PaymentPreview({ plan, values }: { plan: unknown; values: Values }) {
  const { t, name, locale } = useWords();
  const read = PREVIEW.safeParse(plan);
  if (!read.success) return null;
  const { payer, recipient, fees, legs }: Preview = read.data;
  const days = numberOf(values['custodyDays'] ?? '');
  const until = Number.isFinite(days) ? new Date(Date.now() + days * DAY_MS).toISOString() : null;
  const accrued = legs.filter(({ isAccrued }) => isAccrued).at(0);
  const given = linesOfFees(values);
  return (
    <div className="stack preview">
      <Facts
        rows={[
          [t('payment.concept'), values['concept'] ?? ''],
          [
            t('preview.payer'),
            <Stack key="p">
              <Named id={values['payerId'] ?? ''} isPayer />
              <span>
                <strong>
                  <Money of={payer.sends} />
                </strong>{' '}
                {payer.ofWhichFees !== '0.00' && (
                  <span className="soft">{t('preview.ofFees', { amount: pesos(payer.ofWhichFees) })}</span>
                )}
              </span>
            </Stack>,
          ],
          [
            t('preview.recipient'),
            <Stack key="r">
              <Named id={values['recipientId'] ?? ''} />
              <Account name={values['legalName']} clabe={values['clabe']} />
              <span>
                <strong>
                  <Money of={recipient.gets} />
                </strong>{' '}
                <span className="soft">
                  {[
                    ...(recipient.atOnce === '0.00' ? [] : [t('preview.atOnce', { amount: pesos(recipient.atOnce) })]),
                    ...(recipient.afterCustody === '0.00'
                      ? []
                      : [t('preview.afterCustody', { amount: pesos(recipient.afterCustody) })]),
                  ].join(' · ')}
                </span>
              </span>
            </Stack>,
          ],
          [
            t('preview.custody'),
            recipient.afterCustody === '0.00' || until === null ? (
              t('preview.custody.none')
            ) : (
              <Stack key="c">
                <span>
                  <time dateTime={until}>{day(until, locale)}</time>{' '}
                  <span className="soft">({t('preview.custody.if')})</span>
                </span>
                <span className="soft">{name('release', values['release'] ?? '')}</span>
              </Stack>
            ),
          ],
          [
            t('preview.fees'),
            fees.length === 0 ? (
              t('preview.fees.none')
            ) : (
              <ul key="f" className="stack" style={{ gap: '0.5rem' }}>
                {fees.map((fee, at) => (
                  // They are in the order in which they were filled in, each by its place alone.
                  // biome-ignore lint/suspicious/noArrayIndexKey: there is no other name
                  <li key={at}>
                    <Stack>
                      <span>
                        <strong>
                          <Money of={fee.amount} />
                        </strong>{' '}
                        {name('fee', fee.kind)}{' '}
                        <span className="soft">({t('preview.bornBy', { who: name('party', fee.bearer) })})</span>
                      </span>
                      <Named id={given[at]?.['beneficiaryId'] ?? ''} />
                      <Account name={given[at]?.['legalName']} clabe={given[at]?.['clabe']} />
                    </Stack>
                  </li>
                ))}
              </ul>
            ),
          ],
        ]}
      />
      {accrued && (
        <p className="small">
          <Said>{accrued.sentence}</Said>
        </p>
      )}
    </div>
  );
}

const Stack = ({ children }: { children: React.ReactNode }) => <span className="lines">{children}</span>;

function Account({ name, clabe = '' }: Readonly<{ name: string | undefined; clabe: string | undefined }>) {
  const seen = may(useWho(), COMMANDERS) ? clabe : maskClabe(clabe);
  return (
    <span>
      {name} · <span className="number">{seen}</span>
    </span>
  );
}

/** Who an id is; of the payer also where the deposit is to come to. */
function Named({ id, isPayer = false }: Readonly<{ id: string; isPayer?: boolean }>) {
  const { t } = useWords();
  const { data } = useQuery({ ...ask(GET_USER, { parameters: { id } }), staleTime: 60_000 });
  return (
    <>
      <span>
        {data?.fullName ?? id} {data && <span className="soft">{data.email}</span>}
      </span>
      {isPayer && data?.depositClabe && (
        <span className="soft">
          {t('preview.clabe')} <span className="number">{data.depositClabe}</span>
        </span>
      )}
    </>
  );
}
