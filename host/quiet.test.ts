import { equal } from "node:assert/strict";
import { test } from "vitest";
import { manyVoices, noTraffic, type Traffic, untilQuiet, wholeTruth } from "./quiet.ts";

/** Answers one after the other, the last one for ever. */
function reader(answers: readonly Partial<Traffic>[]) {
  const left = [...answers];
  const state = { reads: 0 };
  const read = async (): Promise<Traffic> => {
    state.reads += 1;
    const answer = left.length > 1 ? left.shift() : left[0];
    return { ...noTraffic, ...answer };
  };
  return { state, read };
}

test("a cluster is quiet when it says the same twice with nothing on its way", async () => {
  const { state, read } = reader([{ sent: 5, received: 5 }]);
  equal(await untilQuiet(read, 1000, manyVoices), true);
  equal(state.reads, 2);
});

test("where one answer is the whole truth, one is enough", async () => {
  const { state, read } = reader([{ sent: 5, underWay: 1 }, { sent: 5 }]);
  equal(await untilQuiet(read, 1000, wholeTruth), true);
  equal(state.reads, 2);
});

test("what is posted or taken in but not handled is waited for", async () => {
  const { state, read } = reader([{ underWay: 2 }, { underWay: 1 }, { sent: 3 }]);
  equal(await untilQuiet(read, 1000, manyVoices), true);
  equal(state.reads, 4);
});

test("what a fault holds back is waited for", async () => {
  const { state, read } = reader([{ heldBack: 1 }, {}]);
  equal(await untilQuiet(read, 1000, manyVoices), true);
  equal(state.reads, 3);
});

test("nodes that do not answer at the same moment are asked until their sums stay", async () => {
  const { state, read } = reader([
    { sent: 1, received: 0 },
    { sent: 1, received: 1 },
    { sent: 2, received: 1 },
    { sent: 2, received: 2 },
  ]);
  equal(await untilQuiet(read, 1000, manyVoices), true);
  equal(state.reads, 5);
});

test("one that never falls silent is given up", async () => {
  equal(await untilQuiet(reader([{ underWay: 1 }]).read, 0, wholeTruth), false);
  let sent = 0;
  const talking = async () => {
    sent += 1;
    return { ...noTraffic, sent };
  };
  equal(await untilQuiet(talking, 5, manyVoices), false);
});
