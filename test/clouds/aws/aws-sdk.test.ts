import { once } from 'node:events';
import { afterEach, expect, it } from 'vitest';
import type { mqtt } from 'aws-iot-device-sdk-v2';
import { describeUnless } from '../../support/require.js';
import { AwsIot } from './aws-iot.js';
import type { AwsIotOptions } from './aws-iot.js';

// The SDK judges the fixture: what it does must be taken there, and what AWS refuses must be refused.

const sdk = await import('aws-iot-device-sdk-v2').catch(() => undefined);
const missing = sdk ? undefined : 'aws-iot-device-sdk-v2 is not installed: npm ci --include=optional';

const open: AwsIot[] = [];
const connections: mqtt.MqttClientConnection[] = [];

afterEach(async () => {
  for (const connection of connections.splice(0)) await connection.disconnect().catch(() => undefined);
  for (const aws of open.splice(0)) await aws.close();
});

async function start(options: AwsIotOptions = {}): Promise<AwsIot> {
  const aws = await AwsIot.start(options);
  open.push(aws);
  return aws;
}

/** A thing with the SDK. */
async function join(aws: AwsIot, thing: string, clientId = thing): Promise<mqtt.MqttClientConnection> {
  const { iot, mqtt } = sdk!;
  const { certificate, key } = await aws.issue(thing);
  const configuration = iot.AwsIotMqttConnectionConfigBuilder.new_mtls_builder(certificate, key)
    .with_certificate_authority(aws.ca)
    .with_endpoint('localhost')
    .with_port(aws.broker.port)
    .with_client_id(clientId)
    .with_clean_session(true)
    .with_keep_alive_seconds(60)
    .build();
  const connection = new mqtt.MqttClient().new_connection(configuration);
  connection.on('error', () => undefined);
  connections.push(connection);
  return connection;
}

describeUnless(missing)("the broker of the tests, judged by AWS's own client", () => {
  it('takes it as a thing, and carries its messages', async () => {
    const aws = await start();
    const connection = await join(aws, 'shed');
    await connection.connect();
    expect(aws.broker.connects[0]).toMatchObject({ clientId: 'shed', certificate: 'shed', serverName: 'localhost' });
    const texts: string[] = [];
    await connection.subscribe('tagwire/shed/cmd/+', 1, (_topic, payload) => {
      texts.push(Buffer.from(payload).toString());
    });
    const { QoS } = sdk!.mqtt;
    await connection.publish('tagwire/shed/cmd/1', 'hello', QoS.AtLeastOnce);
    await connection.publish('tagwire/shed/status', 'last', QoS.AtLeastOnce);
    expect(aws.broker.published.map(({ topic }) => topic)).toEqual(['tagwire/shed/cmd/1', 'tagwire/shed/status']);
    expect(texts).toEqual(['hello']);
    expect(aws.broker.violations).toEqual([]);
  });

  it('refuses another client identifier than the name of the thing', async () => {
    const aws = await start();
    const connection = await join(aws, 'shed', 'other');
    await expect(connection.connect()).rejects.toThrow();
    expect(aws.broker.violations).toEqual([{ clientId: 'other', rule: 'login', value: 5 }]);
  });

  it.each([
    ['retained', 'tagwire/shed/status', true, 'retain'],
    ['outside of the policy', 'tagwire/barn/status', false, 'topic'],
    ['too deep', 'shed/1/2/3/4/5/6/7/8', false, 'topicSlashes'],
  ])('ends the connection at a message that is %s', async (_, topic, retain, rule) => {
    const aws = await start();
    const connection = await join(aws, 'shed');
    await connection.connect();
    const interrupted = once(connection as never, 'interrupt');
    void connection.publish(topic, 'x', sdk!.mqtt.QoS.AtLeastOnce, retain).catch(() => undefined);
    await interrupted;
    expect(aws.broker.violations[0]).toMatchObject({ clientId: 'shed', rule });
  });
});
