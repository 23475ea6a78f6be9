// Random programs for both ends of a connection, and what comes of them: what each end receives, and in which order it
// hears of what.
import fc from 'fast-check';
import { openLink, afterTurns } from '../faults/link.mjs';
import { ca, identity } from '../support/fixtures.mjs';
import { tls as ours } from '../support/subject.mjs';
import { asked, asks } from './asks.mjs';
import { turnsOf } from './thread-turns.mjs';

/** A connection is quiet when nothing was heard for so many turns of the event loop. */
const QUIET = 12;
/** No program takes as many; a failure detector. */
const TOO_MANY = 5000;

const size = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 3000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 16_000, max: 50_000 }) },
);
const operation = fc.oneof(
  { weight: 8, arbitrary: size.map((bytes) => ({ does: 'write', bytes })) },
  ...Object.entries({ cork: 2, uncork: 2, pause: 2, resume: 2, end: 2, destroy: 1 }).map(
    ([does, weight]) => ({ weight, arbitrary: fc.constant({ does }) }),
  ),
  { weight: 1, arbitrary: size.map((bytes) => ({ does: 'end', bytes })) },
);

/** Operations of one end that follow each other at once; after them the connection comes to rest. */
const group = fc.record({
  on: fc.constantFrom('client', 'server'),
  operations: fc.array(operation, { minLength: 1, maxLength: 5 }),
});

/**
 * What an end does in its listeners. `awaits`: after so many microtasks it says so in its log. `halts`: at each 'data' it
 * stops reading, and goes on after so many turns of the event loop (0: at once), in a circle. `answers`: so many bytes, after
 * the awaits, to what comes first of each group.
 */
const reader = fc.record({
  awaits: fc.integer({ min: 0, max: 4 }),
  halts: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    {
      weight: 1,
      arbitrary: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 4 }),
    },
  ),
  answers: fc.oneof(
    { weight: 3, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 3000 }) },
  ),
});

export const programs = fc
  .record({
    version: fc.constantFrom('TLSv1.2', 'TLSv1.3'),
    halfOpen: fc.record({ client: fc.boolean(), server: fc.boolean() }),
    readers: fc.record({ client: reader, server: reader }),
    groups: fc.array(group, { minLength: 1, maxLength: 8 }),
    careful: fc.constantFrom(true, true, true, false),
    asks,
  })
  .map((program) => restedBeforeDestroy(program.careful ? withoutMistakes(program) : program));

/**
 * What a stream still gives that is destroyed in the turn in which it goes on, depends on how the bytes that it held were cut
 * into chunks: so the connection comes to rest before that.
 */
function restedBeforeDestroy(program) {
  const groups = program.groups.flatMap(({ on, operations }) => {
    const index = operations.findIndex(({ does }) => does === 'destroy');
    const goesOn = operations.slice(0, Math.max(index, 0)).some(({ does }) => does === 'resume');
    if (!goesOn) return [{ on, operations }];
    return [
      { on, operations: operations.slice(0, index) },
      { on, operations: operations.slice(index) },
    ];
  });
  return { ...program, groups };
}

/** Most programs do not write to what they have ended. */
function withoutMistakes(program) {
  const over = new Set();
  const groups = program.groups.map(({ on, operations }) => ({
    on,
    operations: operations.filter(({ does }) => {
      if (over.has(on) && ['write', 'end', 'cork', 'uncork'].includes(does)) return false;
      if (does === 'end' || does === 'destroy') over.add(on);
      return true;
    }),
  }));
  return { ...program, groups };
}

const contexts = new Map();
function contextsOf(tls, version) {
  const key = `${version} ${tls.openssl !== undefined}`;
  if (!contexts.has(key)) {
    const range = { minVersion: version, maxVersion: version };
    const client = tls.createSecureContext({ ca, ...range });
    const server = tls.createSecureContext({ ...identity('server-ec'), ...range });
    contexts.set(key, { client: { secureContext: client }, server: { secureContext: server } });
  }
  return contexts.get(key);
}

