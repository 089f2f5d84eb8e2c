import { serveDashboard } from '../../../sim/dashboard/server.js';
import type { DashboardServer } from '../../../sim/dashboard/server.js';
import { planOfFile } from '../../../sim/dashboard/world-plan.js';
import { WorldSource } from '../../../sim/dashboard/world-source.js';
import type { WorldFile } from '../../../sim/world/world-file.js';

/** A world that runs at the pace of real time behind a server. */
export interface ServedWorld {
  readonly source: WorldSource;
  readonly server: DashboardServer;
}

export async function serveWorld(file: WorldFile, speed = 1): Promise<ServedWorld> {
  const source = new WorldSource(planOfFile(file, file.name, 1), { speed });
  const server = await serveDashboard(source);
  void source.run();
  return { source, server };
}

/** A byte, of two digits. */
export const hex = (value: number): string => value.toString(16).padStart(2, '0');

/** Tags on a lattice around a gateway that hears nearly all of what they send. */
export function manyTags(count: number, intervalMilliseconds: number): WorldFile {
  const wide = Math.ceil(Math.sqrt(count));
  return {
    name: `${count} tags`,
    gateway: { position: [wide / 2, wide / 2, 3] },
    tags: Array.from({ length: count }, (_, place) => ({
      address: `DC:2C:6E:00:${hex(place >> 8)}:${hex(place & 255)}`,
      name: `tag-${place}`,
      format: 'ruuvi',
      intervalMilliseconds,
      position: [place % wide, Math.floor(place / wide), 1],
      rssiAt1m: -45,
      temperature: { celsius: 20, driftPerHour: 6 },
      batteryMillivolts: 2900,
    })),
  };
}
