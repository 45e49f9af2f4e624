import { afterAll, afterEach, beforeAll } from 'vitest';
import { startAnvil, type TestAnvil } from '../support/anvil.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { type Proxy as NodeProxy, startProxy } from './proxy.ts';
import { type GivenWalletOptions, givenWallet } from './support.ts';

export const RAW = 'eth_sendRawTransaction';

/** A Postgres, a node that mines when it is told, and a proxy before it that can misbehave, for one file. */
export function useNode() {
  let postgres: TestPostgres;
  let anvil: TestAnvil;
  let proxy: NodeProxy;
  beforeAll(async () => {
    [postgres, anvil] = await Promise.all([startPostgres(), startAnvil({ args: ['--no-mining'] })]);
    proxy = await startProxy(anvil.url);
  });
  afterEach(() => proxy.misbehave());
  afterAll(async () => {
    await proxy?.stop();
    await anvil?.stop();
    await postgres?.stop();
  });
  return {
    get postgres() {
      return postgres;
    },
    get anvil() {
      return anvil;
    },
    get proxy() {
      return proxy;
    },
    mine: (blocks = 1) => anvil.client.mine({ blocks }),
    /** A wallet of its own, which reaches the node through the proxy. */
    givenWallet: (options?: GivenWalletOptions) => givenWallet({ postgres, anvil }, { rpcUrl: proxy.url, ...options }),
  };
}
