import { createHmac } from 'node:crypto';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { MQTT_LIMITS } from '../../src/cloud/index.js';
import { check } from '../cloud/home-assistant/discovery-schema.js';
import { AwsIot, CLAIM } from '../clouds/aws/aws-iot.js';
import { AzureHub } from '../clouds/azure/contract.js';
import { ID_SCOPE, ProvisioningService } from '../clouds/azure/provisioning.js';
import { HUB } from '../clouds/azure/rules.js';
import { CloudBroker } from '../clouds/cloud-broker.js';
import type { CloudBrokerOptions } from '../clouds/cloud-broker.js';
import { EventGridRules } from '../clouds/event-grid/rules.js';
import { SparkplugHost } from '../clouds/sparkplug/contract.js';
import { DOCUMENTED, startThingsBoard, startThingsBoardGateway } from '../clouds/thingsboard/contract.js';
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
  /** What else must come before a simulation without an end is stopped. */
  isEnough?(): boolean;
  /** What else must be there in the end. */
  verify?(page: CloudPage): void;
  closing: { close(): Promise<unknown> }[];
}

const KEY = Buffer.alloc(32, 7).toString('base64');

/** A broker without a contract of its own. */
async function simple(
  title: string,
  written: string,
  readings: RegExp,
  options: Partial<CloudBrokerOptions> = {},
): Promise<Trial> {
  const broker = await CloudBroker.start({ limits: MQTT_LIMITS, ...options });
  return { title, substitutions: [[written, broker.url]], brokers: [broker], readings, closing: [broker] };
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
      substitutions: [...trial.substitutions, ['sub -t', `sub -p ${broker!.port} -t`]],
      verify: () => {
        for (const value of broker!.textsOn(reading)) expect(value).toMatch(/^-?\d+(\.\d+)?$/);
      },
    };
  },

  routeros: () =>
    simple('RouterOS scripts', 'mqtt://thingsboard.example', /^v1\/devices\/me\/telemetry$/, {
      authenticate: ({ username }) => (username === 'ACCESS_TOKEN' ? 0 : 5),
      mayPublish: (_client, topic) => topic.startsWith('v1/devices/me/'),
      maySubscribe: (_client, filter) => filter.startsWith('v1/devices/me/'),
    }),

  ruuvi: () => simple('Ruuvi Gateway', 'mqtt://localhost', /^ruuvi\/C8:25:2D:8E:9C:2C\/[0-9A-F:]{17}$/),

  sparkplug: async () => {
    const host = await SparkplugHost.start();
    return {
      title: 'Sparkplug B',
      substitutions: [['mqtt://localhost', host.broker.url]],
      brokers: [host.broker],
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
    const trial = await TRIALS[name]!();
    const page = new CloudPage(name, trial.substitutions);
    const files = { ...trial.files, ...(trial.roots !== undefined && { 'trusted.pem': trial.roots }) };
    for (const [file, text] of Object.entries(files)) writeFileSync(page.folder.file(file), text);
    try {
      for (const line of page.lines) await run(line, page, trial);
      expect(page.leftOver).toEqual([]);
      trial.verify?.(page);
      for (const broker of trial.brokers) expect(broker.violations).toEqual([]);
    } finally {
      for (const each of trial.closing) await each.close();
      page.folder.remove();
    }
  });
});
