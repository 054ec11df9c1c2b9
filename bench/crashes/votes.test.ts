import { deepEqual, equal, match } from "node:assert/strict";
import { describe, test } from "vitest";
import type { Message } from "../../core/messages.ts";
import { VoteJudge } from "./votes.ts";

const vote = (kind: string, view: number, sequence: number, digest: string) =>
  ({ kind, view, sequence, digest }) as Message;

const viewChange = (view: number, stable: number) =>
  ({ kind: "view-change", view, stable }) as Message;

function judged(...messages: readonly Message[]): VoteJudge {
  const judge = new VoteJudge();
  for (const message of messages) judge.heard("r1", message);
  return judge;
}

describe("the judge of votes", () => {
  for (const kind of ["pre-prepare", "prepare", "commit"]) {
    test(`finds two different votes of one replica in one slot and view: ${kind}`, () => {
      const { violations } = judged(vote(kind, 0, 3, "a"), vote(kind, 0, 3, "b"));
      deepEqual(violations, [`r1 ${kind} view 0, sequence 3: a, then b`]);
    });
  }

  test("takes the same vote twice, and votes for other slots, views and kinds", () => {
    const judge = judged(
      vote("prepare", 0, 3, "a"),
      vote("prepare", 0, 3, "a"),
      vote("prepare", 0, 4, "b"),
      vote("commit", 0, 3, "c"),
      vote("prepare", 1, 3, "d"),
    );
    deepEqual(judge.violations, []);
    equal(judge.votes, 5);
    judge.heard("r2", vote("prepare", 0, 3, "z"));
    deepEqual(judge.violations, []);
  });

  test("finds two states signed for one checkpoint", () => {
    const { violations } = judged(vote("checkpoint", 0, 8, "a"), vote("checkpoint", 0, 8, "b"));
    equal(violations.length, 1);
  });

  test("finds two view-changes for one view, and votes in a view that was left", () => {
    match(
      judged(viewChange(1, 0), viewChange(1, 8)).violations[0] ?? "",
      /^r1 view-change view 1: /,
    );
    deepEqual(judged(viewChange(2, 0), viewChange(2, 0), vote("commit", 2, 1, "a")).violations, []);
    const { violations } = judged(viewChange(2, 0), vote("commit", 1, 1, "a"));
    deepEqual(violations, ["r1 sends a commit in view 1, after it asked for 2"]);
  });
});
