import { deepEqual, throws } from "node:assert/strict";
import { describe, test } from "vitest";
import { parseHosts, readHostsFile } from "./hosts-file.ts";

/** The example of seed 003. */
const simplest = [
  "PROPOSERS 1",
  "ACCEPTORS 1",
  "LEARNERS 1",
  "localhost 10000 con",
  "localhost 10001 con",
  "localhost 10002 con",
  "localhost 10003 cli",
];

for (const [form, end, last] of [
  ["as echo writes it", "\n", "\n"],
  ["without an end of line", "\n", ""],
  ["with the ends of line of another system", "\r\n", "\r\n"],
] as const) {
  test(`a hosts file ${form} says roles and addresses`, () => {
    deepEqual(parseHosts(simplest.join(end) + last, "hosts.txt"), {
      counts: { proposers: 1, acceptors: 1, learners: 1 },
      clients: 1,
      addresses: [10_000, 10_001, 10_002, 10_003].map((port) => ({ host: "127.0.0.1", port })),
    });
  });
}

/** The simplest file with one line replaced, or several in its place. */
const changed = (line: number, ...lines: readonly string[]) =>
  [...simplest.slice(0, line - 1), ...lines, ...simplest.slice(line)].join("\n");

const twoRoles = "must be LEARNERS and a number from 1 to 999, not";

describe("a bad hosts file is told in one sentence", () => {
  for (const [text, sentence] of [
    ["", "hosts.txt is empty: its first line is PROPOSERS 1"],
    ["\n\n", "hosts.txt is empty: its first line is PROPOSERS 1"],
    [changed(4, "", "localhost 10000 con"), "hosts.txt, line 4 is blank: take it out"],
    [`${simplest.join("\n")}\n\n`, "hosts.txt, line 8 is blank: take it out"],
    [changed(6), "hosts.txt names 2 consensus nodes (con), and 1 + 1 + 1 roles need 3"],
    [
      changed(2, "ACCEPTORS 3"),
      "hosts.txt names 3 consensus nodes (con), and 1 + 3 + 1 roles need 5",
    ],
    [
      changed(6, "localhost 10002 con", "localhost 10009 con"),
      "hosts.txt names 4 consensus nodes (con), and 1 + 1 + 1 roles need 3",
    ],
    [changed(3, "LEARNERS 0"), `hosts.txt, line 3 ${twoRoles} "LEARNERS 0"`],
    [changed(3, "LEARNERS two"), `hosts.txt, line 3 ${twoRoles} "LEARNERS two"`],
    [changed(3, "LEARNERS"), `hosts.txt, line 3 ${twoRoles} "LEARNERS"`],
    [changed(3), `hosts.txt, line 3 ${twoRoles} "localhost 10000 con"`],
    ["PROPOSERS 1\nACCEPTORS 1", `hosts.txt, line 3 ${twoRoles} ""`],
    [
      changed(5, "localhost 10001"),
      "hosts.txt, line 5 must be a host, a port and con or cli, such as localhost 10000 con",
    ],
    [
      changed(5, "localhost 100010 con"),
      'hosts.txt, line 5 must name a port from 1 to 65535, not "100010"',
    ],
    [
      changed(5, "localhost 10001 cno"),
      'hosts.txt, line 5 must end in con (consensus node) or cli (client), not "cno": did you mean con?',
    ],
    [
      changed(7, "localhost 10003 cli", "localhost 10004 con"),
      "hosts.txt, line 8 names a consensus node: they all come before the clients",
    ],
    [
      changed(6, "127.0.0.1 10000 con"),
      "hosts.txt, line 6 names 127.0.0.1 10000, which is line 4 already",
    ],
  ] as const) {
    test(sentence, () => {
      throws(() => parseHosts(text, "hosts.txt"), { name: "UsageError", message: sentence });
    });
  }

  test("and so is one that is not there", () => {
    throws(() => readHostsFile("nowhere.txt"), /^UsageError: the hosts file cannot be read: /);
  });
});
