/**
 * A fast hash for simulated runs and seeds. It is not cryptographic and need not be: simulated liars
 * do not search for collisions. Real hosts hand in SHA-256.
 */

const prime1 = 597399067;
const prime2 = 2869860233;
const prime3 = 951274213;
const prime4 = 2716044179;

/** Takes in text after text; 128 bits over their UTF-16 code units. */
export class RunningHash {
  #a = 1779033703;
  #b = 3144134277 | 0;
  #c = 1013904242;
  #d = 2773480762 | 0;

  add(text: string): void {
    let a = this.#a;
    let b = this.#b;
    let c = this.#c;
    let d = this.#d;
    for (let index = 0; index < text.length; index += 1) {
      const unit = text.charCodeAt(index);
      a = b ^ Math.imul(a ^ unit, prime1);
      b = c ^ Math.imul(b ^ unit, prime2);
      c = d ^ Math.imul(c ^ unit, prime3);
      d = a ^ Math.imul(d ^ unit, prime4);
    }
    this.#a = a;
    this.#b = b;
    this.#c = c;
    this.#d = d;
  }

  /** Of all that came in so far, as 32 hex digits; more may follow. */
  digest(): string {
    const [first, second, third, fourth] = this.#words();
    return hexOf(first) + hexOf(second) + hexOf(third) + hexOf(fourth);
  }

  /** The first 32 bits of the digest, as a signed number. */
  word(): number {
    return this.#words()[0];
  }

  #words(): readonly [number, number, number, number] {
    const a = Math.imul(this.#c ^ (this.#a >>> 18), prime1);
    const b = Math.imul(this.#d ^ (this.#b >>> 22), prime2);
    const c = Math.imul(a ^ (this.#c >>> 17), prime3);
    const d = Math.imul(b ^ (this.#d >>> 19), prime4);
    const mixed = a ^ b ^ c ^ d;
    return [mixed, b ^ mixed, c ^ mixed, d ^ mixed];
  }
}

export function hash128(text: string): string {
  const hash = new RunningHash();
  hash.add(text);
  return hash.digest();
}

/** The first 32 bits, as a signed number: a seed. */
export function hash32(text: string): number {
  const hash = new RunningHash();
  hash.add(text);
  return hash.word();
}

// Looked up, because a hash is taken of every message and writing hex digits costs more than mixing.
const hexByByte = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

const byteAt = (word: number, shift: number): string => hexByByte[(word >>> shift) & 255] ?? "";
const hexOf = (word: number): string =>
  byteAt(word, 24) + byteAt(word, 16) + byteAt(word, 8) + byteAt(word, 0);
