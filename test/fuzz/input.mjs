// Takes decisions and parts from the input that libFuzzer gives.

export class Input {
  #bytes;

  constructor(bytes) {
    this.#bytes = bytes;
  }

  get empty() {
    return this.#bytes.length === 0;
  }

  /** A byte; 0 where there is no more. */
  byte() {
    const [byte = 0] = this.#bytes;
    this.#bytes = this.#bytes.subarray(1);
    return byte;
  }

  flag() {
    return (this.byte() & 1) === 1;
  }

  /** One of a list. */
  one(list) {
    return list[this.byte() % list.length];
  }

  /** Bytes whose length is in the two bytes before them. */
  part() {
    const length = (this.byte() << 8) | this.byte();
    const part = this.#bytes.subarray(0, length);
    this.#bytes = this.#bytes.subarray(length);
    return part;
  }

  rest() {
    return this.#bytes;
  }
}

/** What `part()` reads. */
export const part = (bytes) =>
  Buffer.concat([Buffer.of(bytes.length >> 8, bytes.length & 0xff), bytes]);

/** What `call` returns, or undefined where it throws one of these codes. Whatever else it throws is a fault. */
export function refused(call, ...codes) {
  try {
    return call();
  } catch (error) {
    if (codes.includes(error?.code)) return undefined;
    throw error;
  }
}
