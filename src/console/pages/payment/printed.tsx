import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect, useState } from 'react';
import { flushSync } from 'react-dom';
import { LIST_RECEIPTS } from '../../../reactor/http/routes/exchanges.ts';
import { GET_USER } from '../../../reactor/http/routes/users.ts';
import { ask } from '../../api/client.ts';
import { lasting, moment, numericDay, pesos } from '../../look/format.ts';
import { tellLine } from '../../words/line.ts';
import { useWords } from '../../words/use.tsx';
import type { Payment } from '../payment.tsx';

/** What fits on its one page. */
const MOST_TRANSACTIONS = 8;
const MOST_RECEIPTS = 8;

/** The document that is printed of a payment, and nothing else of the page: what of people its reader may read it has. It is there while it is printed. */
export function Printed({ payment }: { payment: Payment }) {
  const [isPrinting, setPrinting] = useState(false);
  useEffect(() => {
    const media = matchMedia('print');
    // The browser takes the page as it is when this returns.
    const begin = () => flushSync(() => setPrinting(true));
    const end = () => setPrinting(false);
    const change = ({ matches }: MediaQueryListEvent) => setPrinting(matches);
    addEventListener('beforeprint', begin);
    addEventListener('afterprint', end);
    media.addEventListener('change', change);
    return () => {
      removeEventListener('beforeprint', begin);
      removeEventListener('afterprint', end);
      media.removeEventListener('change', change);
    };
  }, []);
  return isPrinting && <Document payment={payment} />;
}

function Document({ payment }: { payment: Payment }) {
  const words = useWords();
  const { t, name, locale } = words;
  // A transaction is told by names alone; to wait for more words would leave the paper empty.
  const tell = { ...words, say: (sentence: string) => sentence };
  const { id, number, legs, fees } = payment;
  const receipts = useQuery(ask(LIST_RECEIPTS, { parameters: { id } })).data?.receipts ?? [];
  const sent = payment.timeline.filter(({ source, detail }) => source === 'transaction' && detail['hash']);
  return (
    <article className="printed">
      <header>
        <div>
          <strong>Kustodia</strong>
          <h2 className="title">{t('printed.title', { number: `#${number}` })}</h2>
        </div>
        <p>
          {t('printed.at')} {moment(new Date().toISOString(), locale)}
          <br />
          {id}
        </p>
      </header>
      <table>
        <tbody>
          <Row head={t('payment.concept')}>{payment.concept}</Row>
          <Row head={t('printed.state')}>{name('state', payment.status)}</Row>
          <Row head={t('payment.agreed')}>{pesos(payment.amount)}</Row>
          <Row head={t('payment.deposit')}>{pesos(payment.deposit)}</Row>
          {fees.map((fee) => (
            <Row key={fee.legId} head={name('fee', fee.kind)}>
              {pesos(fee.amount)} · {t('preview.bornBy', { who: name('party', fee.bearer) })}
            </Row>
          ))}
          <Row head={t('payment.custody')}>
            {payment.custodyBasisPoints / 100} % · {lasting(payment.custodySeconds, locale)} ·{' '}
            {name('release', payment.release)}
          </Row>
          <Row head={t('payment.created')}>{moment(payment.createdAt, locale)}</Row>
          <Row head={t('printed.payer')}>
            <Party id={payment.payerId} /> {payment.depositClabe && `· ${payment.depositClabe}`}
          </Row>
          <Row head={t('printed.recipient')}>
            <Party id={payment.recipientId} />
          </Row>
        </tbody>
      </table>
      <h2>{t('printed.legs')}</h2>
      <table>
        <tbody>
          {legs.map((leg) => (
            <tr key={leg.id}>
              <td>{name('kind', leg.kind)}</td>
              <td className="right">{pesos(leg.amount)}</td>
              <td>{name('state', leg.state)}</td>
              <td>
                {leg.payout.legalName} · {leg.payout.clabe}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <h2>{t('printed.spei')}</h2>
      {receipts.length === 0 ? (
        <p>{t('receipt.none')}</p>
      ) : (
        <table>
          <thead>
            <tr>
              {['way', 'date', 'amount', 'key', 'banks', 'cep'].map((head) => (
                <th key={head}>{name('printed', head)}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {receipts.slice(0, MOST_RECEIPTS).map((one) => (
              <tr key={`${one.direction} ${one.trackingKey ?? ''} ${one.at ?? ''} ${one.amount}`}>
                <td>{t(`receipt.${one.direction}`)}</td>
                <td>{one.at ? numericDay(one.at) : '—'}</td>
                <td className="right">{pesos(one.amount)}</td>
                <td className="key">{one.trackingKey ?? t('receipt.nokey')}</td>
                <td className="banks">
                  {one.sendingBank ?? '—'} → {one.receivingBank ?? '—'} {one.legalName && `· ${one.legalName} `}·{' '}
                  {one.account}
                </td>
                <td className="key">{one.cepLink ?? 'banxico.org.mx/cep'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <h2>{t('printed.chain')}</h2>
      {sent.length === 0 ? (
        <p>{t('printed.chain.none')}</p>
      ) : (
        <table>
          <tbody>
            {sent.slice(0, MOST_TRANSACTIONS).map((line) => (
              <tr key={String(line.detail['hash'])}>
                <td>{tellLine(line, tell)}</td>
                <td>{moment(line.at, locale)}</td>
                <td className="key">{String(line.detail['hash'])}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {sent.length > MOST_TRANSACTIONS && <p>{t('printed.more', { count: sent.length - MOST_TRANSACTIONS })}</p>}
      <footer>{t('printed.foot')}</footer>
    </article>
  );
}

const Row = ({ head, children }: { head: string; children: ReactNode }) => (
  <tr>
    <th scope="row">{head}</th>
    <td>{children}</td>
  </tr>
);

function Party({ id }: { id: string }) {
  const { data } = useQuery({ ...ask(GET_USER, { parameters: { id } }), staleTime: 60_000 });
  return data ? `${data.fullName} · ${data.email}` : id;
}
