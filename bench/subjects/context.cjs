// context: createSecureContext() with the default trust.
'use strict';
const { load, measured, ready } = require('./harness.cjs');

const tls = load();

ready(({ count }) =>
  measured(() => {
    for (let i = 0; i < count; i++) tls.createSecureContext();
    return { count };
  }),
);
