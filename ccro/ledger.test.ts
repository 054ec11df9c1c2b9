import { deepEqual, equal } from "node:assert/strict";
import { describe, test } from "vitest";
import type { Request, Signed } from "../core/messages.ts";
import { createEcho } from "../services/echo.ts";
import { hash128 } from "../sim/hash.ts";
import { blockDigest } from "./blocks.ts";
import { Ledger } from "./ledger.ts";
import type { Block, FormalBlock } from "./messages.ts";

const interval = 4;

const createLedger = () =>
  new Ledger({ service: createEcho(), digest: hash128, checkpointInterval: interval });

const request = (client: string, timestamp: number): Signed<Request> => ({
  from: client,
  message: { kind: "request", operation: `"${client}${timestamp}"`, timestamp, client },
  signature: "",
});

const next = (ledger: Ledger, ...requests: readonly Signed<Request>[]): Block => ({
  height: ledger.height + 1,
  parent: ledger.head,
  requests,
});

/** As if the block were complete. */
function formalOf(ledger: Ledger, block: Block, epoch = 0): FormalBlock {
  const digest = blockDigest(block, hash128);
  const results = ledger.execute(block, digest, epoch).digest;
  const { height } = block;
  return { kind: "formal-block", block, proof: { epoch, height, digest, results, replies: [] } };
}

function grow(ledger: Ledger, heights: number): void {
  for (let count = 0; count < heights; count += 1) {
    ledger.store(formalOf(ledger, next(ledger, request("c0", ledger.height + 1))));
  }
}

describe("the ledger", () => {
  test("stores what was on trial, with its results", () => {
    const ledger = createLedger();
    const formal = formalOf(ledger, next(ledger, request("c0", 1), request("c1", 1)), 3);
    const { delivery } = ledger.store(formal);
    deepEqual(
      [delivery.slot, delivery.view, delivery.executed.map(({ result }) => result)],
      [1, 3, ['"c01"', '"c11"']],
    );
    equal(ledger.head, formal.proof.digest);
    equal(ledger.onTrial, undefined);
  });

  test("takes back what was on trial for another block, as if it had never been", () => {
    const [plain, changing] = [createLedger(), createLedger()];
    const kept = (ledger: Ledger) => next(ledger, request("c1", 1));
    formalOf(changing, next(changing, request("c0", 1)));
    equal(changing.isExecuted(request("c0", 1).message), true);
    const formal = formalOf(changing, kept(changing));
    equal(changing.isExecuted(request("c0", 1).message), false);
    deepEqual(changing.store(formal).delivery, plain.store(formalOf(plain, kept(plain))).delivery);
    equal(changing.rollBack(), false);
  });

  test("knows a request as executed on trial, and as stored only when it is", () => {
    const ledger = createLedger();
    const { message } = request("c0", 1);
    const formal = formalOf(ledger, next(ledger, request("c0", 1)));
    deepEqual([ledger.isExecuted(message), ledger.isStored(message)], [true, false]);
    equal(ledger.answerFor("c0"), undefined);
    ledger.store(formal);
    deepEqual([ledger.isExecuted(message), ledger.isStored(message)], [true, true]);
    equal(ledger.answerFor("c0")?.result, '"c01"');
    equal(ledger.answerFor("c0")?.evidence?.proof, formal.proof);
  });

  test("executes a request once, in however many blocks it stands", () => {
    const ledger = createLedger();
    const twice = () => next(ledger, request("c0", 1), request("c0", 1));
    equal(ledger.store(formalOf(ledger, twice())).delivery.executed.length, 1);
    equal(ledger.store(formalOf(ledger, twice())).delivery.executed.length, 0);
    equal(ledger.answerFor("c0")?.height, 1);
  });

  test("names the state among the results where a checkpoint is due, and only there", () => {
    const ledger = createLedger();
    const states = Array.from({ length: 8 }, () => {
      const { results } = ledger.store(formalOf(ledger, next(ledger)));
      return results.summary.state !== undefined;
    });
    deepEqual(states, [false, false, false, true, false, false, false, true]);
  });

  test("keeps the newest 2K blocks and shows those above a height, as many as asked", () => {
    const ledger = createLedger();
    grow(ledger, 11);
    const shown = (height: number, most: number) => {
      const { blocks, checkpoint } = ledger.above(height, most);
      return [checkpoint?.formal.block.height, blocks.map(({ block }) => block.height)];
    };
    deepEqual(shown(9, 16), [undefined, [10, 11]]);
    deepEqual(shown(5, 3), [undefined, [6, 7, 8]]);
    deepEqual(shown(11, 16), [undefined, []]);
    deepEqual(shown(100, 16), [undefined, []]);
    // Blocks 1 to 3 are gone: the checkpoint at 8 stands for all up to there.
    deepEqual(shown(0, 16), [8, [9, 10, 11]]);
    equal(ledger.at(3), undefined);
    equal(ledger.at(4)?.block.height, 4);
  });

  test("goes on from the checkpoint of another as if it had executed all of it", () => {
    const [full, late] = [createLedger(), createLedger()];
    grow(full, 9);
    formalOf(late, next(late, request("c5", 1)));
    const { checkpoint, blocks } = full.above(0, 16);
    equal(checkpoint !== undefined && late.adopt(checkpoint), true);
    equal(late.height, 8);
    for (const block of blocks) late.store(block);
    equal(late.head, full.head);
    equal(late.isStored(request("c0", 9).message), true);
    equal(late.isExecuted(request("c5", 1).message), false);
    const both = [full, late].map((ledger) =>
      ledger.store(formalOf(ledger, next(ledger, request("c0", 10)))),
    );
    equal(both[0]?.delivery.history, both[1]?.delivery.history);
    // It can say what came of old requests, and has no evidence for them.
    const fresh = createLedger();
    equal(checkpoint !== undefined && fresh.adopt(checkpoint), true);
    deepEqual([fresh.answerFor("c0")?.height, fresh.answerFor("c0")?.evidence], [8, undefined]);
  });

  for (const snapshot of ["", "{", "null", "[]", '"Corrupt"', '[99,"0",[],"1"]', '[8,"0"]']) {
    test(`refuses ${JSON.stringify(snapshot)} for a state, and is as it was`, () => {
      const [full, late] = [createLedger(), createLedger()];
      grow(full, 8);
      grow(late, 2);
      const { checkpoint } = full.above(0, 16);
      equal(checkpoint !== undefined && late.adopt({ ...checkpoint, snapshot }), false);
      const same = createLedger();
      grow(same, 3);
      grow(late, 1);
      equal(late.head, same.head);
      equal(late.answerFor("c0")?.height, 3);
    });
  }
});
