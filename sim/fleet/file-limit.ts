import { readFileSync } from 'node:fs';
import { BadInput } from '../bad-input.js';

/** Open files of a process without devices, and of each thread. */
const BASE = 64;
const FOR_THREAD = 16;
const PORTS = '/proc/sys/net/ipv4/ip_local_port_range';

/** Throws `BadInput` when the system allows fewer open files, or local ports, than so many devices need. */
export function checkFileLimit(
  devices: number,
  threads: number,
  limit = openFileLimit(),
  ports: number = localPorts(),
): void {
  const needed = devices + BASE + FOR_THREAD * threads;
  if (needed > limit) {
    throw new BadInput(
      `${devices} devices need ${needed} open files, and this process may have ${limit}; raise the limit with ` +
        `ulimit -n ${needed} (as root, or with a line in /etc/security/limits.conf), or run fewer devices, for ` +
        `example on several machines with --shard`,
    );
  }
  if (devices <= ports) return;
  throw new BadInput(
    `${devices} devices need as many local ports, and there are ${ports} from one address to one broker; raise that ` +
      `with sysctl net.ipv4.ip_local_port_range="1024 65535", or run fewer devices, for example on several ` +
      `machines with --shard`,
  );
}

/** Files that this process may have open: Node has raised it to the hard limit. Infinity where there is no limit. */
function openFileLimit(): number {
  const report = process.report.getReport() as unknown as { userLimits?: { open_files?: { soft: number | string } } };
  const soft = report.userLimits?.open_files?.soft;
  return typeof soft === 'number' ? soft : Infinity;
}

/** Infinity where it is not known. */
function localPorts(): number {
  try {
    const [first, last] = readFileSync(PORTS, 'utf8').trim().split(/\s+/).map(Number);
    return last! - first! + 1;
  } catch {
    return Infinity;
  }
}
