import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Command } from 'commander';
import { Connection } from '../../src/connection/index.js';
import type { ConnectionFailure, ConnectionHandler, ConnectionOptions } from '../../src/connection/index.js';
import { encodeUtf8 } from '../../src/mqtt/index.js';
import type { IncomingMessage } from '../../src/mqtt/index.js';
import type { Timer } from '../../src/hal/index.js';
import type { Configuration } from '../../src/settings/index.js';
import { BadInput, showValue } from '../bad-input.js';
import { nodePlatform, startTimer } from '../hal/platform.js';
import { topicBytes, WholePayload } from '../whole-payload.js';
import { makeCertificateRequest } from './certificate-request.js';
import { cloudOf, parseForDesktop, readConfigurationFile } from './configuration-file.js';
import { addConnectionFlags, connectionOptions } from './connection-flags.js';
import type { ConnectionFlags } from './connection-flags.js';
import { describeFailure, ExitCode, exitCodeOf } from './failures.js';
import { onInterrupt, warn } from './terminal.js';

interface PolicyFlags {
  account: string;
  region?: string;
  fleet?: boolean;
}

interface ProvisionFlags extends ConnectionFlags {
  template: string;
  param?: Record<string, string>;
  out: string;
  timeout: number;
}

const POLICY_EXAMPLES = `
Examples:
  $ tagwire cloud aws policy shed.json --account 123456789012
  $ tagwire cloud aws policy shed.json --account 123456789012 --fleet
`;

const PROVISION_EXAMPLES = `
Makes an RSA key, which never leaves this machine, asks for its certificate with the certificate of a claim, registers
the thing, and writes NAME.cert.pem, NAME.private.key and NAME.json for tagwire check, tagwire sim and a board.

Examples:
  $ tagwire cloud aws provision -h a1b2c3-ats.iot.eu-central-1.amazonaws.com -i claim-1 --cafile AmazonRootCA1.pem \\
      --cert claim.cert.pem --key claim.private.key --template gateways --param SerialNumber=SN-17
`;

