import { createHmac } from 'node:crypto';

const MARKER = /^erased:[0-9a-f]{32}$/;

/**
 * What stands where a CLABE was erased: nobody reads the CLABE off it, and who holds the deployment’s secret can tell that a CLABE of
 * Juno’s is one that was erased here, so that it is never given to anybody else.
 */
export const erasedClabe = (secret: string, clabe: string): string =>
  `erased:${createHmac('sha256', secret).update(`kustodia/v1|erased clabe|${clabe}`).digest('hex').slice(0, 32)}`;

export const isErasedClabe = (clabe: string): boolean => MARKER.test(clabe);

/** What stands where a name, an e-mail address or a document was. */
export const ERASED = 'erased';
