import { deepEqual, equal } from "node:assert/strict";
import { describe, test } from "vitest";
import type { Signed } from "../core/messages.ts";
import { createEcho } from "../services/echo.ts";
import { simulatedCrypto } from "../sim/crypto.ts";
import { hash128 } from "../sim/hash.ts";
import { createRandom } from "../sim/random.ts";
import { AnswerReader } from "./client.ts";
import { createProtocol } from "./index.ts";
import type { Answer, CcroMessage } from "./messages.ts";
import { certified, published, type RuleSet, safe } from "./rules.ts";
import { Stage } from "./stage.ts";
import { signedText } from "./texts.ts";

/** n = 6, c0 has asked for "A", and r0's answer is under way. */
function answered(rules: RuleSet) {
  const stage = new Stage({
    protocol: createProtocol(rules),
    n: 6,
    clients: 2,
    settings: { batch: 2, timeoutMs: 100, checkpointInterval: 4 },
    random: createRandom(1),
    createCrypto: simulatedCrypto,
    createService: createEcho,
  });
  stage.request("c0", '"A"');
  stage.deliver(({ signed }) => signed.message.kind !== "answer");
  const [answer] = stage.flights.flatMap(({ signed: { message } }) =>
    message.kind === "answer" ? [message] : [],
  );
  if (answer === undefined) throw new Error("nobody answered");
  return { stage, answer };
}

function readerOf(rules: RuleSet, id = "c0"): AnswerReader {
  const everybody = new Set([
    "m0",
    "c0",
    "c1",
    ...Array.from({ length: 6 }, (_, index) => `r${index}`),
  ]);
  const crypto = simulatedCrypto(id, everybody);
  const tools = {
    digest: hash128,
    seal: (message: CcroMessage) => ({ from: id, message, signature: "" }),
    isAuthentic: ({ from, message, signature }: Signed<CcroMessage>) =>
      crypto.verify(from, signedText(message), signature),
    random: createRandom(1),
  };
  const settings = { batch: 2, timeoutMs: 100, checkpointInterval: 4 };
  return new AnswerReader({ id, n: 6, f: 1, tools, settings, firstTimestamp: 1 }, rules);
}

const said = (answer: Answer, change: Partial<Answer> = {}): Signed<Answer> => {
  const message = { ...answer, ...change };
  return { from: message.node, message, signature: "" };
};

