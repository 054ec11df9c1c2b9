import { deepEqual, equal, match } from "node:assert/strict";
import { describe, test } from "vitest";
import type { Acceptance, Delivery, Executed } from "../../core/machine.ts";
import { createJustifiedAcceptance } from "./acceptance.ts";
import { createAgreement } from "./agreement.ts";
import { createDecisions } from "./decisions.ts";
import { createExactlyOnce } from "./exactly-once.ts";
import { unfiredFaults } from "./ground-truth.ts";
import { createProgress } from "./progress.ts";
import { createStateDigests } from "./state-digests.ts";
import { createTotalOrder } from "./total-order.ts";
import { createValidity } from "./validity.ts";
import type { Judge, Violation } from "./violation.ts";

/** c0 asks for "a", "b", "c" with timestamps 1, 2, 3, decided in slots 1, 2, 3. */
const executed = (timestamp: number, change: Partial<Executed> = {}): Executed => ({
  client: "c0",
  timestamp,
  operation: `"${"abc"[timestamp - 1]}"`,
  result: `"did ${timestamp}"`,
  ...change,
});

const delivery = (slot: number, change: Partial<Delivery> = {}): Delivery => ({
  slot,
  view: 0,
  digest: `d${slot}`,
  executed: [executed(slot)],
  history: `h${slot}`,
  ...change,
});

const acceptance = (timestamp: number, change: Partial<Acceptance> = {}): Acceptance => ({
  timestamp,
  operation: `"${"abc"[timestamp - 1]}"`,
  result: `"did ${timestamp}"`,
  view: 0,
  slot: timestamp,
  from: ["r0", "r1"],
  ...change,
});

type Step =
  | readonly ["delivers", string, number, Partial<Delivery>?]
  | readonly ["accepts", string, number, Partial<Acceptance>?]
  | readonly ["jumps", string, number?]
  | readonly ["restarts", string];

/** What a judge says about a history; c0 has submitted "a", "b" and "c" before. */
function complaintsOf(judge: Judge, steps: readonly Step[]): string[] {
  for (const operation of ['"a"', '"b"', '"c"']) judge.submitted?.("c0", operation);
  const violations = steps.flatMap((step) => saidAbout(judge, step));
  return [...violations, ...(judge.ended?.() ?? [])].map(({ message }) => message);
}

function saidAbout(judge: Judge, [verb, node, number, change]: Step): readonly Violation[] {
  switch (verb) {
    case "delivers":
      return judge.delivered?.(node, delivery(number, change)) ?? [];
    case "accepts":
      return judge.accepted?.(node, acceptance(number, change)) ?? [];
    case "jumps":
      judge.jumped?.(node, number);
      return [];
    default:
      judge.restarted?.(node);
      return [];
  }
}

type Rows = readonly (readonly [claim: string, steps: readonly Step[], ...complaints: RegExp[]])[];

function judged(name: string, create: () => Judge, rows: Rows): void {
  describe(name, () => {
    for (const [claim, steps, ...complaints] of rows) {
      test(claim, () => {
        const told = complaintsOf(create(), steps);
        equal(told.length, complaints.length, told.join("\n"));
        for (const [index, complaint] of complaints.entries()) match(told[index] ?? "", complaint);
      });
    }
  });
}

judged("agreement", createAgreement, [
  [
    "the same digest in a slot at everybody is agreement",
    [
      ["delivers", "r0", 1],
      ["delivers", "r1", 1],
      ["delivers", "r1", 2],
      ["delivers", "r0", 2],
    ],
  ],
  [
    "two digests in one slot are none",
    [
      ["delivers", "r0", 1],
      ["delivers", "r1", 1, { digest: "x1" }],
    ],
    /^slot 1 is d1 at r0 and x1 at r1$/,
  ],
  [
    "every node that differs is named",
    [
      ["delivers", "r0", 1],
      ["delivers", "r1", 1, { digest: "x1" }],
      ["delivers", "r2", 1],
      ["delivers", "r3", 1, { digest: "y1" }],
    ],
    /x1 at r1/,
    /y1 at r3/,
  ],
  [
    "a node that lives again must agree with its earlier life",
    [
      ["delivers", "r0", 1],
      ["restarts", "r0"],
      ["delivers", "r0", 1, { digest: "x1" }],
    ],
    /d1 at r0 and x1 at r0/,
  ],
]);

