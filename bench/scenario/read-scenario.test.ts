import { deepEqual, equal, throws } from "node:assert/strict";
import { describe, test } from "vitest";
import { UsageError } from "../../core/assert.ts";
import { decodeText, readScenario } from "./read-scenario.ts";
import { attackText, nameOf, namesOf } from "./scenario.ts";

const header = "Set Number,Transactions,Live,Byzantine,Attack";
const file = (...rows: string[]) => [header, ...rows].join("\n");
const bytes = (text: string) => new TextEncoder().encode(text);

const transfer = (from: string, to: string, amount: number) => ({
  kind: "transfer",
  from,
  to,
  amount,
});

/** What was read, without where it stood. */
function setsOf(text: string) {
  return readScenario(decodeText(bytes(text))).sets.map(({ line: _line, steps, ...set }) => ({
    ...set,
    steps: steps.map(({ line: _at, text: _text, ...action }) => action),
  }));
}

const plain = {
  number: 1,
  live: ["r0", "r1"],
  byzantine: [],
  attacks: [],
  steps: [transfer("A", "B", 3)],
};

describe("a set is read in every way in which the courses write it", () => {
  const rows = [
    ["in brackets and quotes", file('1,"(A, B, 3)","[n1, n2]",[],[]')],
    ["in bare lists", file('1,"(A,B,3)","n1,n2",,')],
    ["in lists with spaces or semicolons", file("1,(A,B,3),n1 n2,[],"), file("1,(A,B,3),n1;n2,,")],
    ["without quotes, held together by its brackets", file("1,(A, B, 3),[n1, n2],[],[]")],
    ["with S for n", file('1,"(A, B, 3)","[S1, S2]",,')],
    ["with bare numbers", file('1,"(A, B, 3)","1,2",,')],
    ["with small letters and big ones", file('1,"(a, b, 3)","[N1, N2]",,')],
    ["with a byte order mark and CRLF", `\uFEFF${file('1,"(A, B, 3)","[n1, n2]",,', "")}`],
    ["with spaces around cells", file(' 1 ," (A, B, 3) "," [ n1, n2 ] ", , ')],
    ["with blank rows", file("", ",,,,", '1,"(A, B, 3)","[n1, n2]",,', ",,,,")],
    ["with a node named twice", file('1,"(A, B, 3)","[n1, n2, n1]",,')],
    [
      "with columns of other courses",
      '"set number",transactions,Live Servers,Byzantine Servers\n1,"(A, B, 3)","[n1,n2]",[]',
      'Set Number,Transactions,Live Nodes\n1,"(A, B, 3)","[n1,n2]"',
      'Live,Set,Transaction,,\n"[n1,n2]",1,"(A, B, 3)",,',
    ],
  ] as const;

  for (const [how, ...texts] of rows) {
    test(how, () => {
      for (const text of texts) {
        deepEqual(setsOf(text), [plain]);
        deepEqual(setsOf(text.replaceAll("\n", "\r\n")), [plain]);
      }
    });
  }
});

test("later rows carry one more transaction each, until the next set number", () => {
  const sets = setsOf(file('1,"(A, B, 1)",[n1],,', ',"(E)",,,', ",LF,,,", "2,(C),[n1],,"));
  deepEqual(
    sets.map(({ steps }) => steps),
    [
      [transfer("A", "B", 1), { kind: "balance", account: "E" }, { kind: "leader fails" }],
      [{ kind: "balance", account: "C" }],
    ],
  );
});

test("one cell may hold several transactions", () => {
  const [set] = setsOf(file('1,"(A, C, 1); (C, E, 2), LF (E)",[n1],,'));
  deepEqual(set?.steps, [
    transfer("A", "C", 1),
    transfer("C", "E", 2),
    { kind: "leader fails" },
    { kind: "balance", account: "E" },
  ]);
});

test("attacks are separated by semicolons, and may be aimed", () => {
  const written = '1,(A),[n1],"[n1, n2]","[time; dark(n6); equivocation(n6, n7)]"';
  const [set] = setsOf(file(written));
  deepEqual(set?.byzantine, ["r0", "r1"]);
  deepEqual(set?.attacks, [
    { kind: "time", targets: [] },
    { kind: "dark", targets: ["r5"] },
    { kind: "equivocation", targets: ["r5", "r6"] },
  ]);
  deepEqual(setsOf(file('1,(A),[n1],[n1],"[crash], [sign]"'))[0]?.attacks, [
    { kind: "crash", targets: [] },
    { kind: "sign", targets: [] },
  ]);
});

test("no word about who is live means everybody, an empty list means nobody", () => {
  equal(setsOf(file("1,(A),,,"))[0]?.live, undefined);
  deepEqual(setsOf(file("1,(A),[],,"))[0]?.live, []);
});

test("the file says how many nodes there are, how it calls them, and whether any may lie", () => {
  const known = readScenario(file('1,(A),"[S1, S2]",[S1],dark(S6)'));
  deepEqual(known.names, { letter: "S", highest: 6 });
  equal(known.hasByzantineColumn, true);
  const crashes = readScenario("Set Number,Transactions,Live Nodes\n1,(A),");
  deepEqual(crashes.names, { letter: "n", highest: 0 });
  equal(crashes.hasByzantineColumn, false);
});

