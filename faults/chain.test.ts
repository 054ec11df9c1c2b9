import { deepEqual, equal, throws } from "node:assert/strict";
import { describe, test } from "vitest";
import { faultsOf, lifeOf } from "./chain.ts";
import { parseFaults } from "./notation.ts";
import type { PlacedFault } from "./placed-fault.ts";

/** Placed by hand: WHO is a list of ids. */
const placed = (...faults: readonly string[]): readonly PlacedFault[] =>
  parseFaults(faults).map(({ who, ...fault }) => ({ ...fault, nodes: who.split("+") }));

const names = (faults: readonly PlacedFault[], node: string) =>
  faultsOf(faults, node).map(({ name }) => name);

describe("the chain of a node", () => {
  const all = placed("delay@r1", "crash@r1", "malicious@r1+r2", "offline@r3", "dark(r1)@r2/1s-2s");

  test("holds its own faults in the order asked for, without those of the host", () => {
    deepEqual(names(all, "r1"), ["delay", "malicious"]);
    deepEqual(names(all, "r2"), ["malicious", "dark"]);
    deepEqual(names(all, "r3"), []);
    deepEqual(names(all, "r4"), []);
  });

  test("is made anew for each node, so that no two share a memory", () => {
    const [one, other] = [faultsOf(all, "r1"), faultsOf(all, "r1")];
    equal(one[0] === other[0], false);
  });

  test("knows no other modes", () => {
    const [fault] = placed("malicious@r1");
    throws(
      () => faultsOf(fault === undefined ? [] : [{ ...fault, mode: "lazy" }], "r1"),
      /lazy is a mode/,
    );
  });
});

const fullOfWindows = [
  [0, 999, 1],
  [0, 1000, 0],
  [0, 1999, 0],
  [0, 2000, 1],
  [5000, 5999, 1],
  [5000, 6000, 0],
  [5000, 7000, 1],
] as const;

for (const [startMs, now, passed] of fullOfWindows) {
  test(`a window of 1 s to 2 s, counted from ${startMs} ms, lets ${passed} message through at ${now} ms`, () => {
    const [fault] = faultsOf(placed("dark(r2)@r1/1s-2s"), "r1", startMs);
    const envelope = { to: "r2", message: { kind: "word" }, delayMs: 0, isBadlySealed: false };
    const nothing = () => undefined;
    const leaving = fault?.onSend(envelope, {
      self: "r1",
      now,
      random: { integer: () => 0, fraction: () => 0, chance: () => false, sample: () => [], fork },
      role: "backup",
      view: 0,
      peers: ["r0", "r2"],
      lies: { corrupt: nothing, equivocate: nothing, forge: nothing, spam: nothing },
      tools: { self: "r1", digest: () => "", seal, requests: [] },
      witness: nothing,
    });
    equal(leaving?.length, passed);
  });
}

function fork(): never {
  throw new Error("nothing is drawn here");
}

function seal(): never {
  throw new Error("nothing is sealed here");
}

const crash = (atMs: number, untilMs: number, losesDisk = false) => ({ atMs, untilMs, losesDisk });

const lives = [
  [[], false, []],
  [["offline@r1"], true, []],
  [["offline@r2"], false, []],
  [["malicious@r1"], false, []],
  [["crash@r1"], false, [crash(0, Infinity)]],
  [["crash@r1+r2/2s-6s"], false, [crash(2000, 6000)]],
  [["crash@r2/2s-6s"], false, []],
  [["crash(lose-disk)@r1/2s-"], false, [crash(2000, Infinity, true)]],
  [["crash(keep-disk)@r1/2s-"], false, [crash(2000, Infinity)]],
  [["crash@r1/4s-5s", "crash@r1/1s-2s"], false, [crash(1000, 2000), crash(4000, 5000)]],
  [["crash@r1/1s-5s", "crash(lose-disk)@r1/2s-3s"], false, [crash(1000, 5000, true)]],
  [["crash@r1/1s-2s", "crash@r1/2s-3s"], false, [crash(1000, 3000)]],
  [["crash@r1/1s-", "crash@r1/2s-3s"], false, [crash(1000, Infinity)]],
] as const;

for (const [faults, isOffline, crashes] of lives) {
  test(`${faults.join(" and ") || "nothing"} makes the life of r1 as it should be`, () => {
    deepEqual(lifeOf(placed(...faults), "r1"), { isOffline, crashes });
  });
}
