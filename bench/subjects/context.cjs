// context: createSecureContext() with the default trust.
'use strict';
const { load, measured, ready } = require('./harness.cjs');
// The built-in's certificates are in it. What it takes to load it is in the row `start-trust`.
require('node:tls');

const tls = load();

ready(({ count }) =>
  measured(() => {
    for (let i = 0; i < count; i++) tls.createSecureContext();
    return { count };
  }),
);
