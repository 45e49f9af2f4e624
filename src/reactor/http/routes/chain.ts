import { z } from 'zod';
import { ROLES } from '../../people/roles.ts';
import { question } from './declare.ts';
import { ID, LIMIT, TIME } from './shapes.ts';

/** How far each looks: the chain itself, the indexer, and what the node calls safe and finalized. */
export const BLOCKS_OF = ['head', 'indexed', 'safe', 'finalized'] as const;

export const GET_CHAIN = question({
  ...{ id: 'getChain', method: 'get', path: '/chain', tag: 'Chain', roles: ROLES },
  summary: 'The head of the chain, how far the indexer and finality are behind it, and the newest reorganisations',
  query: z.strictObject({ limit: LIMIT }),
  answer: z.strictObject({
    chainId: z.int(),
    at: TIME,
    blocks: z.array(
      z.strictObject({
        of: z.enum(BLOCKS_OF),
        number: z.int().nullable().meta({ description: 'Null where it is not known, or the node has no such tag.' }),
        minedAt: TIME.nullable(),
        behind: z.int().nullable().meta({ description: 'Blocks below the head.' }),
        age_s: z.number().nullable(),
      }),
    ),
    reorganisations: z
      .array(
        z.strictObject({
          id: ID,
          seenAt: TIME,
          fromBlock: z.int(),
          toBlock: z.int(),
          depth: z.int(),
          goneHash: z.string(),
          events: z.array(
            z.strictObject({
              paymentId: ID.nullable(),
              as: z.string(),
              txHash: z.string(),
              block: z.int(),
              blockNow: z.int().nullable().meta({ description: 'Where it is now; null while it is in no block.' }),
            }),
          ),
        }),
      )
      .meta({ description: 'Newest first: blocks that are gone, with the events that payments stood on.' }),
  }),
});
