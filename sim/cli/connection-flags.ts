import { createPrivateKey } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import nodeTls from 'node:tls';
import { Option } from 'commander';
import type { Command } from 'commander';
import type { ConnectionOptions } from '../../src/connection/index.js';
import type { Endpoint, TlsOptions } from '../../src/hal/index.js';
import type { Will } from '../../src/mqtt/index.js';
import { BadInput, reasonOf, showValue, unreadable } from '../bad-input.js';
import { checkTlsOptions } from '../hal/index.js';
import { refuseAbsentFlags } from './absent-flags.js';
import { parseBrokerUrl } from './broker-url.js';
import type { BrokerUrl } from './broker-url.js';
import { warn } from './terminal.js';
import { protocolLevel, topicName, integer, willQos } from './parse-values.js';

/** The TLS flags, which all commands share. */
export interface TlsFlags {
  cafile?: string;
  cert?: string;
  capath?: string;
  key?: string;
  keypass?: string;
  insecure?: boolean;
  tlsAlpn?: string;
  tlsVersion?: 'tlsv1.2' | 'tlsv1.3';
}

/** The flags of mosquitto_pub and mosquitto_sub that say how to connect. */
export interface ConnectionFlags extends TlsFlags {
  host?: string;
  port?: number;
  url?: string;
  id?: string;
  username?: string;
  pw?: string;
  keepalive: number;
  disableCleanSession?: boolean;
  protocolVersion: 3 | 4;
  willTopic?: string;
  willPayload?: string;
  willQos?: 0 | 1 | 2;
  willRetain?: boolean;
}

/** Adds the TLS flags to a command. */
export function addTlsFlags(command: Command): Command {
  return command
    .option('--cafile <file>', 'file of trusted CA certificates, PEM; turns on TLS')
    .option('--capath <folder>', 'folder of trusted CA certificates, such as /etc/ssl/certs; turns on TLS')
    .option('--cert <file>', 'client certificate, PEM')
    .option('--key <file>', 'private key for the client certificate, PEM')
    .option('--keypass <passphrase>', 'passphrase for an encrypted private key')
    .option('--insecure', 'do not verify the certificate of the broker; for experiments only')
    .option('--tls-alpn <protocol>', 'application protocol to offer (ALPN)')
    .addOption(new Option('--tls-version <version>', 'use this version of TLS only').choices(['tlsv1.2', 'tlsv1.3']));
}

/** Adds the flags of `ConnectionFlags` to a command. */
export function addConnectionFlags(command: Command): Command {
  command
    .helpOption('--help', 'show this help')
    .option('-h, --host <host>', 'host name or address of the broker (default: localhost)')
    .option('-p, --port <port>', 'port (default: 1883, or 8883 with TLS)', integer(1, 65535))
    .option('-L, --url <url>', 'broker and topic as a URL: mqtt(s)://[user[:password]@]host[:port]/topic')
    .option('-i, --id <id>', 'client identifier (default: derived from the process id)')
    .option('-u, --username <name>', 'user name')
    .option('-P, --pw <password>', 'password; needs -u')
    .option('-k, --keepalive <seconds>', 'keep alive; 0 turns it off', integer(0, 65535), 60)
    .option('-c, --disable-clean-session', 'make the broker keep the session; needs -i')
    .addOption(
      new Option('-V, --protocol-version <version>', 'mqttv311 or mqttv31')
        .argParser(protocolLevel)
        .default(4, 'mqttv311'),
    )
    .option('--will-topic <topic>', 'topic of the will', topicName)
    .option('--will-payload <text>', 'payload of the will (default: empty)')
    .option('--will-qos <qos>', 'QoS of the will', willQos)
    .option('--will-retain', 'retain the will');
  refuseAbsentFlags(command);
  return addTlsFlags(command);
}

/**
 * Makes options for `Connection` from flags. `name` becomes part of the default client identifier.
 * Throws `BadInput` for flags that do not fit together and files that cannot be used.
 */
export function connectionOptions(flags: ConnectionFlags, name: string): ConnectionOptions & { topic?: string } {
  if (flags.url !== undefined && (flags.host !== undefined || flags.port !== undefined)) {
    throw new BadInput('-L and -h or -p exclude each other: the URL names host and port');
  }
  const url = flags.url === undefined ? undefined : parseBrokerUrl(flags.url);
  const endpoint = endpointOf(flags, url);
  if (flags.disableCleanSession && !flags.id) throw new BadInput('-c needs a client identifier: give one with -i');
  const options: ConnectionOptions & { topic?: string } = {
    endpoints: [endpoint],
    clientId: flags.id ?? `tagwire-${name}-${process.pid}`,
    cleanSession: !flags.disableCleanSession,
    keepAliveSeconds: flags.keepalive,
    protocolLevel: flags.protocolVersion,
  };
  const username = flags.username ?? url?.username;
  const password = flags.pw ?? url?.password;
  if (username !== undefined) options.username = username;
  if (password !== undefined) {
    if (username === undefined) throw new BadInput('-P needs a user name: give one with -u');
    options.password = password;
  }
  const will = willOf(flags);
  if (will) options.will = will;
  if (url?.topic !== undefined) options.topic = url.topic;
  return options;
}

