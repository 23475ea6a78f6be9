// From an ES module.

import tls, { connect, rootCertificates, type TLSSocket } from 'ownssl';

const socket: TLSSocket = connect(443);
const same: typeof connect = tls.connect;
const first: string | undefined = rootCertificates[0];
