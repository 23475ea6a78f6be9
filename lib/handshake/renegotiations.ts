// Which renegotiations (TLS 1.2 and before) a connection takes part in.

import { type CodedError, errors } from '../base/errors';
import { now } from '../base/timers';
import { live } from '../context/defaults';

export class Renegotiations {
  /** Set by `disableRenegotiation()`. */
  disabled = false;
  /** How many a client has begun in the current window of time. */
  #count = 0;
  #windowStart = 0;

  /** Says why a server does not take part in one that begins, if it does not. `own`: it has asked for it. */
  refusal(own: boolean): CodedError | null {
    // A client that renegotiates again and again would cost the server much more than itself (CVE-2011-1473).
    const { CLIENT_RENEG_LIMIT, CLIENT_RENEG_WINDOW } = live();
    const time = now();
    if (own) {
      // What the server itself has asked for is no attack.
    } else if (time - this.#windowStart >= CLIENT_RENEG_WINDOW * 1000) {
      this.#windowStart = time;
      this.#count = 1;
    } else {
      this.#count += 1;
    }
    if (this.#count > CLIENT_RENEG_LIMIT) return errors.sessionAttack();
    return this.disabled ? errors.renegotiationDisabled() : null;
  }
}
