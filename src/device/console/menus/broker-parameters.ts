import { ParameterKind } from '../parameter.js';
import type { Parameter } from '../parameter.js';
import type { BrokerList, ConsoleServices } from '../services.js';

/** The session knows QoS 0 and 1. */
export const QOS: Parameter = { name: 'qos', kind: ParameterKind.whole, help: 'quality of service', least: 0, most: 1 };

/** The menus of brokers are present only with them. */
export function brokersOf(services: ConsoleServices): BrokerList {
  return services.brokers!;
}

/** The name of a broker that there is. */
export function brokerParameter(required: boolean): Parameter {
  return {
    name: 'broker',
    kind: ParameterKind.reference,
    help: 'name of a broker',
    candidates: (services) => brokersOf(services).list.map((broker) => broker.name),
    required,
  };
}
