/** Sent together at most; the rest goes with the next ones. */
const MOST = 500;

type Waiting<T> = Readonly<{ item: T; done: () => void; failed: (error: unknown) => void }>;

/**
 * While one batch is on its way, what else is given is gathered, and goes with the next: a crowd costs as many round trips as follow
 * one another, and who comes alone waits for nobody. Each is told how its own batch ended.
 *
 * @example
 * const enqueue = gather((jobs) => boss.insert('look', jobs));
 */
export function gather<T>(send: (items: readonly T[]) => Promise<unknown>): (item: T) => Promise<void> {
  let waiting: Waiting<T>[] = [];
  let isSending = false;
  const sendAll = async (): Promise<void> => {
    isSending = true;
    while (waiting.length > 0) {
      const batch = waiting.slice(0, MOST);
      waiting = waiting.slice(MOST);
      try {
        await send(batch.map(({ item }) => item));
        for (const { done } of batch) done();
      } catch (error) {
        for (const { failed } of batch) failed(error);
      }
    }
    isSending = false;
  };
  return (item) =>
    new Promise((done, failed) => {
      waiting.push({ item, done, failed });
      if (!isSending) void sendAll();
    });
}
