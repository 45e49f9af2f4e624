/** A reactor in a process of its own, over chain and rails that are in the process that started it (`with-processes.ts`). */
import { custom } from 'viem';
import { type Asked, TOLD, type Told } from './messages.ts';
import { type LivesReactor, openLivesReactor } from './reactor.ts';

const [, , databaseUrl = '', holder = ''] = process.argv;
const waiting = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>();
let asked = 0;
const ask = (make: (id: number) => Asked): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const id = asked++;
    waiting.set(id, { resolve, reject });
    process.send?.(make(id));
  });

let reactor: LivesReactor | undefined;
function hear(told: Told): void {
  if (told.tell === 'indexed') reactor?.onIndexed();
  else if (told.tell === 'juno') reactor?.onJuno();
  else if (told.tell === 'stop')
    void (reactor?.stop() ?? Promise.resolve()).then(
      () => process.exit(0),
      () => process.exit(1),
    );
  else {
    const one = waiting.get(told.id);
    waiting.delete(told.id);
    if (told.tell === 'answer') one?.resolve(told.result);
    else one?.reject(new Error(told.message));
  }
}
process.on('message', (message) => hear(TOLD.parse(message)));
process.on('disconnect', () => process.exit(0));

reactor = await openLivesReactor({
  databaseUrl,
  holder,
  transport: custom(
    {
      request: ({ method, params }: { method: string; params?: unknown }) =>
        ask((id) => ({ ask: 'chain', id, method, params: (params ?? []) as unknown[] })),
    },
    { retryCount: 0 },
  ),
  exchange: async ({ method, path, body, headers, guard }) => {
    await guard?.();
    const idempotencyKey = headers['x-idempotency-key'];
    const rest = { method, path, body: Buffer.from(body).toString(), ...(idempotencyKey && { idempotencyKey }) };
    return (await ask((id) => ({ ask: 'rail', id, ...rest }))) as { httpStatus: number; text: string };
  },
});
await reactor.start();
process.send?.({ ask: 'started', id: -1 } satisfies Asked);
