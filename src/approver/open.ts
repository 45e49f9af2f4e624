/** The approver, put together from its settings. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { openApprover } from '../reactor/release/approver.ts';
import { openSpans, type Spans } from '../trace/open.ts';
import { openBooks } from './books.ts';
import { openChainReader } from './chain.ts';
import { openJournal } from './journal.ts';
import { type Log, nameOf } from './log.ts';
import { createApproverServer, LIMITS } from './server.ts';
import type { ApproverProcessSettings } from './settings.ts';

/** Real money. */
const ARBITRUM_ONE = 42_161;

export type RunningApprover = Readonly<{ port: number; server: Server; close: () => Promise<void> }>;

/** Starts it. Throws what keeps it from being safe: a key of another account, an edited journal, a login that can write. */
export async function startApprover(settings: ApproverProcessSettings, log: Log): Promise<RunningApprover> {
  const approver = openApprover(settings);
  if (!approver) throw new Error('the approver has no key');
  const books = openBooks(settings.databaseUrl, LIMITS.atOnce);
  if (settings.chainId === ARBITRUM_ONE) await books.assertReadsOnly();
  const journal = openJournal({ path: settings.journal, most: settings.most, now: () => new Date() });
  const chain = openChainReader(settings.rpcUrl);
  const spans = await openTraces(settings, log);
  const parts = { settings, approver, books, chain, journal, log, spans };
  const server = createApproverServer(parts, () => performance.now());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: settings.port, host: settings.host }, resolve);
  });
  return {
    server,
    port: (server.address() as AddressInfo).port,
    close: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      await books.close();
      journal.close();
      await spans?.stop();
    },
  };
}

/** Null where no collector is set: then none of it is loaded. What cannot be loaded is done without. */
async function openTraces({ tracesTo }: ApproverProcessSettings, log: Log): Promise<Spans | null> {
  if (tracesTo === null) return null;
  try {
    return await openSpans({
      ...{ endpoint: tracesTo, service: 'kustodia-approver', instance: `${hostname()}:${process.pid}` },
      onLost: () => log('warn', { event: 'traces_not_sent' }),
    });
  } catch (error) {
    log('warn', { event: 'traces_not_opened', ...nameOf(error) });
    return null;
  }
}
