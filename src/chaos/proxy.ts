import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A wire that can be cut: TCP from one local port to another. */
export type TcpProxy = Readonly<{
  port: number;
  /** Ends every connection as a broken cable does. New ones are taken. */
  cut: () => void;
  /** Nothing gets through, either way, until `resume`; nothing is lost. New connections are taken and wait. */
  pause: () => void;
  resume: () => void;
  close: () => Promise<void>;
}>;

/** Opens the wire to a port of 127.0.0.1, on a free one. */
export async function openProxy(target: number): Promise<TcpProxy> {
  const pairs = new Set<readonly [near: Socket, far: Socket]>();
  let isPaused = false;
  const join = ([near, far]: readonly [Socket, Socket]) => {
    near.pipe(far);
    far.pipe(near);
  };
  const part = ([near, far]: readonly [Socket, Socket]) => {
    near.unpipe(far).pause();
    far.unpipe(near).pause();
  };

  const server = createServer((near) => {
    const pair = [near, connect({ port: target, host: '127.0.0.1' })] as const;
    const end = () => {
      pairs.delete(pair);
      for (const socket of pair) socket.destroy();
    };
    pairs.add(pair);
    for (const socket of pair) socket.setNoDelay(true).on('error', end).on('close', end);
    if (!isPaused) join(pair);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: 0, host: '127.0.0.1' }, resolve);
  });
  const cut = () => {
    for (const [near] of pairs) near.resetAndDestroy();
  };

  return {
    port: (server.address() as AddressInfo).port,
    cut,
    pause: () => {
      isPaused = true;
      pairs.forEach(part);
    },
    resume: () => {
      isPaused = false;
      pairs.forEach(join);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        cut();
      }),
  };
}
