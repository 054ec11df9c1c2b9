/** Things in order of their beginnings, in blocks: those in a window are found without looking at all. */

export interface Block<T> {
  readonly fromMs: number;
  /** When the last of them to end ends. */
  readonly untilMs: number;
  readonly items: readonly T[];
}

const blockSize = 256;

export function blocksOf<T>(
  items: readonly T[],
  begin: (item: T) => number,
  end: (item: T) => number,
): readonly Block<T>[] {
  return Array.from({ length: Math.ceil(items.length / blockSize) }, (_, place) => {
    const own = items.slice(place * blockSize, (place + 1) * blockSize);
    const first = own[0];
    return {
      fromMs: first === undefined ? 0 : begin(first),
      untilMs: Math.max(...own.map(end)),
      items: own,
    };
  });
}

export const blocksWithin = <B extends Block<unknown>>(
  blocks: readonly B[],
  fromMs: number,
  untilMs: number,
): readonly B[] => blocks.filter((block) => block.untilMs >= fromMs && block.fromMs <= untilMs);
