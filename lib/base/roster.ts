// Objects that come and go all the time, such as the connections of a server.

import { kPlace } from './symbols';

/** Is in one roster at most. */
export interface Member {
  /** Where it is; -1 if it is in none. Only the roster changes it. */
  [kPlace]: number;
}

/**
 * Does what a Set does, but for the garbage collector. When a Set has seen so many additions and removals that
 * it replaces its table, the old one goes on pointing at the new one, for the sake of iterations under way. Once
 * an old table has been promoted to V8's old generation, it keeps alive all tables that follow, with what was in
 * them, until the next full collection: nearly every connection of a busy server, which took 8 % of its time.
 */
export class Roster<T extends Member> {
  readonly #members: T[] = [];

  get size(): number {
    return this.#members.length;
  }

  add(member: T): void {
    if (member[kPlace] >= 0) return;
    member[kPlace] = this.#members.push(member) - 1;
  }

  delete(member: T): void {
    const place = member[kPlace];
    if (place < 0) return;
    member[kPlace] = -1;
    const last = this.#members.pop()!;
    if (last === member) return;
    this.#members[place] = last;
    last[kPlace] = place;
  }

  /** A copy, so that whoever goes through it may remove what is in it. */
  all(): T[] {
    return [...this.#members];
  }
}
