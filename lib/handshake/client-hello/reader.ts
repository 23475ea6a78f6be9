// Reads the vectors that messages of TLS are made of (RFC 8446, 3.4). Nothing throws: what is not there
// reads as zero or as empty, and the reader remembers that it was cut short.

export class Reader {
  readonly #bytes: Buffer;
  #at = 0;
  #cut = false;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Whether something was to be read that is not there. */
  get cut(): boolean {
    return this.#cut;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** Whether all was read, and was there. */
  get exact(): boolean {
    return !this.#cut && this.left === 0;
  }

  /** A number of `size` bytes, 1 to 4. */
  number(size: number): number {
    if (this.left < size) {
      this.#fail();
      return 0;
    }
    this.#at += size;
    return this.#bytes.readUIntBE(this.#at - size, size);
  }

  bytes(size: number): Buffer {
    if (this.left < size) {
      this.#fail();
      return Buffer.alloc(0);
    }
    this.#at += size;
    return this.#bytes.subarray(this.#at - size, this.#at);
  }

  /** A vector, whose length is in the `size` bytes before it. */
  vector(size: number): Buffer {
    return this.bytes(this.number(size));
  }

  #fail(): void {
    this.#cut = true;
    this.#at = this.#bytes.length;
  }
}
