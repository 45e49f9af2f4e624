import { ponder } from 'ponder:registry';
import { adminEvent } from 'ponder:schema';
import { lower, placeOf } from './place.ts';

const ADMIN_EVENTS = [
  'Paused',
  'Unpaused',
  'RoleGranted',
  'RoleRevoked',
  'RoleAdminChanged',
  'TokenAllowedSet',
  'TokensRescued',
  'DefaultAdminTransferScheduled',
  'DefaultAdminTransferCanceled',
] as const;

/** JSON has no bigint: numbers of the chain are kept as text. */
const plain = (args: object): object =>
  Object.fromEntries(
    Object.entries(args).map(([key, value]) => [key, typeof value === 'bigint' ? value.toString() : value]),
  );

for (const name of ADMIN_EVENTS) {
  ponder.on(`KustodiaEscrow:${name}`, async ({ event, context }) => {
    await context.db.insert(adminEvent).values({
      ...placeOf(event, context.chain.id),
      contract: lower(event.log.address),
      name,
      args: plain(event.args),
    });
  });
}
