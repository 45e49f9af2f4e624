import { createServer } from 'node:net';
import { type IndexerEnvironment, IndexerStartError } from './environment.ts';

/** Throws an IndexerStartError if the port cannot be had: Ponder itself would take the next one without a word. */
export function assertPortIsFree({ INDEXER_HOST: host, INDEXER_PORT: port }: IndexerEnvironment): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', ({ code }: NodeJS.ErrnoException) => {
      const why =
        code === 'EADDRINUSE'
          ? `Port ${port} on ${host} is taken. Stop what uses it, or set INDEXER_PORT to a free one.`
          : `Cannot listen on port ${port} of ${host} (${code}). Set INDEXER_PORT and INDEXER_HOST to what this machine has.`;
      reject(new IndexerStartError(`${why} Nothing was started.`));
    });
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve()));
  });
}
