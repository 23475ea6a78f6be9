// Server: the first question of a handshake, while nothing is chosen yet. What is to hold for this
// connection? Then ALPNCallback is asked which protocol is spoken.

import { alertCode, alertName } from '../../base/alerts';
import { errors, invalidArgValue } from '../../base/errors';
import { validateObject } from '../../base/validate';
import type { ClientHelloAnswer } from '../../context/client-hello';
import { staple } from '../../context/ocsp-stapling';
import { versionNumber } from '../../context/protocol-versions';
import { isNativeContext } from '../../context/secure-context';
import type { NativeSecureContext } from '../../native/boundary';
import type { ConnectionChoice } from '../../native/hello-boundary';
import { setALPNProtocols } from '../alpn';
import type { Connection } from '../connection';
import { chosenProtocol } from './alpn';
import { answer, asError } from './answer';
import { decided } from './called';
import { chain } from './known';

interface Decision {
  choice?: ConnectionChoice & { context?: NativeSecureContext | undefined };
  protocol?: string | undefined;
  refusal?: { alert: number; error: Error };
}

const INTERNAL_ERROR = 80;

/** These OpenSSL does not send as they are at this place, or they are no refusals. */
const NOT_FOR_REFUSALS = ['close_notify', 'no_certificate', 'user_canceled', 'no_renegotiation',
  'missing_extension', 'certificate_required', 'too_many_cids_requested', 'general_error',
  'ech_required']; // prettier-ignore

export function answerClientHello(connection: Connection): void {
  answer<Decision>(
    connection,
    () =>
      chain(decide(connection), (decision): Decision | PromiseLike<Decision> => {
        if (decision.refusal) return decision;
        const taken = decision.choice?.alpn !== undefined;
        return chain(taken ? undefined : chosenProtocol(connection), (protocol) => ({
          ...decision,
          protocol,
        }));
      }),
    ({ choice, protocol, refusal }, native) => {
      if (refusal) {
        connection.refuseWith(refusal.error);
        native.refuseClientHello(refusal.alert);
        return;
      }
      connection.clientHello.context = choice?.context;
      if (choice?.context) staple(choice.context, connection.server?.ocspStapling);
      const demand = connection.demand.choose(choice?.context);
      native.answerClientHello(
        protocol,
        demand ? { minVersion: 0, maxVersion: 0, ...choice, demand } : choice,
      );
    },
    // With no protocol OpenSSL tells the client so, by the alert of RFC 7301.
    (native) => {
      native.answerClientHello();
    },
  );
}

function decide(connection: Connection): Decision | Promise<Decision> {
  const { clientHelloCallback } = connection.options;
  if (!clientHelloCallback) return {};
  try {
    const hello = connection.clientHello.get();
    if (hello === null) throw errors.invalidState();
    const given = decided<ClientHelloAnswer>(
      connection,
      clientHelloCallback,
      hello,
      connection.socket,
    );
    const decision = chain(given, decisionOf);
    return decision instanceof Promise ? decision.catch(refusalOf) : decision;
  } catch (error) {
    return refusalOf(error);
  }
}

/** What is thrown may say by which alert. */
function refusalOf(thrown: unknown): Decision {
  const error = asError(thrown);
  const { alert } = error as { alert?: unknown };
  return { refusal: { alert: fatalAlert(alert) ?? INTERNAL_ERROR, error } };
}

/** @throws What {@link ClientHelloAnswer} says. */
function decisionOf(given: ClientHelloAnswer | null | undefined): Decision {
  if (given == null) return {};
  validateObject(given, 'ret');
  const { secureContext, ALPNProtocols, minVersion, maxVersion, alert, ...rest } = given;
  // Somebody may have meant to refuse.
  const [stranger] = Object.keys(rest);
  if (stranger !== undefined) {
    throw invalidArgValue(`ret.${stranger}`, given, 'is not known in an answer to a ClientHello');
  }
  if (alert !== undefined) {
    const code = fatalAlert(alert);
    if (code === undefined) throw invalidArgValue('ret.alert', alert);
    return { refusal: { alert: code, error: errors.clientHelloRefused(alertName(code), code) } };
  }
  const choice: NonNullable<Decision['choice']> = {
    context: secureContext == null ? undefined : nativeContext(secureContext),
    minVersion: minVersion == null ? 0 : versionNumber('minimum', minVersion, ''),
    maxVersion: maxVersion == null ? 0 : versionNumber('maximum', maxVersion, ''),
  };
  if (ALPNProtocols != null) {
    const out: { ALPNProtocols?: Buffer } = {};
    setALPNProtocols(ALPNProtocols, out);
    if (out.ALPNProtocols === undefined) throw invalidArgValue('ret.ALPNProtocols', ALPNProtocols);
    choice.alpn = out.ALPNProtocols;
  }
  return { choice };
}

function nativeContext(secureContext: object): NativeSecureContext {
  const { context } = secureContext as { context?: unknown };
  if (!isNativeContext(context)) throw errors.invalidContext('ret.secureContext');
  return context;
}

/** The code of an alert that can refuse, by its name or by itself; undefined for anything else. */
function fatalAlert(alert: unknown): number | undefined {
  const code = typeof alert === 'string' ? alertCode(alert) : alert;
  if (typeof code !== 'number' || alertCode(alertName(code)) !== code) return undefined;
  return NOT_FOR_REFUSALS.includes(alertName(code)) ? undefined : code;
}
