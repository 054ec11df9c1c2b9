/** What a member's records mean to a disk: those of its domain as the protocol has it, the ledger whole. */

import type { Json } from "../core/encoding.ts";
import type { RecordRules, SalvageRules } from "../core/protocol.ts";

type DomainRecord = { readonly inside: Json } | { readonly ledger: Json };

export function recordRulesAround(inner: RecordRules | SalvageRules): RecordRules | SalvageRules {
  // The two kinds know nothing of each other, so their order among each other means nothing.
  const keeping = (
    records: readonly Json[],
    choose: (inside: readonly Json[]) => readonly Json[],
  ): readonly Json[] => [
    ...records.filter((record) => !("inside" in (record as DomainRecord))),
    ...choose(insideOf(records)).map((inside) => ({ inside })),
  ];
  const stillNeeded = (records: readonly Json[]) =>
    keeping(records, (inside) => inner.stillNeeded(inside));
  if (!("salvage" in inner)) return { stillNeeded };
  return {
    stillNeeded,
    salvage: (records) => keeping(records, (inside) => inner.salvage(inside)),
    pledgeOf(record) {
      const [inside] = insideOf([record]);
      return inside === undefined ? undefined : inner.pledgeOf(inside);
    },
  };
}

/** Of the protocol inside. */
export const insideOf = (records: readonly Json[]): readonly Json[] =>
  (records as readonly DomainRecord[]).flatMap((record) =>
    "inside" in record ? [record.inside] : [],
  );

/** Of the common ledger. */
export const ledgerOf = (records: readonly Json[]): readonly Json[] =>
  (records as readonly DomainRecord[]).flatMap((record) =>
    "ledger" in record ? [record.ledger] : [],
  );
