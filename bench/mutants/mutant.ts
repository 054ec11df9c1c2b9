/** A seeded bug: the house must notice it, by a test or by the hunt. */

export interface Mutant {
  /** What is wrong, in words. */
  readonly name: string;
  /** The protocol that breaks, whose room is tested and where the hunt goes. */
  readonly protocol: "pbft" | "ccro-safe" | "paxos";
  readonly edits: readonly Edit[];
}

export interface Edit {
  /** From the root of the project. */
  readonly file: string;
  /** Stands exactly once in the file. */
  readonly find: string;
  readonly replace: string;
}

/** The source with the bug in it; throws when it is not as the mutant expects. */
export function applyEdit(source: string, { file, find, replace }: Edit): string {
  const [before, after, ...more] = source.split(find);
  if (before === undefined || after === undefined || more.length > 0) {
    throw new Error(`${file} does not hold exactly once: ${find}`);
  }
  return before + replace + after;
}
