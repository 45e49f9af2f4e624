import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { LIST_WEBHOOKS_IN } from '../../reactor/http/routes/records.ts';
import {
  LIST_DELIVERIES,
  LIST_ENDPOINTS,
  MAKE_ENDPOINT,
  REMOVE_ENDPOINT,
  RESEND_EVENT,
  ROTATE_ENDPOINT,
  TEST_ENDPOINT,
} from '../../reactor/http/routes/webhooks-out.ts';
import { ask, call } from '../api/client.ts';
import { may } from '../api/session.ts';
import { useWho } from '../frame/entry.tsx';
import { Act } from '../parts/act.tsx';
import { Asked } from '../parts/asked.tsx';
import { Badge, Head, Id, Panel, Said, When } from '../parts/basic.tsx';
import { usePages } from '../parts/pages.ts';
import { Table } from '../parts/table.tsx';
import { useWords } from '../words/use.tsx';

export default function Webhooks() {
  const { t } = useWords();
  const who = useWho();
  return (
    <div className="stack">
      <Head title={t('nav.webhooks')} about={t('webhooks.about')}>
        {may(who, MAKE_ENDPOINT.roles) && (
          <Act
            {...{ label: t('webhooks.make'), title: t('webhooks.make'), about: t('webhooks.make.about') }}
            {...{ route: MAKE_ENDPOINT, fields: [{ name: 'url', label: 'URL', hint: 'https://…' }] }}
          />
        )}
      </Head>
      {may(who, LIST_ENDPOINTS.roles) ? (
        <>
          <Out />
          <In />
        </>
      ) : (
        <p className="note">{t('role.no')}</p>
      )}
    </div>
  );
}

function Out() {
  const { t } = useWords();
  const who = useWho();
  const query = useQuery({ ...ask(LIST_ENDPOINTS, {}), refetchInterval: 10_000 });
  const [shown, setShown] = useState<string | null>(null);
  return (
    <>
      <Panel title={t('webhooks.out')} flush>
        <Asked query={query}>
          {({ endpoints }) => (
            <Table
              label={t('webhooks.out')}
              rows={endpoints}
              keyOf={(one) => one.id}
              empty={t('webhooks.out.none')}
              columns={[
                { head: 'URL', kind: 'main-cell', cell: (one) => <span className="mono">{one.url}</span> },
                { head: t('webhooks.by'), cell: (one) => one.createdBy },
                { head: t('payment.created'), cell: (one) => <When at={one.createdAt} /> },
                {
                  head: t('queue.next'),
                  kind: 'wide',
                  cell: (one) => (
                    <span className="pair">
                      <button
                        type="button"
                        className="button small"
                        onClick={() => setShown(shown === one.id ? null : one.id)}
                      >
                        {t('webhooks.deliveries')}
                      </button>
                      {may(who, TEST_ENDPOINT.roles) &&
                        (
                          [
                            ['webhooks.test', TEST_ENDPOINT],
                            ['webhooks.rotate', ROTATE_ENDPOINT],
                            ['webhooks.cut', ROTATE_ENDPOINT],
                            ['webhooks.remove', REMOVE_ENDPOINT],
                          ] as const
                        ).map(([words, route]) => (
                          <Act
                            key={words}
                            {...{ label: t(words), title: t(words), about: one.url, isSmall: true, route }}
                            {...{
                              parameters: { id: one.id },
                              isDanger: words === 'webhooks.remove' || words === 'webhooks.cut',
                            }}
                            {...(words === 'webhooks.cut' && { bodyOf: () => ({ now: true }) })}
                          />
                        ))}
                    </span>
                  ),
                },
              ]}
            />
          )}
        </Asked>
      </Panel>
      {shown && <Deliveries of={shown} />}
    </>
  );
}

function Deliveries({ of: id }: { of: string }) {
  const { t, name } = useWords();
  const who = useWho();
  const query = useQuery({ ...ask(LIST_DELIVERIES, { parameters: { id } }), refetchInterval: 5_000 });
  const tones = { waiting: 'wait', delivered: 'good', failed: 'bad' } as const;
  return (
    <Panel title={t('webhooks.deliveries')} flush>
      <Asked query={query}>
        {({ deliveries }) => (
          <Table
            label={t('webhooks.deliveries')}
            rows={deliveries}
            keyOf={(one) => one.eventId}
            empty={t('webhooks.deliveries.none')}
            columns={[
              { head: t('webhooks.event'), kind: 'main-cell', cell: (one) => one.type },
              {
                head: t('payment.status'),
                cell: (one) => <Badge tone={tones[one.state]}>{name('delivery', one.state)}</Badge>,
              },
              { head: t('webhooks.tries'), kind: 'right', cell: (one) => <span className="number">{one.tries}</span> },
              { head: t('queue.why'), kind: 'wide', cell: (one) => <Said>{one.error ?? ''}</Said> },
              { head: t('payment.created'), cell: (one) => <When at={one.createdAt} /> },
              {
                head: t('queue.next'),
                cell: (one) =>
                  may(who, RESEND_EVENT.roles) && (
                    <Act
                      {...{ label: t('webhooks.resend'), title: t('webhooks.resend'), route: RESEND_EVENT }}
                      {...{ parameters: { id: one.eventId }, isSmall: true }}
                    />
                  ),
              },
            ]}
          />
        )}
      </Asked>
    </Panel>
  );
}

function In() {
  const { t, name } = useWords();
  const { query, rows, more } = usePages(['listWebhooksIn'], async (cursor) => {
    const page = await call(LIST_WEBHOOKS_IN, { query: { limit: 25, cursor } });
    return { rows: page.webhooks, next: page.nextCursor };
  });
  const tone = (signature: string) =>
    signature === 'valid' ? 'good' : signature === 'unchecked' || signature === 'unsigned' ? 'warn' : 'bad';
  return (
    <Panel title={t('webhooks.in')} flush>
      <Asked query={query}>
        {() => (
          <Table
            label={t('webhooks.in')}
            rows={rows}
            keyOf={(one) => String(one.id)}
            empty={t('webhooks.in.none')}
            more={more}
            columns={[
              { head: t('webhooks.source'), kind: 'main-cell', cell: (one) => name('source', one.source) },
              {
                head: t('webhooks.signature'),
                cell: (one) => <Badge tone={tone(one.signature)}>{name('signature', one.signature)}</Badge>,
              },
              {
                head: t('webhooks.hint'),
                kind: 'wide',
                cell: (one) => <Hint of={one.hint} isReadable={one.isReadable} />,
              },
              { head: t('webhooks.address'), cell: (one) => <span className="mono">{one.sourceAddress ?? '—'}</span> },
              { head: t('webhooks.received'), cell: (one) => <When at={one.receivedAt} /> },
            ]}
          />
        )}
      </Asked>
    </Panel>
  );
}

function Hint({ of, isReadable }: { of: Readonly<Record<string, unknown>>; isReadable: boolean }) {
  const { t } = useWords();
  if (!isReadable) return <Badge tone="bad">{t('webhooks.unreadable')}</Badge>;
  const ids = [of['transactionIds'], of['bitsoIds']].flat().filter((one) => typeof one === 'string');
  return (
    <span className="pair">
      <span>{String(of['status'] ?? '')}</span>
      {ids.slice(0, 3).map((id) => (
        <Id key={id} of={id} />
      ))}
    </span>
  );
}
