/** What the approver is asked, as it came over the wire. */
import { isDeepStrictEqual } from 'node:util';
import type { Hex } from 'viem';
import { z } from 'zod';
import { type EarlyApproval, earlyApprovalData, earlyApprovalText } from '../chain/early-approval.ts';
import { RefusedError } from './refused.ts';

const hex = (digits: number) =>
  z
    .string()
    .regex(new RegExp(`^0x[0-9a-fA-F]{${digits}}$`))
    .transform((text) => text.toLowerCase() as Hex);
const whole = z.string().regex(/^(0|[1-9]\d{0,77})$/);
const unix_s = z.string().regex(/^[1-9]\d{0,11}$/);

const CALL = z.object({
  jsonrpc: z.literal('2.0'),
  id: z.union([z.int(), z.string().max(100)]),
  method: z.literal('eth_signTypedData'),
  params: z.tuple([hex(40), z.string().max(8_192)]),
});
const ACTS = { ReleaseEarly: 'release', CancelEarly: 'cancel' } as const;
const TYPED = z.strictObject({
  types: z.unknown(),
  domain: z.strictObject({
    name: z.literal('KustodiaEscrow'),
    version: z.literal('3'),
    chainId: z.int().positive(),
    verifyingContract: hex(40),
  }),
  primaryType: z.enum(['ReleaseEarly', 'CancelEarly']),
  message: z.strictObject({
    escrowId: whole.transform(BigInt),
    ref: hex(64),
    disputes: z
      .int()
      .min(0)
      .max(2 ** 24 - 1),
    expiry: unix_s.transform(Number),
  }),
});

export type Asked = EarlyApproval & Readonly<{ approver: Hex }>;
export type Call = Readonly<{ id: number | string; asked: Asked }>;

const notAsked = (what: string) =>
  new RefusedError(
    'not_understood',
    `${what}. It signs ReleaseEarly and CancelEarly of KustodiaEscrow 3 alone, by eth_signTypedData`,
  );

/** Reads a JSON-RPC call. What is signed is put together anew of what was read, and was asked for exactly so. Throws a RefusedError. */
export function readCall(body: string): Call {
  const call = CALL.safeParse(jsonOf(body));
  if (!call.success) throw notAsked('The call is none that it serves');
  const [approver, text] = call.data.params;
  const given = jsonOf(text);
  const typed = TYPED.safeParse(given);
  if (!typed.success) throw notAsked('The data is none that it signs');
  const { domain, primaryType, message } = typed.data;
  const { ref: reference, ...rest } = message;
  const { chainId, verifyingContract: contract } = domain;
  const asked = { act: ACTS[primaryType], chainId, contract, reference, ...rest };
  if (!isDeepStrictEqual(lower(given), lower(JSON.parse(earlyApprovalText(earlyApprovalData(asked))))))
    throw notAsked('The types of the data are not those of the contract');
  return { id: call.data.id, asked: { ...asked, approver } };
}

/** Addresses may come in capitals too. */
const lower = (given: unknown): unknown =>
  JSON.parse(
    JSON.stringify(given, (_, value) =>
      typeof value === 'string' && value.startsWith('0x') ? value.toLowerCase() : value,
    ),
  );

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
