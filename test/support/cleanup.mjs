// What a test opens is registered here and undone when it ends, newest first.
const pending = [];

/** Registers a function (which may return a promise) to call when the test ends; returns nothing. */
export function onCleanup(undo) {
  pending.push(undo);
}

/** Destroys a stream when the test ends. Errors that this brings are the test's own business no longer. */
export function tidy(stream) {
  onCleanup(() => {
    if (stream.destroyed) return;
    stream.on('error', () => {});
    stream.destroy();
  });
  return stream;
}

export async function cleanUp() {
  while (pending.length > 0) await pending.pop()();
}
