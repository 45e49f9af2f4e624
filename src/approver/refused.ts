/** It is not signed. The sentence is for whoever asked, and for the log: no personal data. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly code: string;
  constructor(code: string, why: string) {
    super(`The approver does not sign: ${why}. Nothing was signed.`);
    this.code = code;
  }
}
