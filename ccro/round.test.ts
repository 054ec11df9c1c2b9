import { deepEqual, equal } from "node:assert/strict";
import { describe, test } from "vitest";
import type { Request, Signed } from "../core/messages.ts";
import { createEcho } from "../services/echo.ts";
import { simulatedCrypto } from "../sim/crypto.ts";
import { hash128 } from "../sim/hash.ts";
import { createRandom } from "../sim/random.ts";
import { blockDigest, genesis } from "./blocks.ts";
import { createProtocol } from "./index.ts";
import type { Block, CcroMessage, Commit, LoggedPrepare, Prepare } from "./messages.ts";
import { certified, published, type RuleSet, safe } from "./rules.ts";
import { Stage } from "./stage.ts";

// n = 6: r0 is primary, r1 communication node, r2 to r5 vote; three of four are a quorum.
const voters = ["r2", "r3", "r4", "r5"] as const;

/** A cluster in which nothing has been said yet but by a test. */
function setUp(rules: RuleSet = safe) {
  const stage = new Stage({
    protocol: createProtocol(rules),
    n: 6,
    clients: 2,
    settings: { batch: 1, timeoutMs: 100, checkpointInterval: 4 },
    random: createRandom(1),
    createCrypto: simulatedCrypto,
    createService: createEcho,
  });
  return { stage, ...tools(stage) };
}

function tools(stage: Stage) {
  const request = (client: string, operation: string, timestamp = 1): Signed<Request> =>
    stage.sign(client, { kind: "request", operation, timestamp, client });
  const blockOf = (...requests: readonly Signed<Request>[]): Block => ({
    height: 1,
    parent: genesis,
    requests,
  });
  const proposalOf = (block: Block) =>
    ({ kind: "preparatory-block", epoch: 0, digest: blockDigest(block, hash128), block }) as const;
  /** Says it at once to one node, and tells what that node refused. */
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
  const voteOf = (node: string, digest: string, isYes = true, height = 1): LoggedPrepare => {
    const prepare = { kind: "prepare", epoch: 0, height, digest, isYes, node } as const;
    return { node, digest, isYes, signature: stage.sign(node, prepare).signature };
  };
  return { request, blockOf, proposalOf, tell, voteOf };
}

/** What a node has said to others and is still under way. */
const said = (stage: Stage, from: string, kind: string) =>
  stage.flights.filter((flight) => flight.from === from && flight.signed.message.kind === kind);

describe("a preparatory block", () => {
  const { stage, request, blockOf, proposalOf } = setUp();
  const good = proposalOf(blockOf(request("c0", '"A"')));
  const other = proposalOf(blockOf(request("c1", '"B"')));
  const under = (change: Partial<Block>) => proposalOf({ ...good.block, ...change });
  const forged = { ...request("c0", '"A"'), signature: "x" };
  const borrowed = { ...request("c0", '"A"'), from: "c1" };

  const rows = [
    ["from a node that is not the primary", "r2", good, "not the primary"],
    [
      "of a digest that is not its own",
      "r0",
      { ...good, digest: "ab" },
      "another block than its digest names",
    ],
    [
      "with another block under its digest",
      "r0",
      { ...good, block: other.block },
      "another block than its digest names",
    ],
    ["on another parent", "r0", under({ parent: "ab" }), "another parent"],
    ["of height 0", "r0", under({ height: 0 }), "an old height"],
    ["far above the next height", "r0", under({ height: 18 }), "a height too far ahead"],
    [
      "with a request that nobody signed",
      "r0",
      proposalOf(blockOf(forged)),
      "a request that its client did not sign",
    ],
    [
      "with a request under another name",
      "r0",
      proposalOf(blockOf(borrowed)),
      "a request under another name",
    ],
  ] as const;

  for (const [what, from, message, objection] of rows) {
    test(`${what} is refused`, () => {
      const { tell } = setUp();
      deepEqual(tell(from, "r3", message), [objection]);
    });
  }

  test("in conflict with an earlier one is refused", () => {
    const { tell } = setUp();
    deepEqual(tell("r0", "r3", good), []);
    deepEqual(tell("r0", "r3", other), ["a second block at this height"]);
  });

  test("of an older epoch is refused, and its primary hears of the newer one from others", () => {
    const { stage: later, tell } = setUp();
    later.assign(1, "r2", "r3");
    later.deliver(({ signed }) => signed.message.kind === "assignment");
    deepEqual(tell("r0", "r4", good), ["an older epoch"]);
  });

  test("of a height to come waits until its parent is stored, and is dropped if it is another", () => {
    const { stage: early, tell, proposalOf: propose } = setUp();
    deepEqual(tell("r0", "r3", propose({ ...good.block, height: 2, parent: "ab" })), []);
    early.request("c0", '"A"');
    early.deliver(
      ({ to, signed }) => !(to === "r3" && signed.message.kind === "preparatory-block"),
    );
    const refused = early.effects.flatMap(({ node, effect }) =>
      node === "r3" && effect.kind === "reject" ? [effect.objection] : [],
    );
    equal(refused.includes("another parent"), true);
  });

  test("is passed on by digest once, and an empty one is a block, too", () => {
    const { stage: quiet, tell } = setUp();
    deepEqual(tell("r0", "r1", proposalOf(blockOf())), []);
    equal(said(quiet, "r1", "pre-prepare").length, voters.length);
    equal(stage.flights.length, 0);
  });
});

