import { hostname } from 'node:os';
import { escrowRootOf, logSpanId } from '../trace/ids.ts';
import { openSpans } from '../trace/open.ts';
import type { placeOf } from './place.ts';

/** What is older was indexed before, or long after it happened: it is read again, and tells nobody how fast it went. */
const NEWS_S = 600;

const endpoint = process.env['OTEL_EXPORTER_OTLP_ENDPOINT'];
const tell = (line: Readonly<Record<string, string>>) => {
  process.stdout.write(`${JSON.stringify({ level: 'warn', part: 'indexer', ...line })}\n`);
};
/** Null where no collector is set: then none of it is loaded. What cannot be loaded is done without. */
const spans = endpoint
  ? await openSpans({
      ...{ endpoint, service: 'kustodia-indexer', instance: `${hostname()}:${process.pid}` },
      onLost: (msg) => tell({ event: 'traces_not_sent', msg }),
    }).catch(() => {
      tell({ event: 'traces_not_opened', msg: 'traces cannot be written; indexing goes on without' });
      return null;
    })
  : null;

/** Writes that an event of an escrow was indexed, by the reference of the escrow. */
export function followEvent(
  { id, blockHash, blockTimestamp, txHash }: ReturnType<typeof placeOf>,
  { reference, kind, from }: Readonly<{ reference: string | null; kind: string; from: Date }>,
): void {
  const to = Date.now();
  if (!spans || reference === null || to / 1_000 - Number(blockTimestamp) > NEWS_S) return;
  const facts = { reference, kind, hash: txHash };
  spans.past(
    'indexer.event',
    escrowRootOf(reference),
    { from, took_ms: to - from.getTime() },
    facts,
    logSpanId(id, blockHash),
  );
}
