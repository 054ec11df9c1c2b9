import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "vitest";
import { Recent } from "./recent.ts";

test("a list gives what came after what is known already", () => {
  const list = new Recent<number>(Number.POSITIVE_INFINITY);
  for (const item of [1, 2, 3]) list.push(item);
  deepEqual(list.after(0), [1, 2, 3]);
  deepEqual(list.after(2), [3]);
  deepEqual(list.after(9), []);
});

test("a list that is full forgets the oldest, and still counts them", () => {
  const list = new Recent<number>(10);
  for (let item = 1; item <= 5000; item += 1) list.push(item);
  equal(list.after(4998).join(), "4999,5000");
  const kept = list.after(0);
  ok(kept.length >= 10 && kept.length < 2000);
  equal(kept.at(-1), 5000);
});