describe("a pre-prepare", () => {
  const prePrepare = { kind: "pre-prepare", epoch: 0, height: 1, digest: "ab" } as const;
  const rows = [
    [
      "from a node that is not the communication node",
      "r2",
      "r3",
      {},
      "not the communication node",
    ],
    ["to a node that does not vote", "r1", "r0", {}, "not my role"],
    ["for height 0", "r1", "r3", { height: 0 }, "an old height"],
    ["far above the next height", "r1", "r3", { height: 18 }, "a height too far ahead"],
  ] as const;

  for (const [what, from, to, change, objection] of rows) {
    test(`${what} is refused`, () => {
      deepEqual(setUp().tell(from, to, { ...prePrepare, ...change }), [objection]);
    });
  }

  test("with a second digest is refused", () => {
    const { tell } = setUp();
    deepEqual(tell("r1", "r3", prePrepare), []);
    deepEqual(tell("r1", "r3", { ...prePrepare, digest: "cd" }), [
      "a second digest at this height",
    ]);
  });
});

describe("a vote", () => {
  test("is cast when block and digest are there, in whichever order they come", () => {
    for (const order of [0, 1]) {
      const { stage, tell, proposalOf, blockOf, request } = setUp();
      const proposal = proposalOf(blockOf(request("c0", '"A"')));
      const { digest } = proposal;
      const first = () => tell("r0", "r3", proposal);
      const second = () => tell("r1", "r3", { kind: "pre-prepare", epoch: 0, height: 1, digest });
      for (const step of order === 0 ? [first, second] : [second, first]) {
        equal(said(stage, "r3", "prepare").length, 0);
        step();
      }
      const votes = said(stage, "r3", "prepare").map(({ signed }) => signed.message as Prepare);
      deepEqual(votes, [{ kind: "prepare", epoch: 0, height: 1, digest, isYes: true, node: "r3" }]);
    }
  });

  test("is no, and names its own block, when the communication node names another", () => {
    const { stage, tell, proposalOf, blockOf, request } = setUp();
    const proposal = proposalOf(blockOf(request("c0", '"A"')));
    tell("r0", "r3", proposal);
    tell("r1", "r3", { kind: "pre-prepare", epoch: 0, height: 1, digest: "ab" });
    const [vote] = said(stage, "r3", "prepare").map(({ signed }) => signed.message as Prepare);
    deepEqual([vote?.isYes, vote?.digest], [false, proposal.digest]);
  });

  test("is repeated, not cast again, when the communication node asks again", () => {
    const { stage, tell, proposalOf, blockOf, request } = setUp();
    const proposal = proposalOf(blockOf(request("c0", '"A"')));
    const prePrepare = {
      kind: "pre-prepare",
      epoch: 0,
      height: 1,
      digest: proposal.digest,
    } as const;
    tell("r0", "r3", proposal);
    tell("r1", "r3", prePrepare);
    tell("r1", "r3", { ...prePrepare });
    const votes = said(stage, "r3", "prepare").map(({ signed }) => signed.message);
    equal(votes.length, 2);
    equal(votes[0], votes[1]);
  });
});

