/** Numbers as people read them: three digits, a thousand as 1,000, what never came as ∞. */

/** Three significant digits, more where a whole number has them. */
export function figure(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return "–";
  if (!Number.isFinite(value)) return "∞";
  const size = Math.abs(value);
  const decimals = size >= 100 || Number.isInteger(value) ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  return grouped(value.toFixed(decimals));
}

/** A count: whole where it is whole. */
export function count(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return "–";
  return grouped(Number.isInteger(value) ? String(value) : value.toFixed(value < 10 ? 2 : 1));
}

export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** As many digits as mean something, for machines. */
export const significant = (value: number): number => Number(value.toPrecision(6));

/** `× 1.50 [1.20–1.90]`. */
export function ratioWords(
  ratio: number | undefined,
  interval: { readonly low: number; readonly high: number } | undefined,
): string {
  if (ratio === undefined) return "–";
  const spread =
    interval === undefined ? "" : ` [${factorOf(interval.low)}–${factorOf(interval.high)}]`;
  return `× ${factorOf(ratio)}${spread}`;
}

const factorOf = (value: number): string =>
  !Number.isFinite(value) ? "∞" : value >= 10 ? figure(value) : value.toFixed(value < 0.1 ? 4 : 2);

export const pValue = (p: number | undefined): string =>
  p === undefined ? "–" : p < 0.001 ? "< 0.001" : p.toFixed(3);

function grouped(text: string): string {
  const [whole = "", decimals] = text.split(".");
  const parted = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return decimals === undefined ? parted : `${parted}.${decimals}`;
}
