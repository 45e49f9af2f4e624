import { useQuery } from '@tanstack/react-query';
import { z } from 'zod';
import { GET_CHAIN } from '../../reactor/http/routes/chain.ts';
import type { AnswerOf } from '../../reactor/http/routes/client.ts';
import { ask } from '../api/client.ts';
import { headersOfPage } from '../api/touch.ts';
import { count, lasting } from '../look/format.ts';
import { Asked } from '../parts/asked.tsx';
import { Badge, Facts, Head, Id, Panel, Said, When } from '../parts/basic.tsx';
import { OpenPayment } from '../parts/payment-link.tsx';
import { Table } from '../parts/table.tsx';
import { useWords } from '../words/use.tsx';

const LIVE_MS = 2_000;
const PARTS = ['indexer', 'chain', 'juno', 'database', 'automation'] as const;
const PART = z.looseObject({ ok: z.boolean(), sentence: z.string() });
const HEALTH = z.object({
  status: z.enum(['ok', 'degraded', 'down']),
  timestamp: z.string(),
  indexer: PART,
  chain: PART.extend({ early_release: z.string().nullish() }),
  juno: PART,
  database: PART,
  automation: PART,
});

/** What GET /health says, which is an answer whatever its status is. */
async function readHealth() {
  const response = await fetch('/health', { headers: headersOfPage() });
  return HEALTH.parse(await response.json());
}

type Chain = AnswerOf<typeof GET_CHAIN>;

export default function Indexer() {
  const { t, name } = useWords();
  const health = useQuery({ queryKey: ['health'], queryFn: readHealth, refetchInterval: LIVE_MS });
  const chain = useQuery({ ...ask(GET_CHAIN, { query: { limit: 50 } }), refetchInterval: LIVE_MS });
  return (
    <div className="stack">
      <Head title={t('nav.indexer')} about={t('indexer.about')} />
      <Asked query={chain}>
        {(found) => (
          <>
            <Gap of={found} />
            <Gone of={found.reorganisations} />
          </>
        )}
      </Asked>
      <Asked query={health}>
        {(found) => (
          <div className="grid2">
            {PARTS.map((part) => (
              <Panel
                key={part}
                title={name('part', part)}
                aside={
                  <Badge tone={found[part].ok ? 'good' : 'bad'}>{t(found[part].ok ? 'part.ok' : 'part.bad')}</Badge>
                }
              >
                <p>
                  <Said>{found[part].sentence}</Said>
                </p>
                {part === 'chain' && found.chain.early_release && (
                  <Facts rows={[[t('indexer.early'), <Said key="e">{found.chain.early_release}</Said>]]} />
                )}
              </Panel>
            ))}
          </div>
        )}
      </Asked>
    </div>
  );
}

/** How far the indexer and finality are behind the head: what lies between may still be taken back. */
function Gap({ of }: { of: Chain }) {
  const { t, name, locale } = useWords();
  return (
    <Panel title={t('indexer.gap')} flush>
      <Table
        label={t('indexer.gap')}
        rows={of.blocks}
        keyOf={(one) => one.of}
        empty="—"
        columns={[
          {
            head: t('indexer.which'),
            kind: 'main-cell',
            cell: (one) => (
              <>
                <strong>{name('block', one.of)}</strong>
                <div className="soft small" style={{ fontWeight: 400 }}>
                  {name('block.about', one.of)}
                </div>
              </>
            ),
          },
          {
            head: t('wallet.block'),
            kind: 'right',
            cell: (one) => <span className="number">{one.number === null ? t('indexer.unknown') : one.number}</span>,
          },
          {
            head: t('indexer.behind'),
            kind: 'right',
            cell: (one) => <span className="number">{one.behind === null ? '—' : count(one.behind, locale)}</span>,
          },
          {
            head: t('indexer.age'),
            kind: 'right',
            cell: (one) => <span className="number">{one.age_s === null ? '—' : lasting(one.age_s, locale)}</span>,
          },
        ]}
      />
    </Panel>
  );
}

/** Blocks that the chain took back, and what became of the events in them that payments stood on. */
function Gone({ of }: { of: Chain['reorganisations'] }) {
  const { t, name } = useWords();
  return (
    <Panel title={t('indexer.gone')} flush>
      <Table
        label={t('indexer.gone')}
        rows={of}
        keyOf={(one) => one.id}
        empty={t('indexer.gone.none')}
        columns={[
          { head: t('indexer.seen'), kind: 'main-cell', cell: (one) => <When at={one.seenAt} how="full" /> },
          {
            head: t('indexer.range'),
            kind: 'right',
            cell: (one) => (
              <span className="number">
                {one.fromBlock === one.toBlock ? one.toBlock : `${one.fromBlock} – ${one.toBlock}`}
              </span>
            ),
          },
          { head: t('indexer.depth'), kind: 'right', cell: (one) => <span className="number">{one.depth}</span> },
          { head: t('indexer.hash'), cell: (one) => <Id of={one.goneHash} /> },
          {
            head: t('indexer.events'),
            kind: 'wide',
            cell: (one) =>
              one.events.length === 0 ? (
                <span className="soft">{t('indexer.events.none')}</span>
              ) : (
                <ul>
                  {one.events.map((event) => (
                    <li key={`${event.txHash} ${event.as}`}>
                      {name('chainEvent', event.as)} <Id of={event.txHash} />{' '}
                      {event.paymentId && <OpenPayment id={event.paymentId} />}{' '}
                      <Badge tone={event.blockNow === null ? 'warn' : 'good'}>
                        {event.blockNow === null
                          ? t('indexer.event.gone')
                          : t('indexer.event.back', { block: event.blockNow })}
                      </Badge>
                    </li>
                  ))}
                </ul>
              ),
          },
        ]}
      />
    </Panel>
  );
}
