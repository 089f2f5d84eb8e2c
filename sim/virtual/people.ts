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
    const { line, call } = action;
    if (line !== undefined) {
      const typed = simulation.devices[index]!.type(line);
      simulation.note(EventKind.person, index, () => gateway.name + (typed ? ' < ' : ' does not hear ') + line);
    }
    if (call) this.call(gateway, index, call.method, call.params ?? {});
  }

  /** As a client of the first broker, in the plain dialect. */
  private call(gateway: WorldGateway, index: number, method: string, params: unknown): void {
    const { simulation } = this;
    const topic = (gateway.settings['prefix'] ?? 'tagwire') + '/' + gateway.name + '/cmd/c' + ++this.calls;
    simulation.note(EventKind.person, index, () => 'call of ' + gateway.name + ': ' + method);
    const broker = simulation.brokers[0];
    broker?.model.publish(topic, encodeUtf8(JSON.stringify({ method, params })), 1, false);
    broker?.touch();
  }
}
