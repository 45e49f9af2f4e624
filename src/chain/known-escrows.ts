import type { Address } from 'viem';

/**
 * The code behind the predecessor's proxies where its deployment is on record, by the id of the chain and the proxy, all in lower case
 * (escrow contracts' documentation). Its owner can replace it at any moment; what it was replaced by is driven once it stands here.
 */
const IMPLEMENTATIONS: Readonly<Record<number, Readonly<Record<string, Address>>>> = {
  42161: {
    '0x82fe581f39b1701b6e7bd0247afd2af08ce04c40': '0xbd1ecfc0b016d399b1c8cef6aaaf9787e91f4128',
  },
};

/** Null where none is on record. */
export const knownImplementation = (chainId: number, escrow: Address): Address | null =>
  IMPLEMENTATIONS[chainId]?.[escrow.toLowerCase()] ?? null;
