// Everything that can be asked about a peer's certificate, as plain data; what throws is data, too.

const properties = [
  'subject',
  'subjectAltName',
  'issuer',
  'infoAccess',
  'validFrom',
  'validTo',
  'fingerprint',
  'fingerprint256',
  'fingerprint512',
  'keyUsage',
  'serialNumber',
  'ca',
  'raw',
];
const methods = ['toString', 'toJSON', 'toLegacyObject'];

const attempt = (get) => {
  try {
    return get();
  } catch (error) {
    return { thrown: error.code ?? error.message };
  }
};

/** { certificate, chain, x509 } of a connected socket. */
export function formatting(socket) {
  return {
    certificate: attempt(() => socket.getPeerCertificate()),
    chain: attempt(() => unwound(socket.getPeerCertificate(true))),
    x509: attempt(() => x509(socket.getPeerX509Certificate())),
  };
}

/** The certificates of a chain as a list, without the links between them, of which the last leads to itself. */
function unwound(certificate) {
  const list = [];
  const seen = new Set();
  for (let at = certificate; at && !seen.has(at); at = at.issuerCertificate) {
    seen.add(at);
    const { issuerCertificate, ...rest } = at;
    list.push({ ...rest, ends: issuerCertificate === undefined || issuerCertificate === at });
    if (issuerCertificate === at) list.push('itself');
  }
  return list;
}

function x509(certificate) {
  if (certificate === undefined) return undefined;
  const data = {};
  for (const name of properties) data[name] = attempt(() => certificate[name]);
  for (const name of methods) data[name] = attempt(() => certificate[name]());
  data.type = attempt(() => certificate.publicKey.asymmetricKeyType);
  data.selfIssued = attempt(() => certificate.checkIssued(certificate));
  return data;
}
