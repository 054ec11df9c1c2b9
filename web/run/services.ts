/** What the replicas of a run on the page replicate; a bank may start with balances of one's own. */

import type { Service } from "../../core/service.ts";
import { createBank } from "../../services/bank.ts";
import { serviceNamed } from "../../services/services.ts";
import type { Setup } from "./setup.ts";

export function createServiceFor({
  service,
  balances,
}: Pick<Setup, "service" | "balances">): Service {
  const accounts = service === "bank" ? readBalances(balances) : [];
  return accounts.length > 0 ? createBank(accounts) : serviceNamed(service).create();
}

/** `Ana 500, Bo 200`; what is written otherwise is for `checkSetup` to say. */
export function readBalances(text: string): readonly (readonly [string, number])[] {
  return text
    .split(",")
    .map((part) => /^\s*(\S+)\s+(\d+)\s*$/.exec(part))
    .flatMap((found) => (found === null ? [] : [[found[1] ?? "", Number(found[2])] as const]));
}
