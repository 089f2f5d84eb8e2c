import { SdkCiphers } from '../../../boards/moddable/sdk-ciphers.js';
import { VIRTUAL_CRYPT } from '../../../sim/virtual/crypt.js';
import { ciphersContract } from '../../contracts/ciphers.contract.js';

ciphersContract('the ciphers of the boards over the crypt of the simulation', new SdkCiphers(VIRTUAL_CRYPT));
