/** What somebody who mistyped a name may have meant. */

/** The known name that the fewest typing errors lead to; undefined when none is near. */
export function nearestTo(word: string, known: readonly string[]): string | undefined {
  let nearest: string | undefined;
  // More errors than half of the word: another word was meant.
  let fewest = Math.max(1, Math.floor(word.length / 2));
  for (const name of known) {
    const errors = typingErrors(word, name);
    if (errors > fewest || (errors === fewest && nearest !== undefined)) continue;
    nearest = name;
    fewest = errors;
  }
  return nearest;
}

/** Letters left out, added or exchanged (Levenshtein). */
function typingErrors(word: string, name: string): number {
  const [from, to] = [[...word.slice(0, 100)], [...name]];
  let above = to.map((_, column) => column + 1);
  above.unshift(0);
  for (const [row, letter] of from.entries()) {
    const current = [row + 1];
    for (const [column, other] of to.entries()) {
      const exchanged = (above[column] ?? 0) + (letter === other ? 0 : 1);
      const added = (current[column] ?? 0) + 1;
      const leftOut = (above[column + 1] ?? 0) + 1;
      current.push(Math.min(exchanged, added, leftOut));
    }
    above = current;
  }
  return above.at(-1) ?? 0;
}
