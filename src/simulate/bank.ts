/** The rails' own books, by which everything is judged: what came in and what left, whatever anybody believes. */

export type Incoming = Readonly<{
  id: string;
  clabe: string;
  /** Whose account it came from. */
  sender: string;
  amount: bigint;
  at_ms: number;
  /** The order that it brings back; null for money from outside. */
  returns: Outgoing | null;
  /** A deposit under Juno’s minimum is sent back by Juno itself. */
  isSentBack: boolean;
}>;
export type Outgoing = Readonly<{ id: string; clabe: string; amount: bigint; at_ms: number; by: string }> & {
  isReturned: boolean;
};

export function createBank() {
  const incoming: Incoming[] = [];
  const outgoing: Outgoing[] = [];
  return {
    incoming: (): readonly Incoming[] => incoming,
    outgoing: (): readonly Outgoing[] => outgoing,
    receive: (one: Incoming): void => void incoming.push(one),
    pay: (one: Omit<Outgoing, 'isReturned'>): Outgoing => {
      const order = { ...one, isReturned: false };
      outgoing.push(order);
      return order;
    },
  };
}

export type Bank = ReturnType<typeof createBank>;