judged("total order", createTotalOrder, [
  [
    "1, 2, 3 at each node is in order",
    [
      ["delivers", "r0", 1],
      ["delivers", "r0", 2],
      ["delivers", "r1", 1],
      ["delivers", "r0", 3],
    ],
  ],
  [
    "a first slot other than 1 is a gap",
    [["delivers", "r0", 2]],
    /r0 .* slot 2 where slot 1 was due/,
  ],
  [
    "a slot left out is a gap, once",
    [
      ["delivers", "r0", 1],
      ["delivers", "r0", 3],
      ["delivers", "r0", 4],
    ],
    /slot 3 where slot 2 was due/,
  ],
  [
    "a slot executed twice is a repeat",
    [
      ["delivers", "r0", 1],
      ["delivers", "r0", 1],
    ],
    /slot 1 where slot 2 was due/,
  ],
  [
    "a step back is a repeat",
    [
      ["delivers", "r0", 1],
      ["delivers", "r0", 2],
      ["delivers", "r0", 1],
    ],
    /slot 1 where slot 3 was due/,
  ],
  [
    "the state of others after slot 7 leads to slot 8",
    [
      ["delivers", "r0", 1],
      ["jumps", "r0", 7],
      ["delivers", "r0", 8],
    ],
  ],
  [
    "and to no other slot",
    [
      ["delivers", "r0", 1],
      ["jumps", "r0", 7],
      ["delivers", "r0", 9],
    ],
    /slot 9 where slot 8 was due/,
  ],
  [
    "a jump that does not say where excuses one gap",
    [
      ["jumps", "r0"],
      ["delivers", "r0", 5],
      ["delivers", "r0", 6],
      ["delivers", "r0", 8],
    ],
    /slot 8 where slot 7 was due/,
  ],
  [
    "somebody else's jump excuses nothing",
    [
      ["jumps", "r1", 4],
      ["delivers", "r0", 5],
    ],
    /slot 5 where slot 1 was due/,
  ],
  [
    "a node that lives again may start over or go on",
    [
      ["delivers", "r0", 1],
      ["delivers", "r0", 2],
      ["restarts", "r0"],
      ["delivers", "r0", 1],
      ["restarts", "r0"],
      ["delivers", "r0", 2],
      ["delivers", "r0", 3],
    ],
  ],
]);

judged("validity", createValidity, [
  [
    "what clients asked for may be executed",
    [
      ["delivers", "r0", 1],
      ["delivers", "r1", 2],
    ],
  ],
  ["a slot may execute nothing", [["delivers", "r0", 1, { executed: [] }]]],
  [
    "a changed operation is nobody's",
    [["delivers", "r0", 1, { executed: [executed(1, { operation: '"Corrupt"' })] }]],
    /^r0 executed "Corrupt" in slot 1 as request 1 of c0, who never asked for it$/,
  ],
  [
    "another client's operation is not this one's",
    [["delivers", "r0", 1, { executed: [executed(1, { client: "c1" })] }]],
    /request 1 of c1/,
  ],
  [
    "each bad request of a batch is named",
    [
      [
        "delivers",
        "r0",
        1,
        {
          executed: [executed(1), executed(2, { operation: "1" }), executed(3, { operation: "2" })],
        },
      ],
    ],
    /executed 1 in slot 1/,
    /executed 2 in slot 1/,
  ],
]);

judged("exactly once", createExactlyOnce, [
  [
    "growing timestamps are fine, gaps included",
    [
      ["delivers", "r0", 1],
      ["delivers", "r0", 2, { executed: [executed(3)] }],
    ],
  ],
  [
    "each client has its own timestamps",
    [
      ["delivers", "r0", 1],
      ["delivers", "r0", 2, { executed: [executed(1, { client: "c1" })] }],
    ],
  ],
  [
    "a request in two slots is executed twice",
    [
      ["delivers", "r0", 1],
      ["delivers", "r0", 2, { executed: [executed(1)] }],
    ],
    /^r0 executed request 1 of c0 in slot 2, after request 1$/,
  ],
  [
    "a request twice in one slot is executed twice",
    [["delivers", "r0", 1, { executed: [executed(1), executed(1)] }]],
    /request 1 of c0 in slot 1, after request 1/,
  ],
  [
    "an older request is not executed after a newer one",
    [
      ["delivers", "r0", 1, { executed: [executed(3)] }],
      ["delivers", "r0", 2, { executed: [executed(2)] }],
      ["delivers", "r0", 3, { executed: [executed(3)] }],
    ],
    /request 2 .* after request 3/,
    /request 3 .* after request 3/,
  ],
  [
    "a node that lives again may execute again",
    [
      ["delivers", "r0", 1],
      ["restarts", "r0"],
      ["delivers", "r0", 1],
    ],
  ],
]);

judged("state digests", createStateDigests, [
  [
    "equal slots with equal pasts and results are fine",
    [
      ["delivers", "r0", 1],
      ["delivers", "r1", 1],
      ["delivers", "r2", 1],
    ],
  ],
  [
    "another past is noticed, once a node",
    [
      ["delivers", "r0", 1],
      ["delivers", "r0", 2],
      ["delivers", "r1", 1, { history: "x1" }],
      ["delivers", "r1", 2, { history: "x2" }],
    ],
    /^after slot 1 the past of r0 is h1, that of r1 x1$/,
  ],
  [
    "another result of the same request is noticed",
    [
      ["delivers", "r0", 1],
      ["delivers", "r1", 1, { executed: [executed(1, { result: '"did not"' })] }],
    ],
    /^in slot 1 r0 executed c0\/1 → "did 1", r1 c0\/1 → "did not"$/,
  ],
  [
    "a request that only one executed is noticed",
    [
      ["delivers", "r0", 1],
      ["delivers", "r1", 1, { executed: [] }],
    ],
    /r1 nothing/,
  ],
  [
    "the order inside of a slot is noticed",
    [
      ["delivers", "r0", 1, { executed: [executed(1), executed(2)] }],
      ["delivers", "r1", 1, { executed: [executed(2), executed(1)] }],
    ],
    /c0\/1 .*, c0\/2 .*, r1 c0\/2 .*, c0\/1/,
  ],
  [
    "different values are left to agreement",
    [
      ["delivers", "r0", 1],
      ["delivers", "r1", 1, { digest: "x1", history: "x1" }],
    ],
  ],
]);

