import { createHmac } from 'node:crypto';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { MQTT_LIMITS } from '../../src/cloud/index.js';
import { check } from '../cloud/home-assistant/discovery-schema.js';
import { AwsIot } from '../clouds/aws/contract.js';
import { CLAIM } from '../clouds/aws/rules.js';
import { AzureHub } from '../clouds/azure/contract.js';
import { ID_SCOPE } from '../clouds/azure/provisioning-rules.js';
import { ProvisioningService } from '../clouds/azure/provisioning.js';
import { HUB } from '../clouds/azure/rules.js';
import { CloudBroker } from '../clouds/cloud-broker.js';
import type { CloudBrokerOptions } from '../clouds/cloud-broker.js';
import type { CloudConnect } from '../clouds/cloud-rules.js';
import { EventGridRules } from '../clouds/event-grid/rules.js';
import { SparkplugHost } from '../clouds/sparkplug/contract.js';
import { startThingsBoard, startThingsBoardGateway } from '../clouds/thingsboard/contract.js';
import { DOCUMENTED } from '../clouds/thingsboard/rules.js';
import { PROVISION_KEY, PROVISION_SECRET, ProvisioningServer } from '../clouds/thingsboard/provisioning.js';
import { makeCertificates } from '../support/certificates.js';
import { killCommands } from '../support/cli.js';
import type { Finished } from '../support/cli.js';
import { TOP } from '../support/folders.js';
import { CloudPage } from './cloud-page.js';
import type { Substitutions } from './cloud-page.js';

/**
 * A cloud (contract emulation) and the console page that its reader has in front of him. Each command line of a page is
 * taken from there and run, in order; nothing of it is written down here but what is put in the place of an account.
 */
interface Trial {
  /** The first word of what `tagwire check` says. */
  title: string;
  /** Hosts, ports, keys and tokens. */
  substitutions: Substitutions;
  /** Files that the cloud's console gives its user, by name. */
  files?: { [name: string]: string };
  /** Roots that the computer must trust, as it does those of the real service. */
  roots?: string;
  brokers: CloudBroker[];
  /** Topics of readings. */
  readings: RegExp;
  /** Keys that are set wrong behind the first simulation of the page, and the line that says so. */
  wrong: [set: string, line: string | RegExp][];
  /** What else must come before a simulation without an end is stopped. */
  isEnough?(): boolean;
  /** What else must be there in the end. */
  verify?(page: CloudPage): void;
  closing: { close(): Promise<unknown> }[];
}

const KEY = Buffer.alloc(32, 7).toString('base64');
/** A password that no cloud takes, and that no message may show. */
const SECRET = 'hushhush';
const WRONG_KEY = Buffer.alloc(32, 8).toString('base64');
/** Not authorized (MQTT 3.1.1, 3.2.2.3). */
const REFUSED = 5;
const UNKNOWN_FIELD: Trial['wrong'][number] = [
  'topic={prefix}/{room}/{tag}',
  'topic: fields must be {prefix}, {gateway}, {tag}, {kind}, {format}, {field}, got {room}',
];
const WRONG_NAME: Trial['wrong'][number] = [
  'serverName=other.example',
  /is for another name: .*other\.example.*; connect to a name that it has/,
];

/** A broker without a contract of its own. */
async function simple(
  title: string,
  written: string,
  readings: RegExp,
  options: Partial<CloudBrokerOptions> = {},
): Promise<Trial> {
  const authenticate = ({ password }: CloudConnect): number => (password === SECRET ? REFUSED : 0);
  const broker = await CloudBroker.start({ limits: MQTT_LIMITS, authenticate, ...options });
  return {
    title,
    substitutions: [[written, broker.url]],
    brokers: [broker],
    readings,
    wrong: [[`username=me brokerPassword=${SECRET}`, 'not authorized; check username, brokerPassword; trying again']],
    closing: [broker],
  };
}

