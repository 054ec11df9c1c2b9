import { describe, test } from "vitest";
import { ccroSafe } from "../ccro/index.ts";
import type { Message } from "../core/messages.ts";
import type { Protocol } from "../core/protocol.ts";
import { faultsOf } from "../faults/chain.ts";
import { pbft } from "../pbft/index.ts";
import { createEcho } from "../services/echo.ts";
import { acceptanceOf, type CaseGroup } from "../sim/acceptance.ts";
import { createRandom } from "../sim/random.ts";
import { withDomains } from "./index.ts";

const inTwo = <M extends Message>(inner: Protocol<M>) =>
  withDomains(inner, {
    name: `${inner.name}/2`,
    domains: 2,
    shuffle: (nodes) => createRandom(7).sample(nodes, nodes.length),
  });

type Refusals = Partial<Record<CaseGroup, string>>;
// Those cases count slots, and a common ledger has more of them than requests: see quiet.test.ts.
const quiet: Refusals = { quiet: "one request takes a height of each domain" };
const cases = [...casesOf(pbft, quiet), ...casesOf(ccroSafe, quiet)];

function casesOf<M extends Message>(inner: Protocol<M>, refusals: Refusals) {
  const all = acceptanceOf(inTwo(inner), { createEcho, createFaults, refusals });
  return all.map((each) => ({ ...each, title: `${inner.name}, ${each.group}: ${each.name}` }));
}

function createFaults<M extends Message>(mode: string) {
  return faultsOf<M>(
    [{ mode, args: [], nodes: ["x"], fromMs: 0, untilMs: Number.POSITIVE_INFINITY }],
    "x",
  );
}

describe("in two domains", () => {
  for (const { title, refusal, verify } of cases) {
    if (refusal === undefined) test(title, verify);
  }
});
