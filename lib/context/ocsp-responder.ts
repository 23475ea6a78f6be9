// Asks an OCSP responder over HTTP (RFC 6960, appendix A; RFC 5019).

import type http from 'node:http';

import { ocspResponderFailed } from '../base/errors';
import { nodeHttp, nodeHttps } from '../base/node-modules';

/** How a responder is asked. */
export interface Inquiry {
  /** Milliseconds for all of it, redirections included. */
  readonly timeout: number;
  readonly agent: http.Agent | undefined;
}

/** Bytes. A response with some certificates in it has two or three thousand. */
const MOST_BYTES = 64 * 1024;
const MOST_REDIRECTIONS = 3;
/** Bytes of a URL. What is longer goes by POST (RFC 5019, 5). */
const LONGEST_URL = 255;

const REDIRECTIONS = new Set([301, 302, 303, 307, 308]);

/**
 * Returns what the responder answers, which may be any bytes.
 *
 * @throws `ERR_OWNSSL_OCSP_RESPONDER`, with the `cause` if there is one.
 */
export async function askResponder(
  responder: string,
  request: Buffer,
  inquiry: Inquiry,
): Promise<Buffer> {
  // Its timer keeps no process alive.
  const signal = AbortSignal.timeout(inquiry.timeout);
  const encoded = encodeURIComponent(request.toString('base64'));
  const asked = `${responder.replace(/\/$/, '')}/${encoded}`;
  if (asked.length <= LONGEST_URL) {
    try {
      // A GET may be answered by a cache on the way.
      return await exchange(asked, null, inquiry, signal);
    } catch (error) {
      // There are responders that take no GET.
      if ((error as { status?: number }).status === undefined) throw error;
    }
  }
  return exchange(responder, request, inquiry, signal);
}

async function exchange(
  start: string,
  body: Buffer | null,
  inquiry: Inquiry,
  signal: AbortSignal,
): Promise<Buffer> {
  let url = start;
  for (let followed = 0; ; followed++) {
    const { status, location, content } = await fetchOnce(url, body, inquiry, signal);
    if (status === 200) return content;
    // A POST is repeated elsewhere only where that is what 307 and 308 say.
    const follows = REDIRECTIONS.has(status) && (body === null || status >= 307);
    if (!follows || location === undefined || followed === MOST_REDIRECTIONS) {
      throw Object.assign(ocspResponderFailed(start, `HTTP status ${status}`), { status });
    }
    url = redirected(url, location, start);
  }
}

/** By HTTP and HTTPS only, and never from HTTPS to HTTP. */
function redirected(from: string, location: string, start: string): string {
  const to = URL.canParse(location, from) ? new URL(location, from) : null;
  const safe = to?.protocol === 'https:' || (to?.protocol === 'http:' && from.startsWith('http:'));
  if (to === null || !safe) {
    throw ocspResponderFailed(start, `it redirects to ${location.slice(0, LONGEST_URL)}`);
  }
  return to.href;
}

interface Answer {
  status: number;
  location: string | undefined;
  content: Buffer;
}

function fetchOnce(
  url: string,
  body: Buffer | null,
  { agent }: Inquiry,
  signal: AbortSignal,
): Promise<Answer> {
  const module = url.startsWith('https:') ? nodeHttps() : nodeHttp();
  return new Promise((resolve, reject) => {
    const fail = (reason: string, cause?: unknown): void => {
      reject(ocspResponderFailed(url, reason, cause));
    };
    const failed = (error: Error): void => {
      fail(signal.aborted ? 'it has not answered in time' : error.message, error);
    };
    const options: http.RequestOptions = {
      method: body === null ? 'GET' : 'POST',
      // Nothing is left open behind it, unless the program says so.
      agent: agent ?? false,
      signal,
      headers: {
        Accept: 'application/ocsp-response',
        ...(body !== null && {
          'Content-Type': 'application/ocsp-request',
          'Content-Length': body.length,
        }),
      },
    };
    let asked: http.ClientRequest;
    try {
      asked = module.request(url, options);
    } catch (error) {
      fail((error as Error).message, error);
      return;
    }
    asked.on('socket', (socket) => {
      // A process that has nothing else to do does not wait for a responder.
      socket.unref();
    });
    asked.on('error', failed);
    asked.on('response', (answer) => {
      const chunks: Buffer[] = [];
      let size = 0;
      answer.on('error', failed);
      answer.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size <= MOST_BYTES) {
          chunks.push(chunk);
          return;
        }
        fail(`it answers more than ${MOST_BYTES} bytes`);
        answer.destroy();
      });
      answer.on('end', () => {
        resolve({
          status: answer.statusCode ?? 0,
          location: answer.headers.location,
          content: Buffer.concat(chunks),
        });
      });
      answer.on('close', () => {
        fail('it has closed the connection'); // Nothing, if there is a result.
      });
    });
    asked.end(body ?? undefined);
  });
}
