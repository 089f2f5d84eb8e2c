import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, sep } from 'node:path';
import { BadInput } from '../bad-input.js';

/** Only programs of this computer reach it; for a browser it is as safe as https, which Web Serial asks for. */
const ADDRESS = '127.0.0.1';

const TYPES: { readonly [extension: string]: string } = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.txt': 'text/plain; charset=utf-8',
  '.bin': 'application/octet-stream',
};

/** A folder that is served. */
export interface FolderServer {
  readonly port: number;
  readonly url: string;
  close(): Promise<void>;
}

/** Serves the files of a folder on the loopback interface; port 0 is a free one. Rejects with `BadInput`. */
export function serveFolder(folder: string, port: number): Promise<FolderServer> {
  const server = createServer((request, response) => answer(folder, server, request, response));
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why =
        error.code === 'EADDRINUSE' ? 'is in use by another program' : `cannot be listened on (${error.code})`;
      reject(new BadInput(`port ${port} ${why}; name another one with --port, or none for a free one`));
    });
    server.listen(port, ADDRESS, () => {
      const { port: got } = server.address() as AddressInfo;
      const close = (): Promise<void> =>
        new Promise((closed) => {
          server.close(() => closed());
          server.closeAllConnections();
        });
      resolve({ port: got, url: `http://${ADDRESS}:${got}/`, close });
    });
  });
}

function answer(folder: string, server: Server, request: IncomingMessage, response: ServerResponse): void {
  const { port } = server.address() as AddressInfo;
  const { host } = request.headers;
  const say = (status: number, text: string): void => {
    response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
    response.end(`${text}\n`);
  };
  // A name of somebody else's that leads here would make this page one of theirs.
  if (host !== `${ADDRESS}:${port}` && host !== `localhost:${port}`) return say(403, 'wrong Host header');
  if (request.method !== 'GET' && request.method !== 'HEAD') return say(405, 'only GET and HEAD');
  const path = fileOf(folder, request.url ?? '/');
  const type = path === undefined ? undefined : TYPES[extname(path)];
  if (path === undefined || type === undefined) return say(404, 'there is no such file');
  const body = readFileSync(path);
  response.writeHead(200, {
    'content-type': type,
    'content-length': body.length,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** The path of an ordinary file in the folder; undefined when there is none. */
function fileOf(folder: string, url: string): string | undefined {
  let name: string;
  try {
    name = decodeURIComponent(new URL(url, 'http://localhost').pathname);
  } catch {
    return undefined;
  }
  if (name.endsWith('/')) name += 'index.html';
  const path = join(folder, name);
  if (name.includes('\0') || !path.startsWith(join(folder, sep))) return undefined;
  return existsSync(path) && statSync(path).isFile() ? path : undefined;
}
