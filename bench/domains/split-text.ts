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

/** A line for each split among these cells, for the head of a table. */
export function splitLines(cells: readonly SplitCell[]): readonly string[] {
  const lines = cells
    .filter(({ domains }) => domains > 1)
    .map(({ protocol, n, domains }) => {
      const inner = protocolNamed(protocol);
      return `${inner.title} n=${n}: ${splitText({ inner, n, domains })}`;
    });
  return [...new Set(lines)];
}

/** The same for one cluster; nothing where it is not split. */
export function splitLinesOf(protocol: Pick<Protocol, "name">, n: number): readonly string[] {
  const split = readDomainName(protocol.name);
  if (split === undefined) return [];
  const { inner, domains } = split;
  return splitLines([{ protocol: inner, n, domains }]);
}

/**
 * One line: for numbers of faulty nodes that fall anywhere by lot, from the first that can be too many
 * for a domain to what the cluster would stand undivided.
 */
export function splitText({ inner, n, domains }: SplitCluster): string {
  const sizes = sizesOf(n, domains).map((size) => ({ n: size, f: inner.faultsTolerated(size) }));
  const each = sizes.map((size) => `${size.n} (f=${size.f})`).join(", ");
  const first = Math.min(...sizes.map(({ f }) => f)) + 1;
  const last = Math.max(first, inner.faultsTolerated(n));
  const shown = Array.from({ length: mostShown }, (_, index) =>
    Math.round(first + (index * (last - first)) / (mostShown - 1)),
  );
  const chances = [...new Set(shown)].map(
    (faulty) => `${faulty}: ${percent(chanceOfBadSplit(sizes, faulty))}`,
  );
  return `domains of ${each} · chance that faulty nodes, placed by lot, outnumber f in some domain: ${chances.join(" · ")}`;
}