test("a line is counted in the file, also behind a cell with line breaks", () => {
  const { sets } = readScenario(file("", '1,"(A)\r\n(B)",[n1],,', "", "2,(C),[n1],,"));
  deepEqual(
    sets.map(({ line }) => line),
    [3, 6],
  );
});

test("nodes are told by the names of the file, in runs", () => {
  const names = { letter: "S", highest: 9 };
  equal(nameOf("r6", names), "S7");
  equal(namesOf(["r0", "r2", "r1", "r4", "r6", "r7"], names), "S1–S3, S5, S7, S8");
  equal(namesOf([], names), "");
  equal(attackText({ kind: "dark", targets: ["r5", "r6"] }, names), "dark(S6, S7)");
  equal(attackText({ kind: "time", targets: [] }, names), "time");
});

describe("a mistake is told with its line and with what is allowed", () => {
  const rows = [
    ["no text at all", "", /^line 1: there is nothing: the header must be Set Number,/],
    ["no set", header, /^line 1: there is no set below the header$/],
    ["no header", '1,"(A, B, 3)",[n1],,', /^line 1: there is no column "1"; the header must be/],
    ["a column missing", "Set Number,Live\n1,[n1]", /^line 1: the column Transactions is missing/],
    [
      "an unknown column",
      "Set Number,Transactions,Life\n",
      /^line 1: there is no column "Life": did you mean Live\?/,
    ],
    ["a column twice", `${header},Live Nodes\n`, /^line 1: the column Live Nodes is there twice$/],
    ["a cell too many", file("1,(A),[n1],,,x"), /^line 2: "x" stands beyond the last column/],
    ["an open quote", file('1,"(A, B, 3),[n1],,'), /^line 2: a quotation mark is opened and never/],
    ["no first number", file(",(A),[n1],,"), /^line 2: the first row of a set must have its/],
    ["a bad number", file("one,(A),[n1],,"), /^line 2: a set number must be .*, not one$/],
    ["number zero", file("0,(A),[n1],,"), /^line 2: a set number must be a whole number from 1/],
    [
      "a set twice",
      file("1,(A),[n1],,", "2,(B),[n1],,", "1,(C),[n1],,"),
      /^line 4: set 1 is there already, from line 2 on$/,
    ],
    [
      "nodes on a later row",
      file("1,(A),[n1],,", ",(B),[n2],,"),
      /^line 3: \[n2\] belongs on the first row of a set/,
    ],
    [
      "a transfer without amount",
      file('1,"(A, B)",[n1],,'),
      /^line 2: \(A, B\) must be \(A, B, 3\) for a transfer, \(E\) for a balance, or LF/,
    ],
    ["a word for a transaction", file("1,A pays B,[n1],,"), /^line 2: "A pays B" must be \(A, B,/],
    [
      "an unknown account",
      file('1,"(A, K, 3)",[n1],,'),
      /^line 2: \(A, K, 3\): there is no account "K", only A to J$/,
    ],
    ["no amount", file('1,"(A, B, 0)",[n1],,'), /^line 2: \(A, B, 0\): the amount must be a whole/],
    ["half an amount", file('1,"(A, B, 1.5)",[n1],,'), /whole number from 1, not "1.5"$/],
    ["too much", file('1,"(A, B, 9007199254740992)",[n1],,'), /^line 2: .* whole number from 1/],
    [
      "not a node",
      file("1,(A),[n1 x2],,"),
      /^line 2: "x2" must be a node such as n1 \(S1 and 1 mean the same\)$/,
    ],
    ["node zero", file("1,(A),[n0],,"), /^line 2: "n0" must be a node/],
    ["a node too many", file("1,(A),[n301],,"), /^line 2: n301 is one too many: up to 300 nodes$/],
    ["a bad Byzantine node", file("1,(A),[n1],[me],"), /^line 2: "me" must be a node/],
    [
      "an unknown attack",
      file("1,(A),[n1],[n1],[crush]"),
      /^line 2: there is no attack crush, only crash, sign, time, dark or equivocation: did you mean crash\?$/,
    ],
    ["attack by number", file("1,(A),[n1],[n1],[7]"), /^line 2: "\[7\]" must be attacks such as/],
    ["a dark nobody", file("1,(A),[n1],[n1],dark"), /^line 2: dark must say at whom it is aimed/],
    ["an empty aim", file("1,(A),[n1],[n1],dark()"), /^line 2: dark\(\) must say at whom/],
    [
      "an aimed crash",
      file("1,(A),[n1],[n1],crash(n2)"),
      /^line 2: crash\(n2\) is aimed at nobody/,
    ],
    ["nobody to attack", file("1,(A),[n1],[],[crash]"), /^line 2: the attack crash needs somebody/],
  ] as const;

  for (const [what, text, message] of rows) {
    test(what, () => {
      throws(
        () => readScenario(text),
        (error) => {
          equal(error instanceof UsageError, true);
          return message.test(String((error as Error).message));
        },
      );
    });
  }

  test("text that is not UTF-8", () => {
    const utf16 = new Uint8Array([0xff, 0xfe, 0x53, 0x00]);
    throws(() => decodeText(utf16), /^UsageError: line 1: the file is not UTF-8/);
  });
});