/** The flags that ask for TLS, as they are typed. */
export function tlsFlagsGiven(flags: TlsFlags): string[] {
  const { cafile, capath, cert, key, keypass, insecure, tlsAlpn, tlsVersion } = flags;
  const given = { cafile, capath, cert, key, keypass, insecure, 'tls-alpn': tlsAlpn, 'tls-version': tlsVersion };
  return Object.entries(given)
    .filter(([, value]) => value !== undefined && value !== false)
    .map(([name]) => `--${name}`);
}

/**
 * Reads the files of the TLS flags, and checks that they can be used. Undefined when no flag asks for TLS. Sets the
 * version of TLS for the whole process, and warns when certificates are not verified.
 */
export function tlsOptions(flags: TlsFlags, required: boolean): TlsOptions | undefined {
  if (!required && tlsFlagsGiven(flags).length === 0) return undefined;
  const tls: TlsOptions = {};
  const authorities = [];
  if (flags.cafile !== undefined) authorities.push(readText('--cafile', flags.cafile));
  if (flags.capath !== undefined) authorities.push(...readCertificates(flags.capath));
  if (authorities.length > 0) tls.ca = authorities.join('\n');
  if (flags.cert !== undefined) tls.certificate = readText('--cert', flags.cert);
  if (flags.keypass !== undefined && flags.key === undefined) throw new BadInput('--keypass needs --key');
  if (flags.key !== undefined) tls.key = readKey(flags.key, flags.keypass);
  if (flags.tlsAlpn !== undefined) tls.alpn = [flags.tlsAlpn];
  if (flags.insecure) {
    tls.verify = false;
    warn(
      '--insecure: the certificate of the broker is not verified; anybody on the way can read and change everything',
    );
  }
  if (flags.tlsVersion !== undefined) {
    const version = flags.tlsVersion === 'tlsv1.2' ? 'TLSv1.2' : 'TLSv1.3';
    nodeTls.DEFAULT_MIN_VERSION = version;
    nodeTls.DEFAULT_MAX_VERSION = version;
  }
  try {
    checkTlsOptions(tls, {
      ca: flags.cafile === undefined ? '--capath' : `--cafile ${showValue(flags.cafile)}`,
      certificate: `--cert ${showValue(flags.cert ?? '')}`,
      key: `--key ${showValue(flags.key ?? '')}`,
      alpn: '--tls-alpn',
    });
  } catch (error) {
    throw new BadInput((error as Error).message);
  }
  return tls;
}

function endpointOf(flags: ConnectionFlags, url: BrokerUrl | undefined): Endpoint {
  const tls = tlsOptions(flags, url?.tls ?? false);
  const endpoint: Endpoint = {
    host: url?.host ?? flags.host ?? 'localhost',
    port: url?.port ?? flags.port ?? (tls ? 8883 : 1883),
  };
  if (tls) endpoint.tls = tls;
  return endpoint;
}

function willOf(flags: ConnectionFlags): Will | undefined {
  if (flags.willTopic === undefined) {
    if (flags.willPayload !== undefined || flags.willQos !== undefined || flags.willRetain) {
      throw new BadInput('--will-payload, --will-qos and --will-retain need --will-topic');
    }
    return undefined;
  }
  return {
    topic: flags.willTopic,
    payload: flags.willPayload ?? '',
    qos: flags.willQos ?? 0,
    retain: flags.willRetain ?? false,
  };
}

/** A private key, without its passphrase when it has one. */
function readKey(path: string, passphrase: string | undefined): string {
  const text = readText('--key', path);
  const isEncrypted = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(text);
  if (!isEncrypted) {
    if (passphrase !== undefined) throw new BadInput(`--keypass: the private key ${showValue(path)} is not encrypted`);
    return text;
  }
  if (passphrase === undefined) {
    throw new BadInput(`--key ${showValue(path)} is encrypted: give its passphrase with --keypass`);
  }
  try {
    return createPrivateKey({ key: text, passphrase }).export({ type: 'pkcs8', format: 'pem' }).toString();
  } catch {
    throw new BadInput(`--key ${showValue(path)} cannot be decrypted: the passphrase of --keypass is wrong`);
  }
}

/** The certificates of a folder's files; files of another kind are passed over, as OpenSSL does. */
function readCertificates(folder: string): string[] {
  let names: string[];
  try {
    names = readdirSync(folder).sort();
  } catch (error) {
    throw new BadInput(`--capath ${showValue(folder)} cannot be read (${reasonOf(error)}); it must be a folder`);
  }
  const certificates = new Set<string>();
  for (const name of names) {
    const path = join(folder, name);
    if (!statSync(path, { throwIfNoEntry: false })?.isFile()) continue;
    const text = readText('--capath', path);
    if (text.includes('-----BEGIN CERTIFICATE-----')) certificates.add(text);
  }
  if (certificates.size === 0) {
    throw new BadInput(`--capath ${showValue(folder)} has no certificate; it must have files of PEM`);
  }
  return [...certificates];
}

function readText(flag: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw unreadable(flag, path, error);
  }
}
