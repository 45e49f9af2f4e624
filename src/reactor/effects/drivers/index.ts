import { APPROVER_SIGNATURE } from '../../release/sign-release.ts';
import type { Driver } from '../driver.ts';
import type { EffectKind } from '../states.ts';
import { BITSO_PAYOUT } from './bitso.ts';
import { JUNO_DRIVERS } from './juno.ts';

/** The driver of an effect that Juno or Bitso performs, or the approver signs; those of the chain belong to the wallet's lane. */
export function driverOf(kind: EffectKind): Driver {
  const driver =
    kind === 'bitso_payout' ? BITSO_PAYOUT : kind === 'approver_signature' ? APPROVER_SIGNATURE : JUNO_DRIVERS[kind];
  if (!driver) throw new Error(`${kind} is performed by the wallet’s lane`);
  return driver;
}
