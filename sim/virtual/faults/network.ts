import { timeOf } from '../../world/duration.js';
import type { Listener } from '../network/tcp.js';
import type { TlsFault } from '../network/internet.js';
import type { Simulation } from '../simulation.js';
import type { Fault } from './fault.js';
import { lastingFault, momentFault, override } from './fault.js';

/** TLS handshakes with a broker fail in this way; its connections are cut first, also those without TLS. */
export function tlsFails(at: number, length: number, broker = 0, cause: TlsFault = 'expired'): Fault {
  return lastingFault('tls', at, length, { broker, cause }, (simulation) => {
    const { servers, model, touch } = simulation.brokers[broker]!;
    const cures = servers.map((server) => override(server, { tlsFault: cause }));
    model.disconnect();
    touch();
    return () => cures.forEach((cure) => cure());
  });
}

/** How the name of a broker fails. */
export type NameFault = 'unknown' | 'silent' | 'moved' | 'dead' | 'hangs';

/**
 * The name of a broker resolves in another way, and its connections are cut. `unknown`: there is no such name.
 * `silent`: no name server answers. `hangs`: nor does the device's resolver say that it has given up. `moved`: the
 * broker is at another address now, and at the end of the fault back at the old one. `dead`: two addresses that do not
 * answer stand before the right one.
 */
export function nameFails(at: number, length: number, broker = 0, cause: NameFault = 'unknown'): Fault {
  return lastingFault('dns', at, length, { broker, cause }, (simulation) => {
    const { name, servers, model, touch } = simulation.brokers[broker]!;
    const { internet } = simulation;
    const record = internet.names.get(name)!;
    const [server] = servers;
    const cures: (() => void)[] = [];
    if (cause === 'unknown') cures.push(override(record, { addresses: [] }));
    if (cause === 'hangs') cures.push(override(record, { hangs: true }));
    if (cause === 'silent') cures.push(override(record, { silent: true }));
    if (cause === 'dead') {
      cures.push(override(record, { addresses: ['203.0.113.251', '203.0.113.252', server!.address] }));
    }
    if (cause === 'moved') {
      const address = '198.51.100.' + (10 + broker);
      cures.push(override(record, { addresses: [address] }), override(server!, { address }));
    }
    const cut = (): void => {
      model.disconnect();
      touch();
    };
    cut();
    return () => {
      for (const cure of cures) cure();
      if (cause === 'moved') cut();
    };
  });
}

const PORTAL_ANSWER = 'HTTP/1.1 302 Found\r\nLocation: http://portal.example/\r\nContent-Length: 0\r\n\r\n';

/** A captive portal answers every connection, of whatever port, with a page of its own. Connections are reset first. */
export function captivePortal(at: number, length: number): Fault {
  const answer = Uint8Array.from(PORTAL_ANSWER, (character) => character.charCodeAt(0));
  const portal: Listener = {
    accept: (link) => ({
      receive: () => {
        link.send(answer);
        link.close(false);
      },
      ended: () => link.close(false),
    }),
  };
  return lastingFault('portal', at, length, {}, (simulation) => {
    const cure = override(simulation.internet, { portal });
    cutAll(simulation);
    return () => {
      cure();
      cutAll(simulation);
    };
  });
}

function cutAll(simulation: Simulation): void {
  for (const device of simulation.devices) for (const connection of [...device.connections]) connection.reset();
}

/** The access point of a device is gone. */
export function wifiGone(at: number, length: number, gateway = 0): Fault {
  return lastingFault('wifigone', at, length, { gateway }, (simulation) => hideAccessPoint(simulation, gateway));
}

/** The access point of a device comes and goes, by turns for `period` milliseconds each. */
export function wifiFlaps(at: number, length: number, gateway = 0, period = 7000): Fault {
  return lastingFault('wififlap', at, length, { gateway, period: timeOf(period) }, (simulation) => {
    const { scheduler } = simulation;
    let cure: (() => void) | undefined;
    let over = false;
    const turn = (): void => {
      if (over) return;
      if (cure) {
        cure();
        cure = undefined;
      } else {
        cure = hideAccessPoint(simulation, gateway);
      }
      scheduler.after(period, turn);
    };
    turn();
    return () => {
      over = true;
      cure?.();
    };
  });
}

function hideAccessPoint(simulation: Simulation, gateway: number): () => void {
  const device = simulation.devices[gateway]!;
  const cure = override(device.accessPoint, { present: false });
  device.start?.radio.look();
  return () => {
    cure();
    device.start?.radio.look();
  };
}

/** DHCP gives a device no address when it joins; it has to join anew, since its access point is gone for a second. */
export function dhcpSilent(at: number, length: number, gateway = 0): Fault {
  return lastingFault('nodhcp', at, length, { gateway }, (simulation) => {
    const device = simulation.devices[gateway]!;
    const appear = hideAccessPoint(simulation, gateway);
    simulation.scheduler.after(1000, appear);
    return override(device.accessPoint, { dhcp: false });
  });
}

/** The time servers do not answer: a device that starts now does not know the time. */
export function timeUnknown(at: number, length: number): Fault {
  return lastingFault('notime', at, length, {}, ({ internet }) => override(internet.time, { silent: true }));
}

/** The time servers are wrong by `ahead` milliseconds, which may be negative. */
export function timeWrong(at: number, length: number, ahead = 86_400_000): Fault {
  return lastingFault('wrongtime', at, length, { ahead: timeOf(ahead) }, ({ internet }) =>
    override(internet.time, { ahead }),
  );
}

/** The time of day of a running device jumps by `by` milliseconds, which may be negative, until it is set again. */
export function clockJumps(at: number, gateway = 0, by = 3_600_000): Fault {
  return momentFault('clockjump', at, { gateway, by: timeOf(by) }, (simulation) => {
    const { start, running } = simulation.devices[gateway]!;
    if (!running) return;
    const time = start!.clock.unixTime();
    if (time !== 0) start!.clock.set(time + by);
  });
}
