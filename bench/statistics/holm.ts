/** Many tests at once: each p-value, made larger by how many chances there were to be lucky. */

/**
 * Holm (1979), step-down: the smallest p times the number of tests, the next times one less, never
 * smaller than one before it. In the order given; what is undefined was no test.
 */
export function holm(values: readonly (number | undefined)[]): readonly (number | undefined)[] {
  const tests = values.flatMap((p, index) => (p === undefined ? [] : [{ p, index }]));
  tests.sort((a, b) => a.p - b.p);
  const adjusted: (number | undefined)[] = values.map(() => undefined);
  let largest = 0;
  for (const [position, { p, index }] of tests.entries()) {
    largest = Math.max(largest, Math.min(1, p * (tests.length - position)));
    adjusted[index] = largest;
  }
  return adjusted;
}
