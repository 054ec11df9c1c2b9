/** Names of nodes in little room. */

/** Numbers in a row are told by their ends: `r0–r3, r5`. */
export function shortList(names: readonly string[]): string {
  const numbers = [...new Set(names)]
    .map((name) => ({
      name,
      prefix: name.replace(/\d+$/, ""),
      number: Number(/\d+$/.exec(name)?.[0]),
    }))
    .sort((a, b) => (a.prefix < b.prefix ? -1 : a.prefix > b.prefix ? 1 : a.number - b.number));
  const runs: { first: string; last: string; prefix: string; next: number }[] = [];
  for (const { name, prefix, number } of numbers) {
    const run = runs.at(-1);
    if (run !== undefined && run.prefix === prefix && run.next === number) {
      run.last = name;
      run.next = number + 1;
    } else {
      runs.push({ first: name, last: name, prefix, next: number + 1 });
    }
  }
  return runs.map(({ first, last }) => (first === last ? first : `${first}–${last}`)).join(", ");
}