const TRIALS: { [page: string]: () => Promise<Trial> } = {
  aws: async () => {
    const aws = await AwsIot.start({ anyPace: true });
    const [shed, claim] = [await aws.issue('shed'), await aws.issue(CLAIM)];
    const host = 'a1b2c3d4e5f6g7-ats.iot.eu-central-1.amazonaws.com';
    return {
      title: 'AWS IoT Core',
      substitutions: [
        [`mqtts://${host}`, aws.url],
        [`-h ${host}`, `-h localhost -p ${aws.broker.port}`],
      ],
      files: {
        'AmazonRootCA1.pem': aws.ca,
        'shed.cert.pem': shed.certificate,
        'shed.private.key': shed.key,
        'claim.cert.pem': claim.certificate,
        'claim.private.key': claim.key,
      },
      brokers: [aws.broker],
      readings: /^tagwire\/(shed|SN-17)\/tags\//,
      wrong: [
        UNKNOWN_FIELD,
        WRONG_NAME,
        ['key=claim.private.key', 'key: this private key does not belong to the certificate of certificate'],
        ['certificate=claim.cert.pem key=claim.private.key', 'not authorized; check certificate'],
        [
          'certificate=none.pem',
          'certificate must be PEM text or the name of a resource in the firmware, got "none.pem"',
        ],
      ],
      verify: () => {
        const ids = aws.broker.connects.map(({ clientId }) => clientId);
        expect(ids).toEqual(['shed', CLAIM, 'SN-17']);
      },
      closing: [aws],
    };
  },

  azure: async () => {
    const certificates = await makeCertificates();
    const derived = createHmac('sha256', Buffer.from(KEY, 'base64')).update('shed').digest('base64');
    const hub = await AzureHub.start({ shed: { key: KEY } }, certificates);
    const other = await AzureHub.start({ shed: { key: derived } }, certificates);
    const assigned = `${HUB}:${other.broker.port}`;
    const service = await ProvisioningService.start(
      { fleet: { key: KEY, isGroup: true, hub: assigned } },
      certificates,
    );
    return {
      title: 'Azure IoT Hub',
      substitutions: [
        ['mqtts://contoso.azure-devices.net', hub.url],
        ['mqtts://global.azure-devices-provisioning.net', service.url],
        ['the primary key of the group', KEY],
        ['the primary key', KEY],
        ['0ne00000001', ID_SCOPE],
      ],
      files: { 'roots.pem': certificates.ca.certificate },
      brokers: [hub.broker, other.broker, service.broker],
      readings: /\/messages\/events\/.*kind=reading/,
      wrong: [
        WRONG_NAME,
        ['deviceKey=c2hvcnQ=', 'Base64 of 16 to 64 bytes, got 5 bytes'],
        [`deviceKey=${WRONG_KEY}`, 'not authorized; check deviceId, deviceKey and the clock'],
        ['deviceId=barn', 'not authorized; check deviceId, deviceKey and the clock'],
      ],
      verify: () => {
        for (const each of [hub, other]) {
          expect(each.events('reading').length).toBeGreaterThan(0);
          expect(each.reported).toMatchObject({ board: 'sim' });
          expect(each.faults).toEqual([]);
        }
        expect(service.refusals).toEqual([]);
      },
      closing: [hub, other, service],
    };
  },

  'event-grid': async () => {
    const certificates = await makeCertificates();
    const { certificate, key } = await certificates.ca.issue({ commonName: 'shed' });
    const rules = new EventGridRules('tagwire/shed/');
    const broker = await CloudBroker.judge(rules, {
      tls: { server: certificates.server, ca: certificates.ca.certificate, required: false },
    });
    return {
      title: 'Azure Event Grid',
      substitutions: [['mqtts://contoso.westeurope-1.ts.eventgrid.azure.net', `mqtts://localhost:${broker.port}`]],
      files: { 'shed.pem': certificate, 'shed-key.pem': key },
      roots: certificates.ca.certificate,
      brokers: [broker],
      readings: /^tagwire\/shed\/tags\//,
      wrong: [UNKNOWN_FIELD, WRONG_NAME, ['username=barn', 'not authorized; check username, certificate, clientId']],
      verify: () => expect(rules.faults).toEqual([]),
      closing: [broker],
    };
  },

  espresense: () => simple('ESPresense', 'mqtt://localhost', /^espresense\/devices\/[^/]+\/kitchen$/),

  'home-assistant': async () => {
    const announced = /^homeassistant\/device\/shed\/[0-9A-F]{12}\/config$/;
    const broker = await CloudBroker.start({
      limits: MQTT_LIMITS,
      authenticate: ({ username, password }) => (username === 'tagwire' && password === 'PASSWORD' ? 0 : 5),
    });
    return {
      title: 'Home Assistant',
      substitutions: [['homeassistant.local', `127.0.0.1:${broker.port}`]],
      brokers: [broker],
      readings: /^tagwire\/shed\/tags\//,
      wrong: [
        [`brokerPassword=${SECRET}`, 'not authorized; check username, brokerPassword'],
        ['gateway=shed/1', 'gateway must be one topic level, without /, got "shed/1"'],
      ],
      isEnough: () => broker.textsOn(announced).length > 2,
      verify: () => {
        expect(broker.textsOn(/^homeassistant\/device\/shed\/config$/)).toHaveLength(1);
        for (const text of broker.textsOn(announced)) check(JSON.parse(text));
      },
      closing: [broker],
    };
  },

  openmqttgateway: () => simple('OpenMQTTGateway', 'mqtt://localhost', /^home\/shed\/BTtoMQTT\/[0-9A-F]{12}$/),

  plain: async () => {
    const reading = /^site\/north\/shed\/[0-9A-F]{12}\/temperature$/;
    const trial = await simple('plain MQTT broker', 'mqtt://localhost', reading);
    const [broker] = trial.brokers;
    return {
      ...trial,
      wrong: [
        ...trial.wrong,
        ['cloud=azur', /cloud must be (one of )?plain, aws, .*got "azur"/],
        UNKNOWN_FIELD,
        ['seal=gcm sealKey=0011', 'sealKey is wrong: it must be 32 or 64 hexadecimal digits, got 4 characters'],
      ],
      substitutions: [...trial.substitutions, ['sub -t', `sub -p ${broker!.port} -t`]],
      verify: () => {
        for (const value of broker!.textsOn(reading)) expect(value).toMatch(/^-?\d+(\.\d+)?$/);
      },
    };
  },

  routeros: async () => ({
    ...(await simple('RouterOS scripts', 'mqtt://thingsboard.example', /^v1\/devices\/me\/telemetry$/, {
      authenticate: ({ username }) => (username === 'ACCESS_TOKEN' ? 0 : 5),
      mayPublish: (_client, topic) => topic.startsWith('v1/devices/me/'),
      maySubscribe: (_client, filter) => filter.startsWith('v1/devices/me/'),
    })),
    wrong: [
      [`username=${SECRET}`, 'not authorized; check username'],
      ['script=none', 'script must be azure, azure-https, thingsboard, thingsboard-decimal or thingsboard-gateway'],
    ],
  }),

  ruuvi: () => simple('Ruuvi Gateway', 'mqtt://localhost', /^ruuvi\/C8:25:2D:8E:9C:2C\/[0-9A-F:]{17}$/),

  sparkplug: async () => {
    const host = await SparkplugHost.start();
    return {
      title: 'Sparkplug B',
      substitutions: [['mqtt://localhost', host.broker.url]],
      brokers: [host.broker],
      wrong: [['groupId=a/b', 'Sparkplug B: a Group ID has no +, / or #; yours is "a/b"; change groupId']],
      readings: /^spBv1\.0\/Plant 1\/D(BIRTH|DATA)\/shed\//,
      verify: () => {
        const types = host.received.map(({ type }) => type);
        expect([types[0], types.at(-1)]).toEqual(['NBIRTH', 'NDEATH']);
        expect(types).toContain('DBIRTH');
        expect(host.faults).toEqual([]);
      },
      closing: [host],
    };
  },

  thingsboard: async () => {
    const broker = await startThingsBoard(['TOKEN'], DOCUMENTED);
    const registers = await ProvisioningServer.start();
    const url = registers.broker.url;
    return {
      title: 'ThingsBoard',
      substitutions: [
        ['mqtt://thingsboard.cloud --set provisionKey=KEY', `${url} --set provisionKey=${PROVISION_KEY}`],
        ['provisionSecret=SECRET', `provisionSecret=${PROVISION_SECRET}`],
        ['mqtt://thingsboard.cloud', broker.url],
      ],
      brokers: [broker, registers.broker],
      readings: /^v1\/devices\/me\/telemetry$/,
      wrong: [
        [`accessToken=${SECRET}`, 'not authorized; check accessToken'],
        [`accessToken=${SECRET.repeat(5)}`, 'accessToken must be 1 to 32 bytes of text, got 40 characters'],
      ],
      verify: () => {
        expect(broker.textsOn(/telemetry$/).join()).toContain('_rssi"');
        expect(registers.broker.textsOn(/telemetry$/).join()).toContain('_rssi"');
        expect(registers.requests).toHaveLength(1);
        expect([...registers.devices.keys()]).toEqual(['shed']);
      },
      closing: [broker, registers],
    };
  },

  'thingsboard-gateway': async () => {
    const devices = new Set<string>();
    const broker = await startThingsBoardGateway('TOKEN', DOCUMENTED, devices);
    return {
      title: 'ThingsBoard gateway',
      substitutions: [['mqtt://thingsboard.cloud', broker.url]],
      brokers: [broker],
      readings: /^v1\/gateway\/telemetry$/,
      wrong: [
        [`accessToken=${SECRET}`, 'not authorized; check accessToken'],
        ['createDevices=false', 'deviceNames is missing: no tag would be reported'],
      ],
      verify: () => expect(devices.size).toBeGreaterThan(1),
      closing: [broker],
    };
  },
};

