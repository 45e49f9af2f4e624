import { useQuery } from '@tanstack/react-query';
import { z } from 'zod';
import { headersOfPage } from '../api/touch.ts';
import { Asked } from '../parts/asked.tsx';
import { Badge, Facts, Head, Panel, Said, When } from '../parts/basic.tsx';
import { useWords } from '../words/use.tsx';

const PARTS = ['indexer', 'chain', 'juno', 'database', 'automation'] as const;
const PART = z.looseObject({ ok: z.boolean(), sentence: z.string() });
const HEALTH = z.object({
  status: z.enum(['ok', 'degraded', 'down']),
  timestamp: z.string(),
  indexer: PART.extend({ indexed: z.number().nullish() }),
  chain: PART.extend({ head: z.number().nullish(), early_release: z.string().nullish() }),
  juno: PART,
  database: PART,
  automation: PART,
});

/** What GET /health says, which is an answer whatever its status is. */
async function readHealth() {
  const response = await fetch('/health', { headers: headersOfPage() });
  return HEALTH.parse(await response.json());
}

export default function Indexer() {
  const { t, name } = useWords();
  const query = useQuery({ queryKey: ['health'], queryFn: readHealth, refetchInterval: 2_000 });
  return (
    <div className="stack">
      <Head title={t('nav.indexer')} about={t('indexer.about')} />
      <Asked query={query}>
        {(health) => {
          const { head } = health.chain;
          const { indexed } = health.indexer;
          const isKnown = typeof head === 'number' && typeof indexed === 'number';
          return (
            <>
              <Panel title={t('indexer.progress')}>
                <Facts
                  rows={[
                    [
                      t('indexer.head'),
                      <span key="h" className="number">
                        {head ?? '—'}
                      </span>,
                    ],
                    [
                      t('indexer.indexed'),
                      <span key="i" className="number">
                        {indexed ?? '—'}
                      </span>,
                    ],
                    [
                      t('indexer.behind'),
                      <span key="b" className="number">
                        {isKnown ? Math.max(0, head - indexed) : '—'}
                      </span>,
                    ],
                    [t('indexer.early'), <Said key="e">{health.chain.early_release ?? '—'}</Said>],
                    [t('overview.at'), <When key="t" at={health.timestamp} how="full" />],
                  ]}
                />
              </Panel>
              <div className="grid2">
                {PARTS.map((part) => (
                  <Panel
                    key={part}
                    title={name('part', part)}
                    aside={
                      <Badge tone={health[part].ok ? 'good' : 'bad'}>
                        {t(health[part].ok ? 'part.ok' : 'part.bad')}
                      </Badge>
                    }
                  >
                    <p>
                      <Said>{health[part].sentence}</Said>
                    </p>
                  </Panel>
                ))}
              </div>
            </>
          );
        }}
      </Asked>
    </div>
  );
}