describe("a prepare at the communication node", () => {
  const open = () => {
    const all = setUp();
    const proposal = all.proposalOf(all.blockOf(all.request("c0", '"A"')));
    all.tell("r0", "r1", proposal);
    const prepare = (node: string, change: Partial<Prepare> = {}): Prepare => ({
      kind: "prepare",
      epoch: 0,
      height: 1,
      digest: proposal.digest,
      isYes: true,
      node,
      ...change,
    });
    return { ...all, prepare };
  };

  const rows = [
    ["under another name", "r2", "r3", {}, "not its own name"],
    ["from the primary", "r0", "r0", {}, "not a consensus node"],
    // D16: a vote must be about the next height.
    ["for a height beyond the next", "r2", "r2", { height: 2 }, "another height"],
    ["for height 0", "r2", "r2", { height: 0 }, "a round unknown here"],
  ] as const;

  for (const [what, from, node, change, objection] of rows) {
    test(`${what} is refused`, () => {
      const { tell, prepare } = open();
      deepEqual(tell(from, "r1", prepare(node, change)), [objection]);
    });
  }

  test("sent to another node is refused", () => {
    const { tell, prepare } = open();
    deepEqual(tell("r2", "r0", prepare("r2")), ["not my role"]);
  });

  test("of one node counts once, however often it comes (D16)", () => {
    const { stage, tell, prepare } = open();
    for (const node of ["r2", "r2", "r3", "r3", "r2"])
      deepEqual(tell(node, "r1", prepare(node)), []);
    equal(said(stage, "r1", "commit").length, 0);
    deepEqual(tell("r4", "r1", prepare("r4")), []);
    equal(said(stage, "r1", "commit").length, voters.length);
  });

  test("that contradicts the node's first one is refused", () => {
    const { tell, prepare } = open();
    deepEqual(tell("r2", "r1", prepare("r2")), []);
    deepEqual(tell("r2", "r1", prepare("r2", { digest: "ab" })), ["a second vote"]);
    deepEqual(tell("r2", "r1", prepare("r2", { isYes: false })), ["a second vote"]);
  });

  test("for another block, or no, stands in the log and does not count", () => {
    const { stage, tell, prepare } = open();
    deepEqual(tell("r2", "r1", prepare("r2", { digest: "ab" })), []);
    deepEqual(tell("r3", "r1", prepare("r3", { isYes: false })), []);
    tell("r4", "r1", prepare("r4"));
    tell("r5", "r1", prepare("r5"));
    equal(said(stage, "r1", "commit").length, 0);
    const [entry] = stage.node("r1").machine.log(1, 1);
    equal(entry?.votes.length, 4);
  });
});