judged("justified acceptance", createJustifiedAcceptance, [
  [
    "what was executed may be accepted, before or after",
    [
      ["delivers", "r0", 1],
      ["accepts", "c0", 1],
      ["accepts", "c0", 2],
      ["delivers", "r0", 2],
    ],
  ],
  [
    "a result that no honest node has is not justified",
    [
      ["delivers", "r0", 1],
      ["accepts", "c0", 1, { result: '"Corrupt"' }],
    ],
    /^c0 accepted "Corrupt" in slot 1 for its request 1 \("a"\), but r0 has the result "did 1"$/,
  ],
  [
    "nor when the execution comes later",
    [
      ["accepts", "c0", 1, { result: '"Corrupt"' }],
      ["delivers", "r0", 1],
    ],
    /but r0 has the result "did 1"/,
  ],
  [
    "another operation than the executed one is not justified",
    [
      ["delivers", "r0", 1, { executed: [executed(1, { operation: '"b"' })] }],
      ["accepts", "c0", 1],
    ],
    /but r0 executed "b" for it/,
  ],
  [
    "nor another slot",
    [
      ["delivers", "r0", 1],
      ["accepts", "c0", 1, { slot: 9 }],
    ],
    /in slot 9 .* but r0 executed it in slot 1/,
  ],
  [
    "an operation that the client never sent is not justified",
    [
      ["delivers", "r0", 1],
      ["accepts", "c0", 1, { operation: '"x"' }],
    ],
    /"x"\), which it never sent/,
  ],
  [
    "another client's operation is not justified",
    [
      ["delivers", "r0", 1],
      ["accepts", "c1", 1],
    ],
    /c1 accepted .* which it never sent/,
  ],
  [
    "nobody accepts one request twice",
    [
      ["delivers", "r0", 1],
      ["accepts", "c0", 1],
      ["accepts", "c0", 1],
    ],
    /, a second time$/,
  ],
  [
    "a request that no honest node executed is not justified",
    [
      ["delivers", "r0", 1],
      ["accepts", "c0", 2],
    ],
    /request 2 .* which no honest node executed/,
  ],
  ["where nothing at all is executed, there is nothing to compare with", [["accepts", "c0", 1]]],
]);

describe("decisions", () => {
  test("are different requests, however many nodes execute them", () => {
    const decisions = createDecisions();
    complaintsOf(decisions, [
      ["delivers", "r0", 1],
      ["delivers", "r1", 1],
      ["delivers", "r1", 2, { executed: [executed(2), executed(2, { client: "c1" })] }],
      ["delivers", "r1", 3, { executed: [] }],
    ]);
    equal(decisions.count(), 3);
  });
});

const runs = [
  ["everything accepted is ok", [1, 2, 3], "ok"],
  ["nothing accepted is stalled", [], "stalled"],
  ["an end after the first is stalled", [1], "stalled"],
  ["a hole before the last is lost", [1, 3], "lost"],
  ["a hole at the start is lost", [2], "lost"],
] as const;

describe("progress", () => {
  for (const [claim, timestamps, liveness] of runs) {
    test(claim, () => {
      const progress = createProgress();
      complaintsOf(
        progress,
        timestamps.map((timestamp) => ["accepts", "c0", timestamp]),
      );
      equal(progress.liveness(), liveness);
      deepEqual(progress.counts(), { asked: 3, accepted: timestamps.length });
    });
  }

  test("equal operations are as many requests, and what nobody asked for counts for nothing", () => {
    const progress = createProgress();
    for (const client of ["c0", "c0", "c1"]) progress.submitted?.(client, '"a"');
    const accept = (client: string, operation: string) =>
      progress.accepted?.(client, acceptance(1, { operation }));
    accept("c0", '"a"');
    accept("c0", '"b"');
    accept("c2", '"a"');
    deepEqual(progress.counts(), { asked: 3, accepted: 1 });
    equal(progress.liveness(), "stalled");
    accept("c1", '"a"');
    equal(progress.liveness(), "lost");
    accept("c0", '"a"');
    equal(progress.liveness(), "ok");
  });
});

describe("ground truth", () => {
  test("names each fault that never fired in any life of its node", () => {
    deepEqual(
      unfiredFaults([
        { node: "r1", fault: "malicious", fired: 3 },
        { node: "r2", fault: "malicious", fired: 0 },
        { node: "r3", fault: "replay", fired: 0 },
        { node: "r3", fault: "replay", fired: 1 },
        { node: "r3", fault: "dark", fired: 0 },
      ]),
      ["malicious at r2", "dark at r3"],
    );
  });
});
