import type { Address } from 'viem';

/** MXNB as Juno issues it, by the id of the chain (escrow contracts' documentation). */
export const KNOWN_MXNB: Readonly<Record<number, Address>> = {
  42161: '0xF197FFC28c23E0309B5559e7a166f2c6164C80aA',
  421614: '0x82B9e52b26A2954E113F94Ff26647754d5a4247D',
};
