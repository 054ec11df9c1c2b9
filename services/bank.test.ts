import { deepEqual, equal, throws } from "node:assert/strict";
import fc from "fast-check";
import { describe, test } from "vitest";
import { canonical, type Json } from "../core/encoding.ts";
import { createBank, usualBalances } from "./bank.ts";

fc.configureGlobal({ seed: 20261121 });

const most = Number.MAX_SAFE_INTEGER;
const ok = { status: "ok" };
const failed = (reason: string) => ({ status: "failed", reason });
const holds = (balance: number) => ({ status: "ok", balance });
const transfer = (from: string, to: string, amount: number) => ({
  op: "transfer",
  from,
  to,
  amount,
});
const balance = (account: string) => ({ op: "balance", account });
const deposit = (account: string, amount: number) => ({ op: "deposit", account, amount });

type History = readonly [string, ...(readonly [operation: Json, result: Json])[]];

const histories: readonly History[] = [
  ["accounts A to J start with 10", [balance("A"), holds(10)], [balance("J"), holds(10)]],
  [
    "a transfer moves the amount",
    [transfer("A", "B", 3), ok],
    [balance("A"), holds(7)],
    [balance("B"), holds(13)],
  ],
  ["everything can be spent", [transfer("A", "B", 10), ok], [balance("A"), holds(0)]],
  [
    "an overdraft is answered with failed and moves nothing",
    [transfer("F", "G", 12), failed("not enough funds")],
    [balance("F"), holds(10)],
    [balance("G"), holds(10)],
  ],
  [
    "a transfer to oneself changes nothing, but needs the funds",
    [transfer("A", "A", 10), ok],
    [transfer("A", "A", 11), failed("not enough funds")],
    [balance("A"), holds(10)],
  ],
  ["nobody can read an unknown account", [balance("K"), failed('there is no account "K"')]],
  ["nobody can pay from one", [transfer("K", "A", 1), failed('there is no account "K"')]],
  ["nobody can pay into one", [transfer("A", "K", 1), failed('there is no account "K"')]],
  [
    "a deposit opens an account",
    [deposit("alice", 100), holds(100)],
    [transfer("alice", "A", 1), ok],
    [balance("alice"), holds(99)],
  ],
  [
    "an account holds no more than can be counted",
    [deposit("K", most), holds(most)],
    [deposit("K", 1), failed("more than an account can hold")],
    [transfer("A", "K", 1), failed("more than an account can hold")],
    [balance("A"), holds(10)],
  ],
  ...["", "__proto__", "constructor", "🙂"].map(
    (name): History => [
      `${JSON.stringify(name)} is an account like any other`,
      [balance(name), failed(`there is no account ${JSON.stringify(name)}`)],
      [deposit(name, 2), holds(2)],
      [transfer(name, "A", 1), ok],
      [balance(name), holds(1)],
    ],
  ),
];

describe("bank", () => {
  for (const [claim, ...steps] of histories) {
    test(claim, () => {
      const bank = createBank();
      const results = steps.map(([operation]) => bank.execute(canonical(operation)).result);
      deepEqual(
        results.map((result) => JSON.parse(result)),
        steps.map(([, result]) => result),
      );
    });
  }

  test("it starts with the balances it is given, and with no others", () => {
    const bank = createBank([
      ["x", 0],
      ["__proto__", 5],
    ]);
    equal(JSON.stringify(bank.view()), '{"x":0,"__proto__":5}');
  });

  test("it does not start with parts of a coin", () => {
    throws(() => createBank([["x", 0.5]]), /account x starts with a whole amount/);
  });

  test("transfers make and destroy no money, and no balance falls below 0", () => {
    const account = fc.constantFrom("A", "B", "C", "K");
    const transfers = fc.array(fc.tuple(account, account, fc.integer({ min: 1, max: 15 })));
    fc.assert(
      fc.property(transfers, (list) => {
        const bank = createBank();
        for (const [from, to, amount] of list) bank.execute(canonical(transfer(from, to, amount)));
        const balances = Object.values(bank.view() as Record<string, number>);
        equal(
          balances.reduce((sum, next) => sum + next, 0),
          100,
        );
        equal(Math.min(...balances, 0), 0);
      }),
    );
  });

  test("banks do not share their accounts", () => {
    const [one, other] = [createBank(), createBank()];
    one.execute(canonical(transfer("A", "B", 3)));
    equal(other.snapshot(), createBank(usualBalances).snapshot());
  });
});

const invalid = [
  [transfer("A", "B", 0), ".amount must be a whole number from 1 to 2^53 − 1"],
  [transfer("A", "B", -3), ".amount must be a whole number from 1 to 2^53 − 1"],
  [transfer("A", "B", 1.5), ".amount must be a whole number from 1 to 2^53 − 1"],
  [transfer("A", "B", -0), ".amount must be a whole number from 1 to 2^53 − 1"],
  [{ op: "transfer", from: "A", to: "B" }, ".amount must be a whole number from 1 to 2^53 − 1"],
  [{ ...transfer("A", "B", 3), from: 1 }, ".from must be a string of well-formed Unicode"],
  [{ ...transfer("A", "B", 3), fee: 1 }, ".fee is not a field of it"],
  [{ op: "withdraw" }, ".op must be one of transfer, balance, deposit"],
] as const;

for (const [operation, expected] of invalid) {
  test(`bank answers ${canonical(operation)} with what it expected`, () => {
    const bank = createBank();
    const { result } = bank.execute(canonical(operation));
    deepEqual(JSON.parse(result), { status: "invalid", reason: `the operation's ${expected}` });
    equal(bank.snapshot(), createBank().snapshot());
  });
}