describe("an answer", () => {
  for (const rules of [published, certified, safe]) {
    test(`of the primary is accepted under ${rules.name}, and the client knows where it stands`, () => {
      const { stage } = answered(rules);
      stage.deliver();
      deepEqual(stage.acceptances.get("c0"), [
        { timestamp: 1, operation: '"A"', result: '"A"', view: 0, slot: 1, from: ["r0"] },
      ]);
    });
  }

  const { answer } = answered(safe);
  const { evidence } = answer;
  const proof = evidence?.proof;
  const withProof = (change: object): Partial<Answer> =>
    evidence === undefined
      ? {}
      : { evidence: { ...evidence, proof: { ...evidence.proof, ...change } } };

  const rows = [
    ["to another client", { client: "c1" }, "an answer to another client"],
    ["of somebody who is no node", { node: "c1" }, "not a node"],
    ["without evidence", { evidence: undefined }, "no evidence"],
    ["with another result", { result: '"Corrupt"' }, "another result than the evidence covers"],
    ["to another request", { timestamp: 2 }, "another result than the evidence covers"],
    ["at another height", { height: 2 }, "evidence of another height"],
    ["with too few replies", withProof({ replies: proof?.replies.slice(1) }), "too few replies"],
    [
      "with replies counted twice",
      withProof({ replies: [0, 0, 0].flatMap((index) => proof?.replies[index] ?? []) }),
      "a reply counted twice",
    ],
    ["with replies about another block", withProof({ digest: "ab" }), "a forged reply"],
    ["with evidence of another epoch", withProof({ epoch: 1 }), "evidence of another epoch"],
    ["in a newer epoch without the monitor's word", { epoch: 1 }, "evidence of another epoch"],
  ] as const;

  for (const [what, change, objection] of rows) {
    test(`${what} is refused under ccro-safe`, () => {
      equal(readerOf(safe).read(said(answer, change)), objection);
    });
  }

  test("under another name, or that is none, is refused", () => {
    equal(readerOf(safe).read({ ...said(answer), from: "r1" }), "not its own name");
    const message = { kind: "synchronize", epoch: 0, height: 0 } as const;
    equal(readerOf(safe).read({ from: "r1", message, signature: "" }), "not an answer");
  });

  test("with evidence is accepted under ccro-safe from any node", () => {
    const word = readerOf(safe).read(said(answer, { node: "r4" }));
    deepEqual(word, { timestamp: 1, view: 0, slot: 1, result: '"A"', leader: "r0" });
  });

  test("names the primary to ask next, if the monitor says so", () => {
    const { stage } = answered(safe);
    const assignment = stage.assign(1, "r3", "r4");
    const word = readerOf(safe).read(said(answer, { node: "r4", epoch: 1, assignment }));
    equal(typeof word === "object" && word.leader, "r3");
    const forged = { ...assignment, signature: "m0:0" };
    equal(
      readerOf(safe).read(said(answer, { epoch: 1, assignment: forged })),
      "an assignment that the monitor did not sign",
    );
  });

  for (const rules of [published, certified]) {
    test(`is believed under ${rules.name} on the primary's word, whatever it says`, () => {
      const word = readerOf(rules).read(said(answer, { result: '"Corrupt"' }));
      equal(typeof word === "object" && word.result, '"Corrupt"');
    });

    test(`of other nodes takes f + 1 equal words under ${rules.name}`, () => {
      const reader = readerOf(rules);
      const from = (node: string, change: Partial<Answer> = {}) =>
        typeof reader.read(said(answer, { node, ...change }));
      equal(from("r2", { result: '"Corrupt"' }), "string");
      equal(from("r3"), "string");
      equal(from("r3"), "string");
      equal(from("r4"), "object");
      // About a newer request it begins anew, and then old words count no more.
      equal(from("r4", { timestamp: 2 }), "string");
      equal(from("r5"), "string");
      equal(from("r2", { timestamp: 2 }), "object");
    });
  }
});

describe("a client that asks everybody", () => {
  for (const rules of [published, certified, safe]) {
    test(`is answered under ${rules.name} by those who store its request, though the primary is gone`, () => {
      const { stage } = answered(rules);
      stage.drop(({ signed }) => signed.message.kind === "answer");
      stage.timeOut("c0");
      stage.drop(({ to }) => to === "r0");
      stage.deliver();
      equal(stage.acceptances.get("c0")?.[0]?.result, '"A"');
    });
  }

  test("has its request passed on to the primary by whoever does not know it", () => {
    const { stage } = answered(safe);
    stage.deliver();
    stage.request("c1", '"B"');
    stage.drop(() => true);
    stage.timeOut("c1");
    stage.drop(({ from, to }) => from === "c1" && to !== "r3");
    stage.deliver();
    equal(stage.acceptances.get("c1")?.[0]?.slot, 2);
  });

  const refusals = [
    ["under another name", "c1", { client: "c0" }, "not its own name"],
    ["of a node", "r4", { client: "r4" }, "not a client"],
    ["of the monitor", "m0", { client: "m0" }, "not a client"],
  ] as const;
  for (const [what, from, change, objection] of refusals) {
    test(`is refused when the request is ${what}`, () => {
      const { stage } = answered(safe);
      const request = { kind: "request", operation: '"B"', timestamp: 9, ...change } as const;
      stage.say(from, request, ["r3"]);
      stage.deliver();
      const refused = stage.effects.flatMap(({ node, effect }) =>
        node === "r3" && effect.kind === "reject" ? [effect.objection] : [],
      );
      deepEqual(refused, [objection]);
    });
  }

  test("is refused with an older request than the one that is stored", () => {
    const { stage } = answered(safe);
    stage.deliver();
    const request = { kind: "request", operation: '"B"', timestamp: 0, client: "c0" } as const;
    stage.say("c0", request, ["r0"]);
    stage.deliver();
    equal(stage.node("r0").counters.refusedByObjection.get("an older request"), 1);
    equal(stage.node("r0").machine.status().slot, 1);
  });
});
