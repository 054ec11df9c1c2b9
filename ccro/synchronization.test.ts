import { deepEqual, equal } from "node:assert/strict";
import { describe, test } from "vitest";
import { createEcho } from "../services/echo.ts";
import { simulatedCrypto } from "../sim/crypto.ts";
import { createRandom } from "../sim/random.ts";
import { createProtocol } from "./index.ts";
import type { CcroMessage, Excerpt } from "./messages.ts";
import { published, type RuleSet, safe } from "./rules.ts";
import { Stage } from "./stage.ts";

/** n = 6, K = 2: r5 has missed the first four blocks, of which r0 keeps a checkpoint. */
function setUp(rules: RuleSet = safe) {
  const stage = new Stage({
    protocol: createProtocol(rules),
    n: 6,
    clients: 1,
    settings: { batch: 1, timeoutMs: 100, checkpointInterval: 2 },
    random: createRandom(1),
    createCrypto: simulatedCrypto,
    createService: createEcho,
  });
  for (const operation of ['"A"', '"B"', '"C"', '"D"', '"E"']) {
    stage.request("c0", operation);
    stage.deliver(({ to }) => to !== "r5");
  }
  stage.drop(() => true);
  const tell = (from: string, to: string, message: CcroMessage): readonly string[] => {
    const before = stage.effects.length;
    stage.say(from, message, [to]);
    stage.deliver(({ signed }) => signed.message === message);
    return stage.effects
      .slice(before)
      .flatMap(({ node, effect }) =>
        node === to && effect.kind === "reject" ? [effect.objection] : [],
      );
  };
  /** What r0 answers when r5 asks for everything. */
  const excerpt = (): Excerpt => {
    tell("r5", "r0", { kind: "synchronize", epoch: 0, height: 0 });
    const [answer] = stage.flights.flatMap(({ signed: { message } }) =>
      message.kind === "excerpt" ? [message] : [],
    );
    stage.drop(() => true);
    if (answer?.checkpoint === undefined) throw new Error("r0 keeps no checkpoint");
    return answer;
  };
  const heightOf = (node: string) => stage.node(node).machine.status().slot;
  return { stage, tell, excerpt, heightOf };
}

describe("a checkpoint", () => {
  test("and the blocks above it are taken over by a node that lacks them", () => {
    const { tell, excerpt, heightOf } = setUp();
    equal(heightOf("r5"), 0);
    deepEqual(tell("r0", "r5", excerpt()), []);
    equal(heightOf("r5"), 5);
  });

  const flaws = [
    [
      "of a block that its proof does not name",
      ({ checkpoint }: Excerpt) =>
        checkpoint && {
          ...checkpoint,
          formal: { ...checkpoint.formal, block: { ...checkpoint.formal.block, parent: "ab" } },
        },
      "a checkpoint of another block",
    ],
    [
      "with another state",
      ({ checkpoint }: Excerpt) => checkpoint && { ...checkpoint, snapshot: '"another"' },
      "a checkpoint that its results do not name",
    ],
    [
      "with a reply too few",
      ({ checkpoint }: Excerpt) => {
        if (checkpoint === undefined) return undefined;
        const { formal } = checkpoint;
        const replies = formal.proof.replies.slice(1);
        return { ...checkpoint, formal: { ...formal, proof: { ...formal.proof, replies } } };
      },
      "too few replies",
    ],
  ] as const;
  for (const [what, spoil, objection] of flaws) {
    test(`${what} is refused, and nothing changes`, () => {
      const { tell, excerpt, heightOf } = setUp();
      const good = excerpt();
      deepEqual(tell("r0", "r5", { ...good, checkpoint: spoil(good) }), [objection]);
      equal(heightOf("r5"), 0);
    });
  }
});

describe("blocks", () => {
  test("that nobody asked for are refused where nothing proves them", () => {
    const { tell, excerpt } = setUp(published);
    const { checkpoint, ...blocks } = excerpt();
    equal(checkpoint === undefined, false);
    deepEqual(tell("r0", "r5", blocks), ["blocks that nobody asked for"]);
  });

  test("by name are refused from whoever was not asked for them", () => {
    const { tell, excerpt } = setUp();
    const [formal] = excerpt().blocks;
    if (formal === undefined) throw new Error("no block");
    const wanted = { digest: formal.proof.digest, block: formal.block };
    const unasked = { kind: "excerpt", height: 0, blocks: [], wanted } as const;
    deepEqual(tell("r0", "r5", unasked), ["a block that nobody asked for"]);
  });

  test("of a stranger, or for one, are refused", () => {
    const { tell } = setUp();
    deepEqual(tell("c0", "r5", { kind: "excerpt", height: 9, blocks: [] }), ["not a node"]);
    deepEqual(tell("c0", "r5", { kind: "synchronize", epoch: 0, height: 0 }), ["not a node"]);
  });
});

describe("a height check", () => {
  const rows = [
    ["of a node", "r0", { height: 5, holder: "r0" }, "not the monitor"],
    ["that names a stranger", "m0", { height: 5, holder: "r9" }, "not a node"],
  ] as const;
  for (const [what, from, change, objection] of rows) {
    test(`${what} is refused`, () => {
      const { tell } = setUp();
      deepEqual(tell(from, "r5", { kind: "height-check", ...change }), [objection]);
    });
  }

  test("of the monitor makes a node that is behind ask, and it catches up", () => {
    const { stage, tell, heightOf } = setUp();
    deepEqual(tell("m0", "r5", { kind: "height-check", height: 5, holder: "r3" }), []);
    equal(stage.flights.length, 0);
    stage.timeOut("r5");
    deepEqual(
      stage.flights.map(({ to, signed: { message } }) => [to, message.kind]),
      [["r3", "synchronize"]],
    );
    stage.deliver();
    equal(heightOf("r5"), 5);
  });

  test("that is no news moves nobody", () => {
    const { stage, tell } = setUp();
    deepEqual(tell("m0", "r3", { kind: "height-check", height: 5, holder: "r0" }), []);
    stage.timeOut("r3");
    equal(stage.flights.length, 0);
  });
});

test("what is meant for the monitor or for a client is refused by name", () => {
  const { tell } = setUp();
  const messages = [
    { kind: "heartbeat", epoch: 0, height: 1, node: "r0" },
    { kind: "participation", epoch: 0, height: 1, node: "r0", answers: [] },
    { kind: "suspicion", epoch: 0, height: 1, awaited: "reply", node: "r0" },
  ] as const;
  for (const message of messages) {
    deepEqual(tell("r0", "r3", message), ["not for a node of the domain"]);
  }
});
