/** How much is in custody and who gets which fee, as the command line says it: for a payment, and for standing terms. */
import type { Command } from 'commander';

const FEE_HELP = 'a fee, as RATE,BEARER,USER ID,CLABE,LEGAL NAME: RATE is 250bp or 12.50, BEARER is payer or recipient';

export type FeeOptions = Readonly<{
  custody?: string;
  custodyShare?: string;
  release?: string;
  platformFee?: string;
  broker: readonly string[];
}>;

/** The options of custody, release and fees. */
export const withFees = (command: Command): Command =>
  command
    .option('--custody <seconds>', 'how long the escrow holds it; none where no share is in custody')
    .option('--custody-share <basis points>', 'how much of the recipient’s part it holds (default: 10000, all of it)')
    .option('--release <policy>', 'date, approvals, date_or_approvals or date_and_approvals (default: date)')
    .option('--platform-fee <fee>', FEE_HELP)
    .option('--broker <fee>', 'the same for a broker; may be given again', (text, all: string[]) => [...all, text], []);

/** Text that is no number stays text, so that the reactor's own words say what is wrong with it. */
export const number = (text: string): number | string => (/^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text);

/** These options as the fields of a request. */
export function feesOf({ custody, custodyShare, release, platformFee, broker }: FeeOptions) {
  const fees = [
    ...(platformFee === undefined ? [] : [feeOf('platform', platformFee)]),
    ...broker.map((text) => feeOf('broker', text)),
  ];
  return {
    ...(custodyShare === undefined ? {} : { custodyBasisPoints: number(custodyShare) }),
    ...(custody === undefined ? {} : { custodySeconds: number(custody) }),
    ...(release === undefined ? {} : { release }),
    ...(fees.length === 0 ? {} : { fees }),
  };
}

/** What is missing in it is told by the reactor, by the fee's field. */
function feeOf(kind: 'platform' | 'broker', text: string) {
  const [rate = '', bearer, beneficiaryId, clabe, ...name] = text.split(',').map((part) => part.trim());
  return {
    kind,
    bearer,
    ...(rate.endsWith('bp') ? { basisPoints: number(rate.slice(0, -2)) } : { amount: rate }),
    beneficiaryId,
    payout: { clabe, legalName: name.join(', ') },
  };
}

/** How much is in custody, and for how long, for people. */
export const custodyOf = ({
  custodyBasisPoints,
  custodySeconds,
}: {
  custodyBasisPoints: number;
  custodySeconds: number;
}) =>
  custodyBasisPoints === 0
    ? 'none: paid at once'
    : `${(custodyBasisPoints / 100).toFixed(2)} % for ${custodySeconds} s`;