describe("a commit", () => {
  const open = (rules: RuleSet = safe) => {
    const all = setUp(rules);
    const proposal = all.proposalOf(all.blockOf(all.request("c0", '"A"')));
    all.tell("r0", "r2", proposal);
    const { digest } = proposal;
    const votes = ["r3", "r4", "r5"].map((node) => all.voteOf(node, digest));
    const commit: Commit = { kind: "commit", epoch: 0, height: 1, digest, votes };
    return { ...all, commit, digest };
  };
  const { digest, commit, voteOf } = open();
  const [first, second, third] = commit.votes;
  const two = first === undefined || second === undefined ? [] : [first, second];
  const forged = { ...voteOf("r5", digest), signature: "r5:0" };

  const rows = [
    ["from another node", "r3", {}, "not the communication node"],
    ["without votes (D15)", "r1", { votes: [] }, "too few votes"],
    ["with 2f votes (D15)", "r1", { votes: two }, "too few votes"],
    ["with a vote twice", "r1", { votes: [...two, ...two] }, "a vote counted twice"],
    ["with a forged vote", "r1", { votes: [...two, forged] }, "a forged vote"],
    ["with a no", "r1", { votes: [...two, voteOf("r5", digest, false)] }, "too few votes"],
    [
      "with a vote for another block",
      "r1",
      { votes: [...two, voteOf("r5", "ab")] },
      "too few votes",
    ],
    [
      "with a vote for another height",
      "r1",
      { votes: [...two, voteOf("r5", digest, true, 2)] },
      "a forged vote",
    ],
    [
      "with a vote of the primary",
      "r1",
      { votes: [...two, voteOf("r0", digest)] },
      "a vote from no consensus node",
    ],
    ["for a height far ahead", "r1", { height: 18 }, "a height too far ahead"],
  ] as const;

  for (const [what, from, change, objection] of rows) {
    test(`${what} is refused under ccro-certified and ccro-safe`, () => {
      for (const rules of [certified, safe]) {
        const { stage, tell } = open(rules);
        deepEqual(tell(from, "r2", { ...commit, ...change }), [objection]);
        equal(said(stage, "r2", "reply").length, 0);
      }
    });
  }

  test("with a quorum of signed votes is answered with a reply", () => {
    const { stage, tell } = open();
    deepEqual(tell("r1", "r2", commit), []);
    equal(said(stage, "r2", "reply").length, 1);
    equal(third?.signature.length === 0, false);
  });

  test("without any vote is believed as published (D15), and status says which rule it is", () => {
    const { stage, tell } = open(published);
    deepEqual(tell("r1", "r2", { ...commit, votes: [] }), []);
    equal(said(stage, "r2", "reply").length, 1);
    const proofs = [published, certified, safe].map(
      (rules) => open(rules).stage.node("r2").machine.status()["commitProof"],
    );
    deepEqual(proofs, ["none: the log is kept, not checked", "signed prepares", "signed prepares"]);
  });

  test("for another block than this node holds is no reason to reply", () => {
    const { stage, tell, blockOf, request, proposalOf } = open();
    tell("r0", "r3", proposalOf(blockOf(request("c1", '"B"'))));
    deepEqual(tell("r1", "r3", commit), []);
    equal(said(stage, "r3", "reply").length, 0);
  });

  test("that comes again to a node with another block moves it to say nothing", () => {
    const { stage, tell, blockOf, request, proposalOf } = open();
    tell("r0", "r3", proposalOf(blockOf(request("c1", '"B"'))));
    const { digest } = commit;
    tell("r1", "r3", { kind: "pre-prepare", epoch: 0, height: 1, digest });
    equal(said(stage, "r3", "prepare").length, 1);
    tell("r1", "r3", commit);
    // The communication node answers a vote that comes again with its commit: neither would ever stop.
    tell("r1", "r3", { ...commit });
    equal(said(stage, "r3", "prepare").length, 1);
  });

  test("with a second digest is refused", () => {
    const { tell } = open(published);
    deepEqual(tell("r1", "r2", commit), []);
    deepEqual(tell("r1", "r2", { ...commit, digest: "ab" }), ["a second digest at this height"]);
  });

  test("that comes again is answered with the same reply", () => {
    const { stage, tell } = open();
    tell("r1", "r2", commit);
    tell("r1", "r2", { ...commit });
    const replies = said(stage, "r2", "reply").map(({ signed }) => signed.message);
    equal(replies.length, 2);
    equal(replies[0], replies[1]);
  });
});

describe("a reply at the primary", () => {
  const open = (rules: RuleSet = safe) => {
    const all = setUp(rules);
    all.stage.request("c0", '"A"');
    all.stage.deliver(({ signed }) => signed.message.kind !== "reply");
    const replies = all.stage.flights.flatMap(({ signed }) =>
      signed.message.kind === "reply" ? [signed.message] : [],
    );
    return { ...all, replies };
  };
  const [reply] = open().replies;

  const rows = [
    ["under another name", "r3", { node: "r2" }, "not its own name"],
    ["of the communication node", "r1", { node: "r1" }, "not a consensus node"],
    ["about another height", "r2", { height: 2 }, "a round unknown here"],
    ["about another epoch", "r2", { epoch: 1 }, "a round unknown here"],
    ["about another block", "r2", { digest: "ab" }, "another digest"],
    ["with other results", "r2", { results: "ab" }, "other results"],
  ] as const;

  for (const [what, from, change, objection] of rows) {
    test(`${what} is refused`, () => {
      const { tell } = open();
      if (reply === undefined) throw new Error("nobody replied");
      deepEqual(tell(from, "r0", { ...reply, node: "r2", ...change }), [objection]);
    });
  }

  for (const [rules, needed] of [
    [published, 2],
    [certified, 2],
    [safe, 3],
  ] as const) {
    test(`completes the block under ${rules.name} when ${needed} agree, each counted once`, () => {
      const { stage, replies } = open(rules);
      const arrive = (node: string) =>
        stage.deliver(({ from, signed }) => from === node && signed.message.kind === "reply");
      const [again] = stage.flights.filter(({ signed }) => signed.message.kind === "reply");
      if (again === undefined) throw new Error("nobody replied");
      stage.flights = [...stage.flights, again, again];
      for (const [index, { node }] of replies.entries()) {
        equal(said(stage, "r0", "formal-block").length > 0, index >= needed);
        arrive(node);
      }
    });
  }

  test("that lies does not count, and a second one changes nothing", () => {
    const { stage, tell, replies } = open();
    for (const { node, ...rest } of replies.slice(0, 2)) {
      tell(node, "r0", { ...rest, node, results: "ab" });
      deepEqual(tell(node, "r0", { ...rest, node }), ["a second reply"]);
    }
    stage.deliver(({ signed }) => signed.message.kind === "reply");
    equal(said(stage, "r0", "formal-block").length, 0);
  });
});

