/** The IPv4 addresses of the name servers in `text`, the content of resolv.conf(5), in its order. */
export function nameServers(text: string): string[] {
  const servers: string[] = [];
  for (const line of text.split('\n')) {
    const found = /^\s*nameserver\s+(\d+\.\d+\.\d+\.\d+)\s*$/.exec(line);
    if (found) servers.push(found[1]!);
  }
  return servers;
}
