import { deepEqual, equal, ok } from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "vitest";
import { readSchedule } from "../../bench/hunt/schedule-file.ts";
import { replay } from "../../bench/hunt/story.ts";
import type { Schedule } from "../../sim/schedule.ts";
import type { RecordedMessage, Recording } from "../recording/recording.ts";
import { type Act, scheduleFile, standing, withAct } from "./hands.ts";
import { play } from "./play.ts";
import { presets, tour } from "./presets.ts";
import { checkSetup, readOperation, usualSetup } from "./setup.ts";

const members = ["r0", "r1", "r2", "r3"];
const setup = { ...usualSetup, operations: "Ana -> Bo 50" };
const { schedule: plain } = checkSetup(setup);
if (plain === undefined) throw new Error("the usual set-up is a set-up");

function scheduleAfter(act: Act, now: number, schedule: Schedule = plain as Schedule): Schedule {
  const changed = withAct(schedule, members, act, now);
  if (typeof changed === "string") throw new Error(changed);
  return changed;
}

const steps = ({ steps: all }: Recording) => all.map(({ node, text }) => `${node} ${text}`);

function messageIn(recording: Recording, from: string, to: string, kind: string): RecordedMessage {
  const found = recording.messages.find(
    (message) => message.from === from && message.to === to && message.kind === kind,
  );
  if (found === undefined) throw new Error(`no ${kind} from ${from} to ${to}`);
  return found;
}

describe("by hand", () => {
  test("what came before an act stays as it was", () => {
    const before = play(plain, setup);
    const acted = play(scheduleAfter({ kind: "crash", node: "r3" }, 20), setup);
    const early = (recording: Recording) =>
      recording.steps.filter(({ atMs }) => atMs < 20).map(({ node, text }) => `${node} ${text}`);
    ok(early(before).length > 10);
    deepEqual(early(acted), early(before));
    ok(steps(acted).includes("r3 crashes"));
  });

  test("a node that crashed comes back, and cannot crash twice", () => {
    const crashed = scheduleAfter({ kind: "crash", node: "r3" }, 5);
    equal(withAct(crashed, members, { kind: "crash", node: "r3" }, 9), "r3 is down already");
    ok(standing(crashed, "r3", 9).isDown);
    const recovered = scheduleAfter({ kind: "recover", node: "r3" }, 200, crashed);
    ok(!standing(recovered, "r3", 200).isDown);
    ok(steps(play(recovered, setup)).includes("r3 starts again"));
    equal(withAct(plain, members, { kind: "recover", node: "r1" }, 0), "r1 is not down");
  });

  test("a node that is cut off hears nothing until it is connected", () => {
    const cut = scheduleAfter({ kind: "cut off", node: "r3" }, 0);
    const alone = play(cut, setup);
    ok(
      alone.messages
        .filter(({ to, from }) => to === "r3" && from !== "c0")
        .every(({ fate }) => fate === "lost"),
    );
    const connected = scheduleAfter({ kind: "connect", node: "r3" }, 500, cut);
    const operation = readOperation("bank", "Elisa -> Ana 7", "this");
    const asked = play(scheduleAfter({ kind: "request", operation }, 600, connected), setup);
    ok(
      asked.messages.some(
        ({ to, fate, sentMs }) => to === "r3" && fate === "received" && sentMs > 600,
      ),
    );
  });

  test("a single message is dropped, duplicated or delayed, and no other", () => {
    const before = play(plain, setup);
    const message = messageIn(before, "r1", "r2", "prepare");
    const dropped = play(scheduleAfter({ kind: "drop", message }, message.sentMs), setup);
    equal(messageIn(dropped, "r1", "r2", "prepare").fate, "lost");
    equal(dropped.messages.filter(({ fate }) => fate === "lost").length, 1);
    const doubled = play(scheduleAfter({ kind: "duplicate", message }, message.sentMs), setup);
    deepEqual(
      doubled.messages.filter(({ isCopy }) => isCopy).map(({ from, to, kind }) => [from, to, kind]),
      [["r1", "r2", "prepare"]],
    );
    const late = play(scheduleAfter({ kind: "delay", message, byMs: 100 }, message.sentMs), setup);
    const delay = messageIn(late, "r1", "r2", "prepare").endedMs ?? 0;
    equal(Math.round(delay - (message.endedMs ?? 0)), 100);
  });

  test("two nodes that ask for another view get it, one does not", () => {
    const viewOf = (schedule: Schedule) =>
      play(schedule, setup).states.get("r3")?.at(-1)?.status?.view;
    const asked = scheduleAfter({ kind: "ask for a view change", node: "r1" }, 60);
    equal(viewOf(asked), 0);
    ok((viewOf(scheduleAfter({ kind: "ask for a view change", node: "r2" }, 60, asked)) ?? 0) > 0);
  });

  test("a request sent later is executed, and a liar does not hinder it", () => {
    const operation = readOperation("bank", "Elisa -> Ana 7", "this");
    const lying = scheduleAfter({ kind: "lie", node: "r2", mode: "malicious" }, 70);
    const asked = scheduleAfter({ kind: "request", operation }, 90, lying);
    const recording = play(asked, setup);
    equal(recording.verdict?.decisions, 2);
    deepEqual(recording.states.get("r3")?.at(-1)?.holds, { Ana: 457, Bo: 250, Elisa: 93 });
  });

  test("is exported as a file that replay runs to the same end", () => {
    const asked = scheduleAfter({ kind: "lie", node: "r2", mode: "malicious" }, 0);
    const folder = mkdtempSync(join(tmpdir(), "quorumlab-"));
    const path = join(folder, "schedule.json");
    writeFileSync(path, scheduleFile(asked, "a liar"));
    deepEqual(readSchedule(path), JSON.parse(JSON.stringify(asked)));
    equal(replay(readSchedule(path)).messages, play(asked, setup).messages.length);
    rmSync(folder, { recursive: true });
  });
});

describe("to begin with", () => {
  for (const { name, setup: offered } of presets) {
    test(`${name}: every request is accepted, and all is safe`, () => {
      const { schedule, problems } = checkSetup(offered);
      equal(problems, undefined);
      const recording = play(schedule as Schedule, offered);
      equal(recording.verdict?.safety, "ok");
      equal(recording.verdict?.liveness, "ok");
    });
  }

  for (const { title, setup: offered, beside, schedule: given } of tour) {
    test(`tour: ${title} runs`, () => {
      const schedule = given ?? checkSetup(offered).schedule;
      const recording = play(schedule as Schedule, offered);
      equal(recording.verdict?.safety, given === undefined ? "ok" : "violated");
      if (beside === undefined) return;
      const other = play({ ...(schedule as Schedule), protocol: beside }, offered);
      equal(other.verdict?.safety, "ok");
    });
  }
});