/** Runs a program with a tls module: { client, server } with each end's log and `received`, a Buffer. */
export async function execute(tls, program, pairs) {
  const { version, halfOpen, readers, groups } = program;
  const afterTurn = pairs && tls === ours ? await turnsOf(pairs) : (then) => afterTurns(1, then);
  const rest = () => comesToRest(heard, afterTurn);
  const link = await openLink(null, pairs);
  for (const end of ['client', 'server']) link[end].allowHalfOpen = halfOpen[end];
  const more = tls === ours ? await asked(program.asks, version) : contextsOf(tls, version);
  const server = new tls.TLSSocket(link.server, { isServer: true, ...more.server });
  const options = { socket: link.client, servername: 'localhost', ...more.client };
  const client = tls.connect({ ...options, allowHalfOpen: halfOpen.client });
  const strict = {
    client: isStrict('client', readers, groups),
    server: isStrict('server', readers, groups),
  };
  const ends = {
    client: observe(client, readers.client, strict.client),
    server: observe(server, readers.server, strict.server),
  };
  more.watch?.(server, ends.server.faults);
  const heard = () => ends.client.heard + ends.server.heard;

  await Promise.all(
    Object.entries({ client: 'secureConnect', server: 'secure' }).map(
      ([end, event]) => new Promise((resolve) => ends[end].socket.once(event, resolve)),
    ),
  );
  await rest();
  for (const { on, operations } of groups) {
    for (const end of Object.values(ends)) end.nextGroup();
    for (const each of operations) perform(ends[on], each);
    await rest();
  }
  // What was held back comes out.
  for (const { socket, nextGroup } of Object.values(ends)) {
    nextGroup();
    socket.resume();
    while (socket.writableCorked > 0) socket.uncork();
  }
  await rest();
  for (const { socket } of Object.values(ends)) socket.destroy();
  link.dispose();
  await rest();
  return Object.fromEntries(
    Object.entries(ends).map(([name, { log, received, faults }]) => [
      name,
      { log, received: Buffer.concat(received), faults, strict: strict[name] },
    ]),
  );
}

/** Whether when microtasks run between events is no matter of timing: the reader takes all that comes, as it comes. */
function isStrict(name, readers, groups) {
  if (readers[name].halts.length > 0) return false;
  return !groups.some(
    ({ on, operations }) => on === name && operations.some(({ does }) => does === 'pause'),
  );
}

function observe(socket, { awaits, halts, answers }, strict) {
  const end = { socket, log: [], received: [], faults: [], heard: 0, calls: 0 };
  const note = (text) => {
    end.heard += 1;
    end.log.push(text);
  };
  end.note = note;
  let answered = false;
  end.nextGroup = () => {
    end.log.push('|');
    answered = false;
  };
  /** Events that come from below: between two of them ticks and microtasks run. */
  let fresh = true;
  const come = (event, again) => {
    if (!fresh && !again) end.faults.push(`no microtasks before '${event}'`);
    fresh = false;
    queueMicrotask(() => {
      fresh = true;
    });
    let left = awaits;
    const step = async () => {
      while (left-- > 0) await null;
      note(`after ${event}`);
    };
    return step();
  };
  let halted = 0;
  let buffered = false;
  socket.on('data', (data) => {
    end.received.push(data);
    note(`data ${data.length}`);
    // What was in the stream already comes at once.
    const done = come('data', buffered);
    buffered = socket.readableLength > 0;
    // Whether one that halts is ended before it can answer depends on how bytes are cut into chunks.
    if (strict && answers > 0 && !answered) {
      answered = true;
      done.then(() => {
        if (socket.writableEnded) return;
        const number = ++end.calls;
        socket.write(Buffer.alloc(answers, 64 + number), (error) =>
          note(`written ${number} ${error?.code ?? ''}`),
        );
      });
    }
    if (halts.length === 0) return;
    const turns = halts[halted++ % halts.length];
    socket.pause();
    end.heard += 1;
    const goOn = () => {
      end.heard += 1;
      socket.resume();
    };
    if (turns === 0) goOn();
    else afterTurns(turns, goOn);
  });
  for (const event of ['end', 'finish', 'drain', 'close', 'error']) {
    socket.on(event, (value) => {
      note(`${event}${value === undefined ? '' : ` ${value.code ?? value}`}`);
      // The others are the stream's own, and so is the end of one that was halted.
      if (event === 'end') come(event, !strict);
    });
  }
  return end;
}

function perform(end, { does, bytes }) {
  const { socket } = end;
  const number = ++end.calls;
  const data = bytes === undefined ? undefined : Buffer.alloc(bytes, number);
  if (does === 'write')
    socket.write(data, (error) => end.note(`written ${number} ${error?.code ?? ''}`));
  else if (does === 'end')
    socket.end(data, (error) => end.note(`ended ${number} ${error?.code ?? ''}`));
  else socket[does]();
}

function comesToRest(heard, afterTurn) {
  return new Promise((resolve, reject) => {
    let quiet = 0;
    let turns = 0;
    let before = heard();
    const look = () => {
      const now = heard();
      quiet = now === before ? quiet + 1 : 0;
      before = now;
      if (quiet >= QUIET) resolve();
      else if (++turns > TOO_MANY) reject(new Error('the connection does not come to rest'));
      else afterTurn(look);
    };
    look();
  });
}
