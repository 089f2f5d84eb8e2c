/** Adapters over the classes of ECMA-419 that all targets of the Moddable SDK share. */
export { derBlocks, PemLabel } from './pem.js';
export { RandomEntropy } from './random-entropy.js';
export { SocketTransport } from './socket-transport.js';
export type { TcpClass, TcpSocket, TcpSocketOptions } from './tcp-socket.js';
export { TcpTransport } from './tcp-transport.js';
export type { TcpTransportOptions } from './tcp-transport.js';
export type { CertificateTools } from './tls-chain.js';
export type { TlsClass, TlsSecureOptions } from './tls-socket.js';
export type { UdpClass, UdpSocket, UdpSocketOptions } from './guarded-udp.js';
export { UdpResolver } from './udp-resolver.js';
export type { DnsQuestion } from './udp-resolver.js';
