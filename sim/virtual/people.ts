import { encodeUtf8 } from '../../src/mqtt/index.js';
import type { Simulation } from './simulation.js';
import { EventKind } from './trace.js';
import type { PersonAction, WorldGateway } from './world.js';

/** Those who type at serial consoles, and the programs that call devices by RPC. */
export class People {
  private calls = 0;

  constructor(private readonly simulation: Simulation) {}

  plan(): void {
    const { simulation } = this;
    simulation.world.gateways.forEach((gateway, index) => {
      for (const action of gateway.people ?? []) {
        simulation.scheduler.at(action.at, () => this.act(gateway, index, action));
      }
    });
  }

  private act(gateway: WorldGateway, index: number, action: PersonAction): void {
    const { simulation } = this;
    const { line, call, message, busy } = action;
    if (line !== undefined) {
      const typed = simulation.devices[index]!.type(line, busy);
      simulation.note(EventKind.person, index, () => gateway.name + (typed ? ' < ' : ' does not hear ') + line);
    }
    if (call) {
      simulation.note(EventKind.person, index, () => 'call of ' + gateway.name + ': ' + call.method);
      const { method, params } = call;
      this.publish(gateway, 'cmd/c' + ++this.calls, JSON.stringify({ method, params: params ?? {} }), 1, false);
    }
    if (message) {
      const { topic, payload, qos, retain } = message;
      simulation.note(EventKind.person, index, () => 'message to ' + gateway.name + ': ' + payload.slice(0, 100));
      this.publish(gateway, topic, payload, qos, retain);
    }
  }

  /** As a client of the first broker, in the plain dialect; `topic` is below that of the device. */
  private publish(gateway: WorldGateway, topic: string, payload: string, qos: number, retain: boolean): void {
    const broker = this.simulation.brokers[0];
    const base = String(gateway.settings['prefix'] ?? 'tagwire') + '/' + gateway.name;
    broker?.model.publish(base + '/' + topic, encodeUtf8(payload), qos, retain);
    broker?.touch();
  }
}
