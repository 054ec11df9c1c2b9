import { deepEqual, equal } from "node:assert/strict";
import { test } from "vitest";
import { canonical, type Json } from "../core/encoding.ts";
import { createLedger } from "./ledger.ts";

const deposit = { op: "deposit", account: "alice", amount: 100 };

/** The last result of these operations, and what the ledger holds then. */
function after(...operations: readonly Json[]) {
  const ledger = createLedger();
  const results = operations.map((operation) => ledger.execute(canonical(operation)).result);
  return { result: JSON.parse(results.at(-1) ?? ""), view: ledger.view() };
}

const answers = [
  ["a deposit opens an account", [deposit], { balance: 100, status: "ok" }],
  [
    "a withdrawal",
    [deposit, { ...deposit, op: "withdraw", amount: 30 }],
    { balance: 70, status: "ok" },
  ],
  [
    "an overdraft",
    [deposit, { ...deposit, op: "withdraw", amount: 101 }],
    { reason: "overdraft: alice has 100, not 101", status: "failed" },
  ],
  [
    "a withdrawal from nowhere",
    [{ ...deposit, op: "withdraw" }],
    { reason: "there is no account alice: a deposit opens one", status: "failed" },
  ],
  [
    "a transfer to nobody",
    [deposit, { op: "transfer", account: "alice", to: "bob", amount: 1 }],
    { reason: "there is no account bob: a deposit opens one", status: "failed" },
  ],
  [
    "a deposit beyond what a number can hold",
    [deposit, { ...deposit, amount: Number.MAX_SAFE_INTEGER }],
    { reason: "more than alice can hold", status: "failed" },
  ],
  [
    "taking back what is done",
    [deposit, { op: "abort", transaction: canonical(deposit) }],
    { reason: "it was ordered before", status: "failed" },
  ],
  [
    "an unknown operation",
    [{ ...deposit, op: "steal" }],
    {
      reason: "the operation's .op must be one of deposit, withdraw, transfer, set, abort",
      status: "invalid",
    },
  ],
] as const;

for (const [what, operations, answer] of answers) {
  test(`${what} is answered with ${JSON.stringify(answer)}`, () => {
    deepEqual(after(...operations).result, answer);
  });
}

test("a transfer moves money, and to oneself moves none", () => {
  const bob = { op: "deposit", account: "bob", amount: 5 };
  const transfer = { op: "transfer", account: "alice", to: "bob", amount: 40 };
  const { view } = after(deposit, bob, transfer, { ...transfer, to: "alice" });
  deepEqual((view as { balances: unknown }).balances, { alice: 60, bob: 45 });
});

test("the history says what was done, refused and taken back, in order", () => {
  const overdraft = { ...deposit, op: "withdraw", amount: 101 };
  const { view } = after(deposit, overdraft, { op: "abort", transaction: "x" });
  deepEqual((view as { history: unknown }).history, [
    { transaction: canonical(deposit), outcome: "ok" },
    {
      transaction: canonical(overdraft),
      outcome: "refused",
      reason: "overdraft: alice has 100, not 101",
    },
    { transaction: "x", outcome: "aborted" },
  ]);
});

test("what is no operation leaves no trace", () => {
  const ledger = createLedger();
  const before = ledger.snapshot();
  ledger.execute("not JSON");
  ledger.execute(canonical({ op: "set", values: {} }));
  equal(ledger.snapshot(), before);
});
