import { deepEqual, equal } from "node:assert/strict";
import { test } from "vitest";
import { Directory } from "./directory.ts";

const members = ["r0", "r1", "r2", "m0"].map((id) => ({ id, role: "any", isReplica: id !== "m0" }));
const from = (entry: string) => new Directory({ members, lanes: 2, entry });

test("the first clients live where requests enter, the others follow in the order of members", () => {
  deepEqual(from("r0").clientsAt("r0"), ["c0", "c1"]);
  deepEqual(from("r0").clientsAt("m0"), ["c6", "c7"]);
  deepEqual(from("r1").clientsAt("r1"), ["c0", "c1"]);
  deepEqual(from("r1").clientsAt("r0"), ["c6", "c7"]);
  deepEqual(from("r1").clientsAt("r9"), []);
});

test("everybody is found where they live", () => {
  for (const entry of ["r0", "r2", "m0"]) {
    const directory = from(entry);
    for (const { id } of members) {
      equal(directory.homeOf(id), id);
      for (const client of directory.clientsAt(id)) equal(directory.homeOf(client), id);
    }
  }
});

for (const stranger of ["r3", "c8", "c00", "c-1", "c1.5", "c", "", "c99999999", "__proto__"]) {
  test(`${JSON.stringify(stranger)} takes no part`, () => {
    equal(from("r0").knows(stranger), false);
    equal(from("r0").homeOf(stranger), undefined);
  });
}
