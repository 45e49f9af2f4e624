import { type Context, type Event, ponder } from 'ponder:registry';
import { adminEvent } from 'ponder:schema';
import { lower, placeOf } from './place.ts';

const ADMIN_EVENTS = [
  'EscrowV3:Paused',
  'EscrowV3:Unpaused',
  'EscrowV3:RoleGranted',
  'EscrowV3:RoleRevoked',
  'EscrowV3:RoleAdminChanged',
  'EscrowV3:TokenAllowedSet',
  'EscrowV3:TokensRescued',
  'EscrowV3:SettlementDelaySet',
  'EscrowV3:SettlementScheduled',
  'EscrowV3:SettlementSet',
  'EscrowV3:DefaultAdminTransferScheduled',
  'EscrowV3:DefaultAdminTransferCanceled',
  'EscrowV3:DefaultAdminDelayChangeScheduled',
  'EscrowV3:DefaultAdminDelayChangeCanceled',
  'EscrowV2:OwnershipTransferred',
  'EscrowV2:Initialized',
  'EscrowV2:Upgraded',
  'EscrowV2:AdminChanged',
  'EscrowV2Pausable:OwnershipTransferred',
  'EscrowV2Pausable:Initialized',
  'EscrowV2Pausable:Upgraded',
  'EscrowV2Pausable:AdminChanged',
  'EscrowV2Pausable:BridgeWalletUpdated',
  'EscrowV2Pausable:PlatformWalletUpdated',
  'EscrowV2Pausable:PauserAdded',
  'EscrowV2Pausable:PauserRemoved',
  'EscrowV2Pausable:Paused',
  'EscrowV2Pausable:Unpaused',
  'Mxnb:Pause',
  'Mxnb:Unpause',
  'Mxnb:Blacklisted',
  'Mxnb:UnBlacklisted',
] as const;
type AdminEventName = (typeof ADMIN_EVENTS)[number];

/** JSON has no bigint: the chain's numbers are kept as decimal text. */
const plain = (args: object): Record<string, string | boolean> =>
  Object.fromEntries(
    Object.entries(args).map(([name, value]) => [name, typeof value === 'boolean' ? value : String(value)]),
  );

for (const name of ADMIN_EVENTS) {
  ponder.on(name, async (logged: { event: Event<AdminEventName>; context: Context<AdminEventName> }) => {
    const { event, context } = logged;
    await context.db.insert(adminEvent).values({
      ...placeOf(logged),
      contract: lower(event.log.address),
      name: name.slice(name.indexOf(':') + 1),
      args: plain(event.args ?? {}),
    });
  });
}
