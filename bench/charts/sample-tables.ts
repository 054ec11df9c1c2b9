/** Tables of a run that never took place, with something to see in every chart; for tests. */

import { createRandom } from "../../sim/random.ts";
import type { TextRow } from "../results/result-folder.ts";
import type { RunTables } from "./points.ts";

const random = createRandom("sample tables");
/** A value and something around it, the same each time that the file is loaded. */
const around = (value: number): string => (value * (0.9 + 0.2 * random.fraction())).toFixed(3);

const key = (row: TextRow): TextRow => ({
  ...{ run: "sample", repetition: "1", f: "1", domains: "1", fault: "none", faulty: "" },
  ...{ transport: "simulated", place: "in-process", auth: "ed25519", network: "lan" },
  ...{ service: "echo", payload_bytes: "64", batch: "1", coalesce: "none", clients: "1", rate: "" },
  ...{ disk: "none" },
  ...{ seed: "1", safety: "ok", liveness: "ok" },
  cell: `${row["protocol"]} n=${row["n"]} ${row["fault"] ?? ""} ${row["rate"] ?? ""}`.trim(),
  ...row,
});

const repetitions = ["1", "2", "3", "4", "5"];
const each = <T>(items: readonly T[], rows: (item: T) => readonly TextRow[]) => items.flatMap(rows);

const scaling = each(["pbft", "ccro"], (protocol) =>
  each(["none", "offline@1"], (fault) =>
    each([4, 7, 16, 31], (n) =>
      repetitions.map((repetition) =>
        key({
          ...{ protocol, n: String(n), f: String(Math.floor((n - 1) / 3)), fault, repetition },
          latency_p50_ms:
            protocol === "ccro" && n === 4 && fault !== "none"
              ? "inf"
              : around(n ** (protocol === "pbft" ? 2 : 1)),
          throughput_per_s: around(1000 / n),
        }),
      ),
    ),
  ),
);

const load = each(["pbft", "ccro"], (protocol) =>
  each([100, 200, 400, 800, 1000], (rate) =>
    repetitions.map((repetition) =>
      key({
        ...{ protocol, n: "4", rate: String(rate), repetition },
        throughput_per_s: around(Math.min(rate, protocol === "pbft" ? 700 : 1100)),
        latency_p50_ms: around(2 / (1.1 - Math.min(1, rate / (protocol === "pbft" ? 800 : 1100)))),
        latency_p99_ms: around(9 / (1.1 - Math.min(1, rate / (protocol === "pbft" ? 800 : 1100)))),
      }),
    ),
  ),
);

const doses = each(["pbft", "paxos"], (protocol) =>
  each([0, 1, 2, 3, 4, 5, 6, 7], (dose) =>
    repetitions.map((repetition) =>
      key({
        ...{ protocol, n: "7", f: protocol === "pbft" ? "2" : "3", repetition },
        fault: dose === 0 ? "none" : `malicious@${dose}`,
        faulty: Array.from({ length: dose }, (_, index) => `r${index + 1}`).join("+"),
        throughput_per_s: dose > (protocol === "pbft" ? 2 : 3) ? "0" : around(100 - 5 * dose),
        safety: protocol === "paxos" && dose > 1 && dose < 4 ? "violated" : "ok",
        latency_p50_ms: around(10),
      }),
    ),
  ),
);

const requests = each(["pbft", "ccro"], (protocol) =>
  each(["none", "malicious@1"], (fault) =>
    Array.from({ length: 400 }, (_, index) =>
      key({
        ...{ protocol, n: protocol === "pbft" ? "4" : "6", fault, request: String(index + 1) },
        outcome: "committed",
        latency_ms: fault !== "none" && index % 20 === 0 ? "inf" : around(5 + index / 20),
      }),
    ),
  ),
);

const messages = each(["pbft", "ccro"], (protocol) =>
  each(["4", "7"], (n) =>
    each(["request", "pre-prepare", "prepare", "commit", "reply"], (kind) =>
      repetitions.map((repetition) =>
        key({
          ...{ protocol, n, kind, repetition, is_control: "false" },
          messages_per_request: kind === "request" ? "1" : n,
          expected_per_request: kind === "request" ? "1" : n,
        }),
      ),
    ),
  ),
);

const timeline = each(["pbft", "ccro"], (protocol) =>
  repetitions.flatMap((repetition) =>
    Array.from({ length: 100 }, (_, index) => {
      const at = 100 * (index - 30);
      const marks = at === 500 ? "suspicion" : at === 900 ? "new view; first commit" : "";
      const committed = at >= 0 && at < 900 ? "0" : String(Math.round(Number(around(20))));
      return key({
        protocol,
        n: "4",
        fault: "crash@commander",
        repetition,
        at_ms: String(at),
        committed,
        marks,
      });
    }),
  ),
);

const trust = each(["r0", "r1", "r2", "r3", "r4", "r5"], (node) =>
  repetitions.flatMap((repetition) =>
    Array.from({ length: 20 }, (_, index) => {
      const value = node === "r4" ? 5 * 0.85 ** index : 5 + 0.2 * index;
      const where = { protocol: "ccro", n: "6", fault: "malicious@1", faulty: "r4" };
      return key({ ...where, repetition, node, height: String(index + 1), trust: around(value) });
    }),
  ),
);

const nothing: RunTables = {
  ...{ summary: [], requests: [], messages: [], timeline: [], trust: [], knees: [], published: [] },
};

export const sampleTables = {
  nothing,
  scaling: {
    ...nothing,
    summary: scaling,
    published: [
      { source: "Somebody 2020", x: "1", n: "4", fault: "offline", seconds: "0.028", note: "" },
      { source: "Somebody 2020", x: "5", n: "16", fault: "offline", seconds: "1.1", note: "" },
    ],
  },
  load: {
    ...nothing,
    summary: load,
    knees: [{ protocol: "pbft", n: "4", knee_per_s: "800" }],
  },
  doses: { ...nothing, summary: doses },
  requests: { ...nothing, requests },
  messages: { ...nothing, messages },
  timeline: { ...nothing, timeline },
  trust: { ...nothing, trust },
} satisfies Readonly<Record<string, RunTables>>;