/** Readings that the cloud has to see of a simulation that does not end by itself. */
const ENOUGH = 4;

const FOLDER = join(TOP, 'docs/clouds');
const PAGES = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.md'))
  .map((file) => file.replace('.md', ''));

afterAll(killCommands);

function succeeded({ code, stderr }: Finished): void {
  expect([code, stderr]).toEqual([0, '']);
}

/** A page in a folder with the files of its console, and its cloud. */
async function open(name: string): Promise<[CloudPage, Trial]> {
  const trial = await TRIALS[name]!();
  const page = new CloudPage(name, trial.substitutions);
  const files = { ...trial.files, ...(trial.roots !== undefined && { 'trusted.pem': trial.roots }) };
  for (const [file, text] of Object.entries(files)) writeFileSync(page.folder.file(file), text);
  return [page, trial];
}

async function close(page: CloudPage, trial: Trial): Promise<void> {
  for (const each of trial.closing) await each.close();
  page.folder.remove();
}

/** Runs a line of a page, and looks at what comes of it. */
async function run(line: string, page: CloudPage, trial: Trial): Promise<void> {
  const { folder } = page;
  const roots = trial.roots === undefined ? undefined : folder.file('trusted.pem');
  const shown = /(?:^check|--config|policy) (\w+\.json)/.exec(line)?.[1];
  const countReadings = (): number =>
    trial.brokers.reduce((sum, broker) => sum + broker.textsOn(trial.readings).length, 0);
  const before = countReadings();
  if (line.startsWith('check ')) {
    page.write(shown!);
    const finished = await page.start(line, roots).finished;
    succeeded(finished);
    expect(finished.stdout.toString()).toContain(`ok: ${trial.title}`);
  } else if (line.startsWith('sim ') && line.includes(' --duration ')) {
    if (shown) page.write(shown);
    succeeded(await page.start(line, roots).finished);
    expect(countReadings()).toBeGreaterThan(before);
  } else if (line.startsWith('sim ')) {
    const command = page.start(line, roots);
    const isEnough = (): boolean => countReadings() >= before + ENOUGH && (trial.isEnough?.() ?? true);
    const seen = trial.brokers.map((broker) => broker.until(isEnough));
    await Promise.race([...seen, command.finished]);
    command.process.kill('SIGINT');
    succeeded(await command.finished);
    expect(countReadings()).toBeGreaterThanOrEqual(before + ENOUGH);
  } else if (line.startsWith('cloud aws policy ')) {
    // The region is in the name of the host, to which this command does not connect.
    page.write(shown!, true);
    const finished = await page.start(line).finished;
    succeeded(finished);
    expect(JSON.parse(finished.stdout.toString())).toHaveProperty('Statement');
  } else if (line.startsWith('cloud aws provision ')) {
    const finished = await page.start(line).finished;
    succeeded(finished);
    expect(finished.stdout.toString()).toBe('things/SN-17.json\n');
  } else if (line.startsWith('sub ')) {
    // In a second terminal, while the simulation runs again.
    const command = page.start(line);
    await trial.brokers[0]!.until(() => trial.brokers[0]!.subscribed.some(({ filter }) => filter === 'site/north/#'));
    const simulation = page.start(page.lines.find((other) => other.startsWith('sim '))!);
    await command.until(() => command.lines.some((text) => /^site\/north\/shed\/\w+\/temperature [\d.]+$/.test(text)));
    command.process.kill('SIGINT');
    const { code, stderr } = await command.finished;
    expect([code, stderr]).toEqual([130, expect.stringMatching(/^tagwire: interrupted: \d+ messages received\n$/)]);
    succeeded(await simulation.finished);
  } else {
    expect.fail(`no test runs "tagwire ${line}": say in test/docs/cloud-commands.test.ts how`);
  }
}

