// The parsers of lib/ that read bytes of a peer, of the DNS, or of a file: { name, longest, seeds(), load() }.
//
// `longest` is the most bytes of an input, `seeds()` gives inputs to begin with, and load() a function that is called
// with each input, and throws where something is not as it should be. A parser that takes too long is found by
// libFuzzer's -timeout.
import * as alpn from './alpn.mjs';
import * as certificate from './certificate.mjs';
import * as clientHello from './client-hello.mjs';
import * as conversations from './conversations.mjs';
import * as der from './der.mjs';
import * as echConfigs from './ech-configs.mjs';
import * as pem from './pem.mjs';
import * as profile from './profile.mjs';
import * as session from './session.mjs';
import * as tlsa from './tlsa.mjs';

export const targets = [
  { name: 'ts_client_hello', longest: 2048, ...clientHello },
  { name: 'ts_alpn', longest: 512, ...alpn },
  { name: 'ts_ech_configs', longest: 1024, ...echConfigs },
  { name: 'ts_tlsa', longest: 512, ...tlsa },
  { name: 'ts_der', longest: 1024, ...der },
  { name: 'ts_profile', longest: 8192, ...profile },
  { name: 'ts_certificate', longest: 4096, ...certificate },
  { name: 'ts_session', longest: 1024, ...session },
  { name: 'ts_pem', longest: 4096, ...pem },
  { name: 'ts_conversations', longest: 1024, ...conversations },
];
