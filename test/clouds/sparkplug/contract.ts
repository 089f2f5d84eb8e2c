import { CloudBroker } from '../cloud-broker.js';
import type { CloudBrokerOptions } from '../cloud-broker.js';
import { SparkplugRules } from './rules.js';

/** A broker with a host application that holds edge nodes to `SparkplugRules`. */
export class SparkplugHost extends SparkplugRules {
  broker!: CloudBroker;

  /** `other`: the same host application at another broker. */
  static async start(options: Partial<CloudBrokerOptions> = {}, other?: SparkplugHost): Promise<SparkplugHost> {
    const host = new SparkplugHost(other);
    host.broker = await CloudBroker.judge(host, options);
    return host;
  }

  close(): Promise<void> {
    return this.broker.close();
  }
}
