/** How many faulty nodes a split stands, and how likely chance puts too many of them together. */

import type { Protocol } from "../../core/protocol.ts";
import { chanceOfBadSplit, sizesOf } from "../../domains/index.ts";
import { percent } from "../output/figures.ts";
import { protocolNamed } from "../protocols.ts";
import { readDomainName } from "./in-domains.ts";

interface SplitCluster {
  readonly inner: Pick<Protocol, "faultsTolerated">;
  readonly n: number;
  readonly domains: number;
}

// So many numbers of faulty nodes are shown.
const mostShown = 4;

interface SplitCell {
  readonly protocol: string;
  readonly n: number;
  readonly domains: number;
}

/** A line for each split among these cells, for the head of a table; equal splits share theirs. */
export function splitLines(cells: readonly SplitCell[]): readonly string[] {
  const namesOf = new Map<string, Set<string>>();
  for (const { protocol, n, domains } of cells.filter((cell) => cell.domains > 1)) {
    const inner = protocolNamed(protocol);
    const text = `n=${n}: ${splitText({ inner, n, domains })}`;
    namesOf.set(text, (namesOf.get(text) ?? new Set()).add(inner.title));
  }
  return [...namesOf].map(([text, names]) => `${[...names].join(", ")} ${text}`);
}

/** The same for one cluster; nothing where it is not split. */
export function splitLinesOf(protocol: Pick<Protocol, "name">, n: number): readonly string[] {
  const split = readDomainName(protocol.name);
  if (split === undefined) return [];
  const { inner, domains } = split;
  return splitLines([{ protocol: inner, n, domains }]);
}

/** The domains of a split, and the chance that so many faulty nodes outnumber f in one of them. */
export interface SplitOdds {
  readonly sizes: readonly { readonly n: number; readonly f: number }[];
  readonly chances: readonly { readonly faulty: number; readonly chance: number }[];
}

/**
 * For numbers of faulty nodes that fall anywhere by lot, from the first that can be too many for a domain
 * to what the cluster would stand undivided.
 */
export function splitOdds({ inner, n, domains }: SplitCluster): SplitOdds {
  const sizes = sizesOf(n, domains).map((size) => ({ n: size, f: inner.faultsTolerated(size) }));
  const first = Math.min(...sizes.map(({ f }) => f)) + 1;
  const last = Math.max(first, inner.faultsTolerated(n));
  const shown = Array.from({ length: mostShown }, (_, index) =>
    Math.round(first + (index * (last - first)) / (mostShown - 1)),
  );
  const chances = [...new Set(shown)].map((faulty) => ({
    faulty,
    chance: chanceOfBadSplit(sizes, faulty),
  }));
  return { sizes, chances };
}

/** The same in one line. */
export function splitText(cluster: SplitCluster): string {
  const { sizes, chances } = splitOdds(cluster);
  const alike = new Map<string, number>();
  for (const { n, f } of sizes) {
    const size = `${n} nodes (f=${f})`;
    alike.set(size, (alike.get(size) ?? 0) + 1);
  }
  const each = [...alike].map(([size, times]) => `${times} × ${size}`).join(", ");
  const odds = chances.map(({ faulty, chance }) => `${faulty}: ${percent(chance)}`).join(" · ");
  return `domains: ${each} · chance that faulty nodes, placed by lot, outnumber f in some domain: ${odds}`;
}