/** Topics that are as long as they can be have these in the place of what differs. */
const VARIABLE = /AABBCCDDEEFF|x{18,}/g;
const REGION = /\.iot(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com/;

/** Adds `tagwire cloud aws policy` and `tagwire cloud aws provision`. */
export function addCloudCommand(program: Command): void {
  const cloud = program.command('cloud').description('set up what a cloud needs');
  const aws = cloud.command('aws').description('AWS IoT Core: the policy of a thing, and its certificate');
  aws
    .command('policy')
    .description('print the policy that a configuration needs, and nothing more')
    .argument('<config>', 'file of configuration keys with cloud=aws')
    .requiredOption('--account <number>', 'number of the AWS account, 12 digits', account)
    .option('--region <name>', 'region (default: that of the broker)')
    .option('--fleet', 'one policy for all things whose configurations differ in their name only')
    .addHelpText('after', POLICY_EXAMPLES)
    .action((path: string, flags: PolicyFlags) => {
      const configuration = readAws(path);
      process.stdout.write(`${JSON.stringify(awsPolicy(configuration, flags), undefined, 2)}\n`);
    });
  addConnectionFlags(aws.command('provision'))
    .description('fleet provisioning: get a certificate for a new thing')
    .requiredOption('--template <name>', 'provisioning template')
    .option('--param <name=value>', 'parameter of the template; may be repeated', parameter)
    .option('--out <folder>', 'where the files go', '.')
    .option('--timeout <seconds>', 'how long to wait for each answer', Number, 20)
    .addHelpText('after', PROVISION_EXAMPLES)
    .action(async (flags: ProvisionFlags) => {
      process.exitCode = await new Provisioning(flags).run();
    });
}

function account(text: string): string {
  if (!/^[0-9]{12}$/.test(text)) throw new BadInput(`--account must be 12 digits, got ${showValue(text)}`);
  return text;
}

function parameter(text: string, before: Record<string, string> | undefined): Record<string, string> {
  const equals = text.indexOf('=');
  if (equals < 1) throw new BadInput(`--param must be NAME=VALUE, got ${showValue(text)}`);
  return { ...before, [text.slice(0, equals)]: text.slice(equals + 1) };
}

function readAws(path: string): Configuration {
  const { raw } = readConfigurationFile(path);
  if (raw['cloud'] !== 'aws') throw new BadInput(`configuration ${showValue(path)} must have "cloud": "aws"`);
  try {
    return parseForDesktop(raw, false);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new BadInput(error.message.split('\n').join('; '));
  }
}

/** The least that a device with this configuration must be allowed. Throws `BadInput` without a region. */
function awsPolicy(configuration: Configuration, flags: PolicyFlags): object {
  const { clientId, endpoints } = configuration.connection;
  const region = flags.region ?? REGION.exec(endpoints[0]?.host ?? '')?.[1];
  if (region === undefined) throw new BadInput('--region is missing: the broker does not tell it');
  const partition = region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
  const arn = (kind: string, name: string): string => {
    const levels = name.split('/');
    const named = levels.map((level) => (flags.fleet && level === clientId ? THING_NAME : level)).join('/');
    return `arn:${partition}:iot:${region}:${flags.account}:${kind}/${named}`;
  };
  const uses = cloudOf(configuration).topics(configuration);
  const open = (topic: string): string => topic.replace(VARIABLE, '*').replace(/\/res\/1$/, '/res/*');
  const publishes = uses.filter(({ kind }) => kind !== 'subscribe');
  const topics = (kept: typeof uses): string[] => unique(kept.map(({ topic }) => arn('topic', open(topic))));
  const filters = uses.filter(({ kind }) => kind === 'subscribe').map(({ topic }) => topic);
  const allow = (Action: string, Resource: string[]): object => ({ Effect: 'Allow', Action, Resource });
  const retained = publishes.filter(({ retain }) => retain);
  return {
    Version: '2012-10-17',
    Statement: [
      allow('iot:Connect', [arn('client', clientId)]),
      allow('iot:Publish', topics(publishes)),
      ...(retained.length > 0 ? [allow('iot:RetainPublish', topics(retained))] : []),
      allow('iot:Subscribe', unique(filters.map((filter) => arn('topicfilter', filter)))),
      allow('iot:Receive', unique(filters.map((filter) => arn('topic', filter.replaceAll('+', '*'))))),
    ],
  };
}

const THING_NAME = '${iot:Connection.Thing.ThingName}';

function unique(texts: string[]): string[] {
  return [...new Set(texts)];
}

const CREATE = '$aws/certificates/create-from-csr/json';

/** What AWS answers; see its Developer Guide, "Device provisioning MQTT API". */
interface Answer {
  certificatePem?: string;
  certificateOwnershipToken?: string;
  thingName?: string;
  errorMessage?: string;
}

/** Bytes of an answer of AWS, which sends at most 128 KB. */
const LONGEST_ANSWER = 1 << 17;

/** One run of `tagwire cloud aws provision`. It subscribes to all answers before it asks. */
class Provisioning implements ConnectionHandler {
  private readonly connection: Connection;
  private readonly options: ConnectionOptions;
  private readonly register: string;
  private readonly request: { key: string; request: string };
  private certificate = '';
  private exitCode: number = ExitCode.success;
  private subscribed = 0;
  private readonly payload = new WholePayload(LONGEST_ANSWER);
  private timer: Timer | undefined;
  private done: (() => void) | undefined;

  constructor(private readonly flags: ProvisionFlags) {
    this.options = connectionOptions(flags, 'provision');
    const [endpoint] = this.options.endpoints;
    if (!endpoint?.tls?.certificate) throw new BadInput('--cert and --key are missing: the certificate of the claim');
    if (!/^[a-zA-Z0-9_-]{1,36}$/.test(flags.template)) {
      throw new BadInput(`--template must be 1 to 36 letters, digits, _ and -, got ${showValue(flags.template)}`);
    }
    this.register = `$aws/provisioning-templates/${flags.template}/provision/json`;
    this.request = makeCertificateRequest('AWS IoT Certificate');
    this.options.transmitArenaSize = 16384;
    this.connection = new Connection(this.options, nodePlatform(), this);
  }

  async run(): Promise<number> {
    const removeListener = onInterrupt(() => this.end(ExitCode.interrupted, 'interrupted'));
    await new Promise<void>((resolve) => {
      this.done = resolve;
      for (const topic of [CREATE, this.register]) {
        for (const answer of ['accepted', 'rejected']) {
          this.connection.subscribe(encodeUtf8(`${topic}/${answer}`), 1);
        }
      }
      this.connection.start();
    });
    removeListener();
    return this.exitCode;
  }

  onConnected(): void {}

  onSubscribed(filter: Uint8Array, returnCode: number): void {
    if (returnCode > 1) {
      const topic = Buffer.from(filter).toString();
      return this.end(ExitCode.failure, `the policy of the claim does not allow to subscribe to ${topic}`);
    }
    if (++this.subscribed === 4) this.ask(CREATE, { certificateSigningRequest: this.request.request });
  }

  onMessage(message: IncomingMessage): void {
    const payload = this.payload.take(message);
    if (!payload) return;
    const name = topicBytes(message).toString();
    const answer = JSON.parse(payload.toString()) as Answer;
    if (name.endsWith('/rejected')) {
      const what = name.startsWith(CREATE) ? 'no certificate' : 'not registered';
      return this.end(ExitCode.failure, `${what}: ${String(answer.errorMessage)}`);
    }
    if (name === `${CREATE}/accepted`) {
      this.certificate = answer.certificatePem ?? '';
      const { certificateOwnershipToken } = answer;
      this.ask(this.register, { certificateOwnershipToken, parameters: this.flags.param ?? {} });
    } else {
      this.write(answer.thingName ?? '');
      this.end(ExitCode.success, undefined);
    }
  }

  onRoom(): void {}

  onAcknowledged(): void {}

  onUnsubscribed(): void {}

  onFailed(failure: ConnectionFailure): void {
    this.end(exitCodeOf(failure), describeFailure(failure));
  }

  onStopped(): void {
    this.timer?.stop();
    this.done?.();
  }

  private ask(topic: string, document: object): void {
    this.timer?.stop();
    const { timeout } = this.flags;
    this.timer = startTimer(timeout * 1000, () =>
      this.end(ExitCode.failure, `no answer within ${timeout} s: ${topic}`),
    );
    this.connection.publish(encodeUtf8(topic), encodeUtf8(JSON.stringify(document)), 1, false);
  }

  private write(thing: string): void {
    const { out, cafile } = this.flags;
    if (!/^[a-zA-Z0-9:_-]{1,128}$/.test(thing)) throw new BadInput(`the template gave no name of a thing`);
    mkdirSync(out, { recursive: true });
    const { host, port } = this.options.endpoints[0]!;
    const files = { certificate: `${thing}.cert.pem`, key: `${thing}.private.key` };
    writeFileSync(join(out, files.key), this.request.key, { mode: 0o600 });
    writeFileSync(join(out, files.certificate), this.certificate);
    if (cafile) writeFileSync(join(out, basename(cafile)), readFileSync(cafile));
    const broker = `mqtts://${host}${port === 8883 ? '' : `:${port}`}`;
    const configuration = { cloud: 'aws', broker, ...(cafile && { ca: basename(cafile) }), ...files, gateway: thing };
    writeFileSync(join(out, `${thing}.json`), `${JSON.stringify(configuration, undefined, 2)}\n`);
    process.stdout.write(`${join(out, `${thing}.json`)}\n`);
  }

  private end(exitCode: number, error: string | undefined): void {
    if (error !== undefined && this.exitCode === ExitCode.success) warn(error);
    if (this.exitCode === ExitCode.success) this.exitCode = exitCode;
    this.connection.close();
  }
}
