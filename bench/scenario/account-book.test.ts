import { deepEqual, equal, throws } from "node:assert/strict";
import { test } from "vitest";
import type { Delivery } from "../../core/machine.ts";
import { createBank } from "../../services/bank.ts";
import { AccountBook } from "./account-book.ts";

const pay = (amount: number) => `{"amount":${amount},"from":"A","op":"transfer","to":"B"}`;

const delivery = (operation: string): Delivery => ({
  slot: 1,
  view: 0,
  digest: "d",
  executed: [{ client: "c0", timestamp: 1, operation, result: "" }],
  history: "h",
});

const firstTwo = (book: AccountBook) => {
  const { A, B } = book.balances();
  return [A, B];
};

test("what is delivered is in the book, what a replica only tries is not", () => {
  const book = new AccountBook();
  const service = book.listenTo(createBank());
  service.execute(pay(3));
  deepEqual(firstTwo(book), [10, 10]);
  book.delivered(delivery(pay(2)));
  deepEqual(firstTwo(book), [8, 12]);
});

test("a state that is taken over replaces the book, whatever the replica tried since", () => {
  const elsewhere = createBank();
  elsewhere.execute(pay(7));
  const book = new AccountBook();
  const service = book.listenTo(createBank());
  book.delivered(delivery(pay(1)));
  service.restore(elsewhere.snapshot());
  deepEqual(firstTwo(book), [9, 11]);
  service.execute(pay(1));
  book.transferred();
  deepEqual(firstTwo(book), [3, 17]);
});

test("the replica's own service works as before", () => {
  const [listened, plain] = [new AccountBook().listenTo(createBank()), createBank()];
  for (const service of [listened, plain]) service.execute(pay(4)).undo();
  equal(listened.execute(pay(4)).result, plain.execute(pay(4)).result);
  equal(listened.snapshot(), plain.snapshot());
  deepEqual(listened.view(), plain.view());
});

test("nobody takes over a state that was never restored", () => {
  throws(() => new AccountBook().transferred(), /does not hold/);
});
