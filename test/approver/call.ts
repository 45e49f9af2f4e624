/** A question to the approver, as the reactor asks it. */
export const call = (address: string, text: string): string =>
  JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'eth_signTypedData', params: [address, text] });
