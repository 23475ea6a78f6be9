// What csrc/node/inspection.cc tells of objects in files.

/**
 * Types (short names, or digits) and values of a distinguished name, in its order; null for a value
 * that is no text.
 */
export type NameFacts = readonly [types: readonly string[], values: readonly (string | null)[]];

/**
 * What a certificate says, by the names of Node's certificate objects. Undefined: there is no such
 * thing in it; null: it can't be read.
 */
export interface CertificateFacts {
  subject: NameFacts;
  issuer: NameFacts;
  subjectaltname: string | null | undefined;
  /** Lines such as "OCSP - URI:…". */
  infoAccess: string | null | undefined;
  ca: boolean;
  bits?: number;
  /** For RSA a SubjectPublicKeyInfo; for EC the point, uncompressed. */
  pubkey?: Buffer;
  /** For EC, the point as it stands in the certificate. */
  point?: Buffer;
  /** An RSA key's modulus, in hexadecimal digits. */
  modulus?: string;
  exponent?: string;
  asn1Curve?: string;
  nistCurve?: string;
  valid_from: string;
  valid_to: string;
  fingerprint?: string;
  fingerprint256?: string;
  fingerprint512?: string;
  ext_key_usage?: string[];
  serialNumber?: string;
  raw: Buffer;
  /** Whether an RSA key is for RSASSA-PSS only; undefined without a key. */
  pss?: boolean;
  selfIssued: boolean;
  /** OpenSSL's name of the kind of key; the algorithm's identifier where it can't decode the key. */
  keyType: string;
}

export interface KeyOutline {
  /** OpenSSL's name: "RSA", "EC", "ED25519", "ML-DSA-65". */
  type: string;
  /** OpenSSL's name of the curve; empty for keys that are on none. */
  group: string;
  bits: number;
  /** The strength by NIST SP 800-57. */
  securityBits: number;
  /** SubjectPublicKeyInfo (DER). */
  spki: Buffer;
}

export interface ObjectFacts {
  certificate: { signature: string; spki: Buffer };
  publicKey: KeyOutline;
  privateKey: KeyOutline;
  request: {
    subject: NameFacts;
    subjectaltname: string;
    signature: string;
    key: KeyOutline;
    /** Whether the request is signed by its own key. */
    proven: boolean;
  };
  crl: {
    issuer: NameFacts;
    thisUpdate: string;
    nextUpdate: string;
    signature: string;
    revoked: number;
  };
  session: {
    /** 0x0304 is TLS 1.3. */
    protocol: number;
    cipher: string;
    servername: string;
    /** Seconds. */
    lifetime: number;
    ticket: boolean;
    /** Bytes. */
    maxEarlyData: number;
  };
  /** The certificates in it (DER). */
  pkcs7: Buffer[];
  pkcs12: { certificates: Buffer[]; key: KeyOutline | null };
}

export type ObjectKind = keyof ObjectFacts;

/**
 * Says what an object is: DER, or for a private key PEM as well. Throws OpenSSL's error for what is no such object.
 * `passphrase` and `legacy` are for private keys and PKCS#12.
 */
export type DescribeObject = <Kind extends ObjectKind>(
  kind: Kind,
  bytes: NodeJS.ArrayBufferView,
  passphrase?: string | NodeJS.ArrayBufferView,
  legacy?: boolean,
) => ObjectFacts[Kind];
