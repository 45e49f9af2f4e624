import type { Money } from '../../money/money.ts';
import type { Context } from '../context.ts';
import type { Tx } from '../db/client.ts';
import { leg, payment } from '../db/schema.ts';
import { deriveReference } from '../effects/key.ts';
import { type Fee, type FeeKind, type KeptFee, split } from './split.ts';
import type { LegKind, Rail, ReleasePolicy } from './states.ts';

export type FeeTo = Fee & Readonly<{ kind: FeeKind; destinationId: string; rail: Rail }>;

export type LayOutParameters = Readonly<{
  payerId: string;
  recipientId: string;
  depositClabe: string;
  amount: Money<'MXN'>;
  custodyBasisPoints: number;
  /** 0 where no share is in custody. */
  custodySeconds: number;
  release: ReleasePolicy;
  concept: string;
  expiresAt: Date;
  /** The recipient's account and how it is reached. */
  destinationId: string;
  rail: Rail;
  refundDestinationId: string | null;
  fees: readonly FeeTo[];
  cause: string;
  /** Where the deposit is here already: the terms that made a payment of it. */
  standingTermsId?: string;
}>;

/** Writes a payment and, in the same transaction, every leg that its terms split it into. Answers its id. */
export async function layOut(
  tx: Tx,
  { newId, settings }: Pick<Context, 'newId' | 'settings'>,
  terms: LayOutParameters,
): Promise<string> {
  const parts = split(terms);
  if (Array.isArray(parts)) throw new Error(`terms that cannot be split: ${parts.map((p) => p.message).join('; ')}`);
  const id = newId();
  const legOf = (kind: LegKind, amount: Money<'MXN'>, to: Pick<FeeTo, 'destinationId' | 'rail'>) => {
    const legId = newId();
    const { destinationId, rail } = to;
    const reference = deriveReference(settings.keySecret, legId);
    return {
      ...{ id: legId, paymentId: id, kind, amount: amount.units, destinationId, rail, reference },
      cause: terms.cause,
    };
  };
  const fees = parts.fees.map(({ fee, amount }) => ({
    fee,
    amount,
    paidBy: legOf('commission', amount, fee),
  }));
  const legs = [
    ...(parts.custody.units === 0n ? [] : [legOf('custody', parts.custody, terms)]),
    ...(parts.immediate.units === 0n ? [] : [legOf('immediate', parts.immediate, terms)]),
    ...fees.map(({ paidBy }) => paidBy),
  ];
  const { payerId, recipientId, depositClabe, custodyBasisPoints, custodySeconds, concept, expiresAt } = terms;
  await tx.insert(payment).values({
    ...{ id, payerId, recipientId, depositClabe, custodyBasisPoints, custodySeconds, concept, expiresAt },
    amount: parts.deposit.units,
    releasePolicy: terms.release,
    refundDestinationId: terms.refundDestinationId,
    fees: fees.map(
      ({ fee, amount, paidBy }): KeptFee => ({
        legId: paidBy.id,
        kind: fee.kind,
        bearer: fee.bearer,
        basisPoints: fee.basisPoints ?? null,
        fixed: fee.fixed?.units.toString() ?? null,
        amount: amount.units.toString(),
      }),
    ),
    ...(terms.standingTermsId === undefined ? {} : { standingTermsId: terms.standingTermsId, awaitsDeposit: false }),
  });
  await tx.insert(leg).values(legs);
  return id;
}
