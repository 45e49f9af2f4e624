/** Every command that needs two people. Others add theirs here. */
import { RESOLVE_DISPUTE } from '../disputes/resolve.ts';
import { ALLOW_ATTEMPT, RESOLVE_EFFECT } from '../effects/decide-by-people.ts';
import { RAISE_CAP } from '../guards/caps.ts';
import { OPEN_SWITCH } from '../guards/switches.ts';
import { ERASE_USER } from '../people/erase.ts';
import { RELEASE_PAYMENT } from '../release/four-eyes.ts';
import { NAME_TRANSFER } from '../replace/name-transfer.ts';
import { REFUND_PAYMENT } from '../replace/refund.ts';
import { REPAY_LEG } from '../replace/repay.ts';
import { SETTLE_OUTSIDE } from '../replace/settle-outside.ts';
import { GIVE_SUSPENSE } from '../suspense/four-eyes.ts';
import { CARRY_OVER_WALLET } from '../wallet/carry-over.ts';
import { CLEAR_NONCE } from '../wallet/clear-nonce.ts';
import type { CommandOf } from './approve.ts';
import type { FourEyesCommand } from './command.ts';

export const FOUR_EYES: readonly FourEyesCommand[] = [
  RESOLVE_EFFECT,
  ALLOW_ATTEMPT,
  CLEAR_NONCE,
  CARRY_OVER_WALLET,
  REPAY_LEG,
  SETTLE_OUTSIDE,
  NAME_TRANSFER,
  REFUND_PAYMENT,
  RELEASE_PAYMENT,
  GIVE_SUSPENSE,
  OPEN_SWITCH,
  RAISE_CAP,
  ERASE_USER,
  RESOLVE_DISPUTE,
] as readonly unknown[] as FourEyesCommand[];

export const commandOf: CommandOf = (name) => FOUR_EYES.find((command) => command.name === name);
