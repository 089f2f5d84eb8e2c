/** Adapters over the classes of ECMA-419 that all targets of the Moddable SDK share. */
export { SocketTransport } from './socket-transport.js';
export { TcpTransport } from './tcp-transport.js';
export type { TcpClass, TcpSocket, TcpSocketOptions, TcpTransportOptions } from './tcp-transport.js';
export type { CertificateTools } from './tls-chain.js';
export type { TlsClass, TlsSecureOptions } from './tls-connection.js';
export { derBlocks, PemLabel } from './tls-options.js';
export { UdpResolver } from './udp-resolver.js';
export type { UdpResolverOptions } from './udp-resolver.js';
export type { UdpClass, UdpSocket, UdpSocketOptions } from './udp-socket.js';
