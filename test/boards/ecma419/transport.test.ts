import { SocketTransport, TcpTransport } from '../../../boards/ecma419/index.js';
import { NodeTimers } from '../../../sim/hal/index.js';
import { transportContract } from '../../contracts/transport.contract.js';
import { nodeCertificates } from '../../support/ecma419/node-certificates.js';
import { nodeTcp } from '../../support/ecma419/node-tcp.js';
import { nodeTls } from '../../support/ecma419/node-tls.js';
import { makeRsaCertificates } from '../../support/certificates.js';

const timers = new NodeTimers();
const lin = { buffer: 32768, writableBeforeRefusal: true, lateCallbacks: true };

transportContract('TcpTransport', () => new TcpTransport(nodeTcp({ buffer: 65536 }), { timers, send: 8192 }), {
  tls: false,
  tellsReset: false,
});

transportContract(
  'TcpTransport as on Linux',
  () => new TcpTransport(nodeTcp(lin), { timers, receive: 3000, send: 32768 }),
  { tls: false, tellsReset: false },
);

transportContract(
  'SocketTransport',
  () =>
    new SocketTransport(nodeTcp({ buffer: 65536 }), nodeTls, { timers, send: 16384, certificates: nodeCertificates }),
  { tellsReset: false, certificates: makeRsaCertificates, nameDetail: /is for another name/ },
);
