/** Heights of the common ledger, and who orders what there: domain i of K those with h ≡ i + 1 (mod K). */

/** The height of a domain's slot; slots and heights are counted from 1. */
export const heightOf = (slot: number, domain: number, count: number): number =>
  (slot - 1) * count + domain + 1;

/** In which slot of its domain a height is decided: equal for all heights of one turn. */
export const slotOf = (height: number, count: number): number =>
  Math.floor((height - 1) / count) + 1;

/** Which domain orders a height. */
export const ordererOf = (height: number, count: number): number => (height - 1) % count;
