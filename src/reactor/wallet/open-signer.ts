import type { Settings } from '../settings.ts';
import { remoteSigner } from './remote-signer.ts';
import { localSigner, type Signer } from './signer.ts';

/** The signer that the settings name. Throws when a local key is not the key of the bridge wallet. */
export const openSigner = ({ bridge, bridgeSigner }: Pick<Settings, 'bridge' | 'bridgeSigner'>): Signer =>
  'key' in bridgeSigner ? localSigner(bridgeSigner.key, bridge) : remoteSigner({ ...bridgeSigner, address: bridge });
