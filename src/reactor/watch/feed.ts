import pg from 'pg';
import type { Logger } from 'pino';
import { INDEXED_CHANNEL } from '../../chain/indexed/channel.ts';

const RECONNECT_MS = 500;

/**
 * Listens to the indexer's channel and calls `onNews` for each notification, and `onOpen` after each (re)connection: what was
 * said before it was not heard. A notification says only “look”: a rollback of the chain sends none, so its payload is never read.
 */
export function listenToIndexer(
  databaseUrl: string,
  log: Logger,
  { onNews, onOpen }: { onNews: () => void; onOpen: () => void },
): { stop: () => Promise<void> } {
  let client: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  const connect = async (): Promise<void> => {
    if (isStopped) return;
    const next = new pg.Client({ connectionString: databaseUrl, keepAlive: true });
    client = next;
    const again = (error?: Error) => {
      if (client !== next || isStopped) return;
      client = undefined;
      if (error)
        log.warn(
          { event: 'feed_lost', err: error },
          'the connection to the indexer’s channel was lost; it is opened again, the sweep covers until then',
        );
      next.end().catch(() => undefined);
      timer = setTimeout(() => void connect(), RECONNECT_MS);
    };
    next.on('error', again);
    next.on('end', () => again());
    next.on('notification', onNews);
    try {
      await next.connect();
      await next.query(`LISTEN ${pg.escapeIdentifier(INDEXED_CHANNEL)}`);
      onOpen();
    } catch (error) {
      again(error instanceof Error ? error : new Error(String(error)));
    }
  };
  void connect();

  return {
    stop: async () => {
      isStopped = true;
      clearTimeout(timer);
      await client?.end().catch(() => undefined);
    },
  };
}
