// The files of a folder by HTTP, as much of it as trying things takes.

import { createReadStream, type Stats } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import path from 'node:path';
import { pipeline } from 'node:stream';

const TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.md': 'text/plain; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
};

/** A server of HTTP without a listener: connections are given to it by `emit('connection', socket)`. */
export function fileServer(folder: string): Server {
  const server = createServer((request, response) => {
    answer(folder, request, response).catch((error: unknown) => {
      const { code } = error as NodeJS.ErrnoException;
      refuse(response, code === 'EACCES' || code === 'EPERM' ? 403 : 404);
    });
  });
  // Who pipes a request into `ownssl connect` has ended its side before the answer comes.
  return Object.assign(server, { httpAllowHalfOpen: true });
}

async function answer(
  folder: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    refuse(response, 405);
    return;
  }
  const wanted = wantedPath(request.url ?? '/');
  if (wanted === undefined) {
    refuse(response, 400);
    return;
  }
  const root = await realpath(folder);
  // Links count by where they lead: nothing outside the folder is served.
  const place = await realpath(path.join(root, wanted));
  if (place !== root && !place.startsWith(root + path.sep)) {
    refuse(response, 404);
    return;
  }
  const status = await stat(place);
  if (status.isFile()) sendFile(place, status, request, response);
  else if (status.isDirectory()) await sendFolder(place, wanted, request, response);
  else refuse(response, 404);
}

/** The path within the folder; undefined for what is none. */
function wantedPath(url: string): string | undefined {
  try {
    const { pathname } = new URL(url, 'https://localhost');
    const decoded = decodeURIComponent(pathname);
    return decoded.includes('\0') ? undefined : decoded;
  } catch {
    return undefined;
  }
}

function sendFile(
  place: string,
  { size }: Stats,
  { method }: IncomingMessage,
  response: ServerResponse,
): void {
  response.setHeader(
    'Content-Type',
    TYPES[path.extname(place).toLowerCase()] ?? 'application/octet-stream',
  );
  response.setHeader('Content-Length', size);
  response.setHeader('X-Content-Type-Options', 'nosniff');
  if (method === 'HEAD') {
    response.end();
    return;
  }
  pipeline(createReadStream(place), response, () => {
    // A client that went away, or a file that ends too early, has closed the connection.
  });
}

async function sendFolder(
  place: string,
  wanted: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!wanted.endsWith('/')) {
    response.writeHead(301, { Location: `${encodeURI(wanted)}/`.replace(/^\/+/, '/') }).end();
    return;
  }
  const index = path.join(place, 'index.html');
  const status = await stat(index).catch(() => undefined);
  if (status?.isFile()) {
    sendFile(index, status, request, response);
    return;
  }
  const entries = await readdir(place, { withFileTypes: true });
  const items = entries
    .map((entry) => `${entry.name}${entry.isDirectory() ? '/' : ''}`)
    .sort()
    .map(
      (name) =>
        `<li><a href="./${escaped(encodeURIComponent(name).replace('%2F', '/'))}">${escaped(name)}</a></li>`,
    );
  const page = `<!doctype html><meta charset="utf-8"><title>${escaped(wanted)}</title><ul>${items.join('')}</ul>\n`;
  response.setHeader('Content-Type', 'text/html; charset=utf-8');
  response.end(request.method === 'HEAD' ? undefined : page);
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function refuse(response: ServerResponse, status: number): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(status, { 'Content-Type': 'text/plain' }).end(`${status}\n`);
}
