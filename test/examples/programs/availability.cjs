// A Node without crypto throws when the module is loaded, whichever way it is loaded.
let tls;
try {
  tls = require('node:tls');
} catch {
  console.log('no TLS here');
}

import('node:tls').then(
  (module) => console.log(module.connect === tls.connect ? 'done' : 'two modules'),
  () => console.log('no TLS here'),
);
