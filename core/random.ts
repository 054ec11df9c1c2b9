/** Seeded randomness as it is handed in. Nothing in the house draws from anywhere else. */

export interface Random {
  /** A whole number from `low` to `high`, both included. */
  integer(low: number, high: number): number;
  /** A number in [0, 1). */
  fraction(): number;
  /** True with the given probability; 0 and 1 draw nothing. */
  chance(probability: number): boolean;
  /** `count` different items, never more than there are, in random order. */
  sample<T>(items: readonly T[], count: number): readonly T[];
  /** An independent stream: drawing from it shifts no other. Equal names give equal streams. */
  fork(name: string): Random;
}
