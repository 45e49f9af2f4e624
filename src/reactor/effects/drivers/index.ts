import type { Driver } from '../driver.ts';
import type { EffectKind } from '../states.ts';
import { BITSO_PAYOUT } from './bitso.ts';
import { JUNO_DRIVERS } from './juno.ts';

/** The driver of an effect that Juno or Bitso performs; those of the chain belong to the wallet's lane. */
export function driverOf(kind: EffectKind): Driver {
  const driver = kind === 'bitso_payout' ? BITSO_PAYOUT : JUNO_DRIVERS[kind];
  if (!driver) throw new Error(`${kind} is not performed by Juno or Bitso`);
  return driver;
}
