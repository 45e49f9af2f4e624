import { useQuery } from '@tanstack/react-query';
import type { AnswerOf } from '../../../reactor/http/routes/client.ts';
import { LIST_RECEIPTS } from '../../../reactor/http/routes/exchanges.ts';
import { ask } from '../../api/client.ts';
import { numericDay } from '../../look/format.ts';
import { Asked } from '../../parts/asked.tsx';
import { Facts, Id, Money, Panel, When } from '../../parts/basic.tsx';
import { useWords } from '../../words/use.tsx';

type Receipt = AnswerOf<typeof LIST_RECEIPTS>['receipts'][number];
/** Asks for what stands beside it to be typed in: nothing of anybody is in the address. */
const BANXICO = 'https://www.banxico.org.mx/cep/';

/** The SPEI orders of a payment, each with all that Banxico's receipt is looked up by. */
export function Receipts({ id, isOver }: { id: string; isOver: boolean }) {
  const { t } = useWords();
  const query = useQuery({
    ...ask(LIST_RECEIPTS, { parameters: { id } }),
    refetchInterval: isOver ? false : 10_000,
  });
  return (
    <Panel title={t('receipt.title')}>
      <Asked query={query}>
        {({ receipts }) =>
          receipts.length === 0 ? (
            <p className="soft">{t('receipt.none')}</p>
          ) : (
            <div className="grid2">
              {receipts.map((one) => (
                <One key={`${one.direction} ${one.trackingKey ?? ''} ${one.at ?? ''} ${one.amount}`} of={one} />
              ))}
            </div>
          )
        }
      </Asked>
    </Panel>
  );
}

function One({ of }: { of: Receipt }) {
  const { t, name } = useWords();
  return (
    <article className="stack" style={{ gap: '0.6rem' }}>
      <h3>
        {t(`receipt.${of.direction}`)}
        {of.kind && <span className="soft"> · {name('kind', of.kind)}</span>}
      </h3>
      <Facts
        rows={[
          [
            t('receipt.date'),
            of.at ? (
              <span key="d" title={of.at}>
                {numericDay(of.at)}
              </span>
            ) : (
              '—'
            ),
          ],
          [t('field.trackingKey'), of.trackingKey ? <Id key="k" of={of.trackingKey} whole /> : t('receipt.nokey')],
          [t('receipt.sender'), of.sendingBank ?? '—'],
          [t('receipt.receiver'), of.receivingBank ?? '—'],
          [
            t('receipt.account'),
            <span key="a">
              {of.legalName && `${of.legalName} · `}
              <span className="number">{of.account}</span>
            </span>,
          ],
          [t('payment.deposit'), <Money key="m" of={of.amount} />],
          [
            t('receipt.said'),
            <span key="s">
              {t(`receipt.by.${of.by}`)} {of.at && <When at={of.at} />}
            </span>,
          ],
        ]}
      />
      <p className="small">
        <a href={of.cepLink ?? BANXICO} target="_blank" rel="noopener noreferrer">
          {t(of.cepLink ? 'receipt.cep' : 'receipt.cep.look')}
        </a>{' '}
        {!of.cepLink && <span className="soft">{t('receipt.cep.about')}</span>}
      </p>
    </article>
  );
}
