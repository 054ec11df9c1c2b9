/**
 * A fast hash for simulated runs and seeds. It is not cryptographic and need not be: simulated liars
 * do not search for collisions. Real hosts hand in SHA-256.
 */

const primes = [597399067, 2869860233, 951274213, 2716044179] as const;

/** 128 bits as 32 hex digits, over UTF-16 code units. */
export function hash128(text: string): string {
  let a = 1779033703;
  let b = 3144134277;
  let c = 1013904242;
  let d = 2773480762;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    a = b ^ Math.imul(a ^ unit, primes[0]);
    b = c ^ Math.imul(b ^ unit, primes[1]);
    c = d ^ Math.imul(c ^ unit, primes[2]);
    d = a ^ Math.imul(d ^ unit, primes[3]);
  }
  a = Math.imul(c ^ (a >>> 18), primes[0]);
  b = Math.imul(d ^ (b >>> 22), primes[1]);
  c = Math.imul(a ^ (c >>> 17), primes[2]);
  d = Math.imul(b ^ (d >>> 19), primes[3]);
  const mixed = a ^ b ^ c ^ d;
  return [mixed, b ^ mixed, c ^ mixed, d ^ mixed]
    .map((word) => (word >>> 0).toString(16).padStart(8, "0"))
    .join("");
}

/** The first 32 bits, as a signed number: a seed. */
export const hash32 = (text: string): number => Number.parseInt(hash128(text).slice(0, 8), 16) | 0;
