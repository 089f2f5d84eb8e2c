import { createPrivateKey, X509Certificate } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { afterEach, expect, it } from 'vitest';
import type { iotidentity, iotjobs, mqtt } from 'aws-iot-device-sdk-v2';
import { makeCertificateRequest } from '../../../sim/cli/certificate-request.js';
import { describeUnless } from '../../support/require.js';
import { AwsIot } from './contract.js';
import { CLAIM } from './rules.js';
import type { AwsIotOptions } from './contract.js';

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

describeUnless(missing)("its shadows and jobs, judged by AWS's own client", () => {
  it('reads and changes a shadow, with versions', async () => {
    const aws = await start();
    const connection = await join(aws, 'shed');
    await connection.connect();
    const { iotshadow, mqtt } = sdk!;
    const client = new iotshadow.IotShadowClient(connection);
    const codes: (number | undefined)[] = [];
    const deltas: unknown[] = [];
    const accepted: (number | undefined)[] = [];
    const QOS = mqtt.QoS.AtLeastOnce;
    const heard = new EventEmitter();
    const request = { thingName: 'shed' };
    await client.subscribeToGetShadowRejected(request, QOS, (_, answer) => {
      codes.push(answer?.code);
      heard.emit('answer');
    });
    await client.subscribeToUpdateShadowRejected(request, QOS, (_, answer) => {
      codes.push(answer?.code);
      heard.emit('answer');
    });
    await client.subscribeToUpdateShadowAccepted(request, QOS, (_, answer) => {
      accepted.push(answer?.version);
      heard.emit('answer');
    });
    await client.subscribeToShadowDeltaUpdatedEvents(request, QOS, (_, event) => {
      deltas.push(event?.state);
      heard.emit('answer');
    });
    const until = async (test: () => boolean): Promise<void> => {
      while (!test()) await once(heard, 'answer');
    };
    await client.publishGetShadow(request, QOS);
    await until(() => codes.length === 1);
    await client.publishUpdateShadow({ ...request, state: { desired: { interval: 5 } } }, QOS);
    await until(() => deltas.length === 1);
    await client.publishUpdateShadow({ ...request, state: { reported: { interval: 5 } }, version: 1 }, QOS);
    await until(() => accepted.length === 2);
    await client.publishUpdateShadow({ ...request, state: { reported: { interval: 6 } }, version: 1 }, QOS);
    await until(() => codes.length === 2);
    expect([codes, deltas, accepted]).toEqual([[404, 409], [{ interval: 5 }], [1, 2]]);
    expect(aws.broker.violations).toEqual([]);
  });

  it('starts and ends a job', async () => {
    const aws = await start();
    const connection = await join(aws, 'shed');
    await connection.connect();
    const { iotjobs, mqtt } = sdk!;
    const client = new iotjobs.IotJobsClient(connection);
    const QOS = mqtt.QoS.AtLeastOnce;
    await aws.queue('shed', 'restart-1', { method: 'reboot' });
    const started = new Promise<iotjobs.model.StartNextJobExecutionResponse | undefined>((resolve) => {
      void client
        .subscribeToStartNextPendingJobExecutionAccepted({ thingName: 'shed' }, QOS, (_, answer) => resolve(answer))
        .then(() => client.publishStartNextPendingJobExecution({ thingName: 'shed' }, QOS));
    });
    expect((await started)!.execution).toMatchObject({ jobId: 'restart-1', jobDocument: { method: 'reboot' } });
    const next = new Promise<unknown>((resolve) => {
      void client
        .subscribeToNextJobExecutionChangedEvents({ thingName: 'shed' }, QOS, (_, event) => resolve(event?.execution))
        .then(() => {
          const request = { thingName: 'shed', jobId: 'restart-1', status: iotjobs.model.JobStatus.SUCCEEDED };
          return client.publishUpdateJobExecution(request, QOS);
        });
    });
    expect(await next).toBeUndefined();
    expect(aws.job('shed', 'restart-1').status).toBe('SUCCEEDED');
  });
});

describeUnless(missing)("its fleet provisioning, judged by AWS's own client", () => {
  it('gives a certificate for a request, and registers the thing', async () => {
    const aws = await start();
    const connection = await join(aws, CLAIM);
    await connection.connect();
    const { iotidentity, mqtt } = sdk!;
    const client = new iotidentity.IotIdentityClient(connection);
    const QOS = mqtt.QoS.AtLeastOnce;
    const { request, key } = makeCertificateRequest('AWS IoT Certificate');
    const created = await new Promise<iotidentity.model.CreateCertificateFromCsrResponse>((resolve) => {
      void client
        .subscribeToCreateCertificateFromCsrAccepted({}, QOS, (_, answer) => resolve(answer!))
        .then(() => client.publishCreateCertificateFromCsr({ certificateSigningRequest: request }, QOS));
    });
    expect(new X509Certificate(created.certificatePem!).checkPrivateKey(createPrivateKey(key))).toBe(true);
    const { certificateOwnershipToken } = created;
    const registered = await new Promise<iotidentity.model.RegisterThingResponse>((resolve) => {
      const parameters = { SerialNumber: 'SN-17' };
      void client
        .subscribeToRegisterThingAccepted({ templateName: 'gateways' }, QOS, (_, answer) => resolve(answer!))
        .then(() =>
          client.publishRegisterThing(
            { templateName: 'gateways', certificateOwnershipToken: certificateOwnershipToken!, parameters },
            QOS,
          ),
        );
    });
    expect(registered.thingName).toBe('SN-17');
    expect(aws.broker.violations).toEqual([]);
  });
});