describe('docs/clouds', () => {
  it('each page with commands has a cloud to try them with', () => {
    const withCommands = PAGES.filter((page) => new CloudPage(page).lines.length > 0);
    expect(withCommands.sort()).toEqual(Object.keys(TRIALS).sort());
  });

  it.concurrent.each(Object.keys(TRIALS))('%s.md: each command, from its page, leads to readings', async (name) => {
    const [page, trial] = await open(name);
    try {
      for (const line of page.lines) await run(line, page, trial);
      expect(page.leftOver).toEqual([]);
      trial.verify?.(page);
      for (const broker of trial.brokers) expect(broker.violations).toEqual([]);
    } finally {
      await close(page, trial);
    }
  });

  it.concurrent.each(Object.keys(TRIALS))(
    '%s.md: what is set wrong is said in one line, with its remedy',
    async (name) => {
      const [page, trial] = await open(name);
      const { roots } = trial;
      const line = page.lines.find((each) => each.startsWith('sim '))!;
      const shown = /--config (\w+\.json)/.exec(line)?.[1];
      if (shown) page.write(shown);
      // One gateway, without an end; it names the keys that a broker's refusal is about.
      const start = line.replace(/ --duration \d+/, '') + ' --no-page';
      try {
        for (const [set, said] of trial.wrong) {
          const flags = set.split(' ').map((each) => `--set ${each}`);
          const command = page.start(`${start} ${flags.join(' ')}`, roots && page.folder.file('trusted.pem'));
          const fits = (text: string): boolean => (typeof said === 'string' ? text.includes(said) : said.test(text));
          // A mistake ends it; what a broker says is tried again for ever.
          await command.until(() => command.lines.some(fits)).catch(() => undefined);
          command.process.kill('SIGKILL');
          const { stdout, stderr } = await command.finished;
          const lines = `${stdout.toString()}\n${stderr}`.split('\n');
          expect(lines.filter(fits), `${set}:\n${lines.join('\n')}`).toHaveLength(1);
          expect(lines.join('\n')).not.toContain(SECRET);
          expect(lines.join('\n')).not.toContain(WRONG_KEY);
        }
      } finally {
        await close(page, trial);
      }
    },
  );
});
