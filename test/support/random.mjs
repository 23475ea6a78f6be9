// A seeded generator of numbers: the same seed, the same run. OWNSSL_SEED repeats one.

/** Returns { seed, next(limit) } with next() a whole number below limit. */
export function seededRandom(seed = Number(process.env.OWNSSL_SEED ?? 20_26)) {
  let state = seed >>> 0;
  const next = (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
  return { seed, next };
}