describe("a formal block", () => {
  const open = (rules: RuleSet) => {
    const all = setUp(rules);
    all.stage.request("c0", '"A"');
    all.stage.deliver(({ signed }) => signed.message.kind !== "formal-block");
    const [formal] = all.stage.flights.flatMap(({ signed }) =>
      signed.message.kind === "formal-block" ? [signed.message] : [],
    );
    if (formal === undefined) throw new Error("nothing was completed");
    const other = all.blockOf(all.request("c1", '"B"'));
    return { ...all, formal, other, otherDigest: blockDigest(other, hash128) };
  };
  const { formal, other, otherDigest } = open(safe);
  const { proof } = formal;
  const [first] = proof.replies;
  const again = first === undefined ? [] : [first, first, first];

  const rows = [
    ["with too few replies", { replies: proof.replies.slice(1) }, "too few replies"],
    ["with a reply twice", { replies: again }, "a reply counted twice"],
    ["with replies about other results", { results: "ab" }, "a forged reply"],
    ["with replies from another epoch", { epoch: 1 }, "evidence of another epoch"],
    [
      "with a reply of the primary",
      { replies: [{ node: "r0", signature: "" }] },
      "a reply from no consensus node",
    ],
    [
      "with a digest that is not its own",
      { digest: otherDigest },
      "another block than its digest names",
    ],
    ["of another height than its proof", { height: 2 }, "another height"],
  ] as const;

  for (const [what, change, objection] of rows) {
    test(`${what} is refused under ccro-safe, whoever says it`, () => {
      const { tell } = setUp();
      deepEqual(tell("r0", "r3", { ...formal, proof: { ...proof, ...change } }), [objection]);
    });
  }

  test("of another block with these replies is refused under ccro-safe", () => {
    const { tell } = setUp();
    const lie = { ...formal, block: other, proof: { ...proof, digest: otherDigest } };
    deepEqual(tell("r0", "r3", lie), ["a forged reply"]);
  });

  test("is stored under ccro-safe whoever brings it", () => {
    const { stage, tell } = setUp();
    deepEqual(tell("r5", "r3", formal), []);
    equal(stage.storedAt(1, ["r3"]).length, 1);
  });

  test("is believed as published from its primary alone, whatever it says", () => {
    for (const rules of [published, certified]) {
      const { tell } = setUp(rules);
      const lie = {
        ...formal,
        block: other,
        proof: { ...proof, digest: otherDigest, replies: [] },
      };
      deepEqual(tell("r5", "r3", lie), ["not the primary"]);
      deepEqual(tell("r0", "r3", lie), []);
      deepEqual(tell("r0", "r3", { ...formal }), ["another block is stored at this height"]);
    }
  });

  test("takes the place of another block that was executed on trial", () => {
    const { formal: complete } = open(published);
    const { stage, tell, blockOf, request, proposalOf } = setUp(published);
    const proposal = proposalOf(blockOf(request("c1", '"B"')));
    tell("r0", "r2", proposal);
    tell("r1", "r2", { kind: "commit", epoch: 0, height: 1, digest: proposal.digest, votes: [] });
    equal(stage.node("r2").machine.status()["isOnTrial"], true);
    tell("r0", "r2", complete);
    const marks = stage.effects.flatMap(({ node, effect }) =>
      node === "r2" && effect.kind === "mark" ? [effect.mark.name] : [],
    );
    equal(marks.includes("rolled back"), true);
    deepEqual(
      stage.deliveries.get("r2")?.map(({ executed }) => executed.map(({ result }) => result)),
      [['"A"']],
    );
  });

  test("carries no replies where the primary is taken at its word", () => {
    deepEqual(open(published).formal.proof.replies, []);
    deepEqual(open(certified).formal.proof.replies, []);
    equal(proof.replies.length, 3);
  });
});
