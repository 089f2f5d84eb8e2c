import { SdkCiphers } from '../../../boards/moddable/sdk-ciphers.js';
import { NodeCiphers } from '../../../sim/hal/ciphers.js';
import { ciphersContract } from '../../contracts/ciphers.contract.js';
import { sdkCrypt } from './support/sdk-crypt.js';

ciphersContract('NodeCiphers', new NodeCiphers());
ciphersContract('SdkCiphers', new SdkCiphers(sdkCrypt));
