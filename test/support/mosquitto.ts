import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { accessSync, constants, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';
import type { Credentials } from './certificates.js';
import { writeCredentials } from './certificates.js';
import { freePort } from './ports.js';
import { describeUnless } from './require.js';
import { makeTemporaryFolder } from './temp.js';
import type { TemporaryFolder } from './temp.js';

/** How to start Mosquitto. */
export interface MosquittoOptions {
  /** Passwords by user name: only these may connect. Absent: everyone may, without a name. */
  users?: Readonly<Record<string, string>>;
  /** Sessions and retained messages outlive `restart`. Default false. */
  persistence?: boolean;
  /** A second listener, with TLS. */
  tls?: MosquittoTls;
  /** QoS 1 and 2 messages in flight to a client; 0: no limit. Default 20. */
  maxInflightMessages?: number;
  /** QoS 1 and 2 messages queued for a client; 0: no limit. Default 1000. */
  maxQueuedMessages?: number;
  /** More lines of mosquitto.conf (mosquitto.conf(5)), for example `max_keepalive 60`. */
  settings?: readonly string[];
}

/** The TLS listener of `MosquittoOptions`. */
export interface MosquittoTls {
  server: Credentials;
  /** PEM text of the authorities whose client certificates are accepted. */
  clientCa: string;
  /** True refuses a client without a certificate from `clientCa`. Default false. */
  requireCertificate?: boolean;
  /** True takes the common name of the client's certificate for its user name. Default false. */
  identityAsUsername?: boolean;
}

/** A running Mosquitto on 127.0.0.1. */
export interface Mosquitto {
  /** Port of the plain listener. */
  readonly port: number;
  readonly url: string;
  /** Port of the TLS listener; 0 without `tls`. */
  readonly tlsPort: number;
  readonly tlsUrl: string;
  readonly pid: number;
  /** What it logged so far, the last 256 KiB. */
  log(): string;
  /** Sends a signal: SIGSTOP makes the peer half-open, SIGCONT ends that, SIGHUP reads the settings again. */
  signal(signal: NodeJS.Signals): void;
  /** Ends it, by SIGTERM (which saves persistent sessions) or by another signal; the folder stays for `start`. */
  halt(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again after `halt`, on the same ports. */
  start(): Promise<void>;
  /** `halt` and `start`. */
  restart(signal?: NodeJS.Signals): Promise<void>;
  /** Ends it and deletes its folder; legal twice. */
  stop(): Promise<void>;
}

const LOG_LIMIT = 256 * 1024;
/** How long the process may take to accept connections, or to end, until the test fails. */
const PATIENCE_MILLISECONDS = 60_000;
const RETRY_MILLISECONDS = 10;

/**
 * Starts Mosquitto with a configuration of its own in a temporary folder; resolves when it accepts connections.
 * Rejects with its log when it ends before that.
 */
export async function startMosquitto(options: MosquittoOptions = {}): Promise<Mosquitto> {
  // Another process may take a port between its choice and its use; then other ports are tried.
  for (let attempt = 1; ; attempt++) {
    const broker = new MosquittoProcess(await freePort(), options.tls === undefined ? 0 : await freePort());
    try {
      broker.configure(options);
      await broker.start();
      return broker;
    } catch (error) {
      const inUse = broker.log().includes('Address already in use');
      await broker.stop();
      if (!inUse || attempt === 3) throw error;
    }
  }
}

/**
 * `describe` for tests that need Mosquitto; see `describeUnless`. `clients` is what they need besides the broker, for
 * example `mosquitto_pub`, which Debian has in the package mosquitto-clients.
 */
export function requireMosquitto(...clients: string[]): (name: string, body: () => void) => void {
  const missing = [...clients, 'mosquitto'].find((program) => findProgram(program) === undefined);
  return describeUnless(
    missing && `${missing} is not on PATH or in /usr/sbin (Debian: apt-get install mosquitto mosquitto-clients)`,
  );
}

/** The path of a program on PATH or in /usr/sbin, where Debian has the broker; undefined when it is absent. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin'];
  for (const folder of folders) {
    if (folder === '') continue;
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // The next folder may have it.
    }
  }
  return undefined;
}

class MosquittoProcess implements Mosquitto {
  private readonly folder: TemporaryFolder = makeTemporaryFolder();
  private child: ChildProcess | undefined;
  private logged = '';

  constructor(
    readonly port: number,
    readonly tlsPort: number,
  ) {}

  get url(): string {
    return `mqtt://127.0.0.1:${this.port}`;
  }

  get tlsUrl(): string {
    return `mqtts://127.0.0.1:${this.tlsPort}`;
  }

  get pid(): number {
    return this.child?.pid ?? 0;
  }

  configure(options: MosquittoOptions): void {
    const lines = ['log_dest stderr', 'log_type all', 'connection_messages true'];
    // Started by root, it would become the user `mosquitto`, who may not read the folder.
    if (process.getuid?.() === 0) lines.push('user root');
    if (options.users === undefined) lines.push('allow_anonymous true');
    else lines.push('allow_anonymous false', `password_file ${this.writePasswords(options.users)}`);
    if (options.persistence === true) {
      // Saved after each turn that changed something, so that sessions outlive SIGKILL too (mosquitto.conf(5)).
      lines.push('persistence true', `persistence_location ${this.folder.path}`);
      lines.push('autosave_on_changes true', 'autosave_interval 1');
    }
    if (options.maxInflightMessages !== undefined) lines.push(`max_inflight_messages ${options.maxInflightMessages}`);
    if (options.maxQueuedMessages !== undefined) lines.push(`max_queued_messages ${options.maxQueuedMessages}`);
    lines.push(...(options.settings ?? []));
    lines.push(`listener ${this.port} 127.0.0.1`);
    if (options.tls !== undefined) lines.push(...this.tlsListener(options.tls));
    writeFileSync(this.folder.file('mosquitto.conf'), `${lines.join('\n')}\n`);
  }

  log(): string {
    return this.logged;
  }

  signal(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  async start(): Promise<void> {
    if (this.child !== undefined) return;
    const program = findProgram('mosquitto');
    if (program === undefined) throw new Error('mosquitto is not on PATH or in /usr/sbin');
    const child = spawn(program, ['-c', this.folder.file('mosquitto.conf')], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.child = child;
    process.once('exit', this.kill);
    child.once('error', () => this.forget(child));
    // Not 'exit': at 'close' the log is complete.
    child.once('close', () => this.forget(child));
    child.stderr.setEncoding('utf8');
    child.stderr.on('data', (text: string) => {
      this.logged = (this.logged + text).slice(-LOG_LIMIT);
    });
    await this.accepting(this.port);
    if (this.tlsPort !== 0) await this.accepting(this.tlsPort);
  }

  async halt(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.child;
    if (child === undefined) return;
    await new Promise<void>((resolve) => {
      const impatience = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MILLISECONDS);
      child.once('close', () => {
        clearTimeout(impatience);
        resolve();
      });
      child.kill(signal);
      // A stopped process takes SIGTERM only when it goes on.
      child.kill('SIGCONT');
    });
  }

  async restart(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.halt(signal);
    await this.start();
  }

  async stop(): Promise<void> {
    await this.halt();
    this.folder.remove();
  }

  private readonly kill = (): void => {
    this.child?.kill('SIGKILL');
  };

  private forget(child: ChildProcess): void {
    if (this.child !== child) return;
    this.child = undefined;
    process.off('exit', this.kill);
  }

  private writePasswords(users: Readonly<Record<string, string>>): string {
    const path = this.folder.file('passwords');
    writeFileSync(path, '', { mode: 0o600 });
    const program = findProgram('mosquitto_passwd');
    if (program === undefined) throw new Error('mosquitto_passwd is not on PATH or in /usr/sbin');
    for (const [name, password] of Object.entries(users)) {
      const adding = spawnSync(program, ['-b', path, name, password], { encoding: 'utf8' });
      if (adding.status !== 0) throw new Error(`mosquitto_passwd failed for ${name}: ${adding.stderr}`);
    }
    return path;
  }

  private tlsListener(tls: MosquittoTls): string[] {
    const server = writeCredentials(this.folder.path, 'server', tls.server);
    const clientCa = this.folder.file('client-ca.crt');
    writeFileSync(clientCa, tls.clientCa);
    return [
      `listener ${this.tlsPort} 127.0.0.1`,
      `certfile ${server.certificate}`,
      `keyfile ${server.key}`,
      `cafile ${clientCa}`,
      `require_certificate ${tls.requireCertificate === true}`,
      `use_identity_as_username ${tls.identityAsUsername === true}`,
    ];
  }

  /** Connects again and again until the port answers; rejects when the process is gone. */
  private async accepting(port: number): Promise<void> {
    const deadline = Date.now() + PATIENCE_MILLISECONDS;
    while (!(await connects(port))) {
      if (this.child === undefined) throw new Error(`mosquitto ended at its start:\n${this.logged}`);
      if (Date.now() > deadline) throw new Error(`mosquitto does not accept connections:\n${this.logged}`);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MILLISECONDS));
    }
    // Whoever answered, it was not this process when that has ended meanwhile.
    if (this.child === undefined) throw new Error(`mosquitto ended at its start:\n${this.logged}`);
  }
}

function connects(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
