/**
 * The ledger: accounts that a teller opens, fills and empties by hand, values by name, and the history
 * of everything that was ordered, refusals and withdrawn transactions included.
 */

import { unreachable } from "../core/assert.ts";
import {
  type Check,
  isExactly,
  isOptional,
  isShape,
  isText,
  isWholeNumber,
} from "../core/decode.ts";
import type { Operation } from "../core/ids.ts";
import type { Execution, Service } from "../core/service.ts";
import { isAmount } from "./bank.ts";
import { done, failed, invalid, isOperationOf, nothingToUndo, readOperation } from "./operation.ts";

/** Makes a transaction different from an equal one, so that one of the two can be taken back. */
interface Numbered {
  readonly number?: number;
}

interface Deposit extends Numbered {
  /** The only operation that opens an account. */
  readonly op: "deposit";
  readonly account: string;
  readonly amount: number;
}

interface Withdrawal extends Numbered {
  readonly op: "withdraw";
  readonly account: string;
  readonly amount: number;
}

interface Transfer extends Numbered {
  readonly op: "transfer";
  readonly account: string;
  readonly to: string;
  readonly amount: number;
}

/** Values by name, for transactions that are not about money. */
interface Setting extends Numbered {
  readonly op: "set";
  readonly values: Readonly<Record<string, string>>;
}

/** Its client takes back a transaction that was not ordered, and never will be. */
interface Abort {
  readonly op: "abort";
  readonly transaction: Operation;
}

type Movement = Deposit | Withdrawal | Transfer;

export type LedgerOperation = Movement | Setting | Abort;

/** One line of the history. */
export interface LedgerEntry {
  /** The transaction, as its client wrote it. */
  readonly transaction: Operation;
  readonly outcome: "ok" | "refused" | "aborted";
  /** Why it was refused. */
  readonly reason?: string;
}

export interface LedgerView {
  readonly balances: Readonly<Record<string, number>>;
  readonly values: Readonly<Record<string, string>>;
  readonly history: readonly LedgerEntry[];
}

const isValues: Check = (value) => {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return "must be an object";
  const entries: readonly (readonly [string, unknown])[] = Object.entries(value);
  if (entries.length === 0) return "must hold a value";
  return entries.every(([name, text]) => isText(name) === undefined && isText(text) === undefined)
    ? undefined
    : "must hold nothing but strings";
};

const number = isOptional(isWholeNumber);

export const isLedgerOperation: Check = isOperationOf({
  deposit: isShape<Deposit>({
    op: isExactly("deposit"),
    account: isText,
    amount: isAmount,
    number,
  }),
  withdraw: isShape<Withdrawal>({
    op: isExactly("withdraw"),
    account: isText,
    amount: isAmount,
    number,
  }),
  transfer: isShape<Transfer>({
    op: isExactly("transfer"),
    account: isText,
    to: isText,
    amount: isAmount,
    number,
  }),
  set: isShape<Setting>({ op: isExactly("set"), values: isValues, number }),
  abort: isShape<Abort>({ op: isExactly("abort"), transaction: isText }),
});

interface Books {
  readonly accounts: Map<string, number>;
  readonly values: Map<string, string>;
  readonly history: LedgerEntry[];
}

export function createLedger(): Service {
  let books: Books = { accounts: new Map(), values: new Map(), history: [] };
  return {
    execute(text) {
      const { operation, complaint } = readOperation<LedgerOperation>(text, isLedgerOperation);
      if (complaint !== undefined) return { result: invalid(complaint), undo: nothingToUndo };
      return entered(books, text, operation);
    },
    snapshot: () => JSON.stringify([sorted(books.accounts), sorted(books.values), books.history]),
    restore: (snapshot) => {
      const [accounts, values, history] = JSON.parse(snapshot) as [
        [string, number][],
        [string, string][],
        LedgerEntry[],
      ];
      books = { accounts: new Map(accounts), values: new Map(values), history };
    },
    view: (): LedgerView => ({
      balances: Object.fromEntries(sorted(books.accounts)),
      values: Object.fromEntries(sorted(books.values)),
      history: [...books.history],
    }),
  };
}

const sorted = <V>(map: ReadonlyMap<string, V>): readonly (readonly [string, V])[] =>
  [...map].sort(([a], [b]) => (a < b ? -1 : 1));

/** What an operation changes, or why it changes nothing. */
type Change =
  | {
      readonly set: readonly (readonly [account: string, balance: number])[];
      readonly balance: number;
    }
  | { readonly refusal: string };

/** Executes an operation and writes it into the history. */
function entered(books: Books, text: Operation, operation: LedgerOperation): Execution {
  switch (operation.op) {
    case "abort":
      return abort(books, operation);
    case "set":
      return set(books, text, operation);
    case "deposit":
    case "withdraw":
    case "transfer": {
      const change = changeBy(books.accounts, operation);
      if ("refusal" in change) {
        const { refusal: reason } = change;
        return noted(books, { transaction: text, outcome: "refused", reason }, failed(reason));
      }
      const undo = put(books.accounts, change.set);
      const entry: LedgerEntry = { transaction: text, outcome: "ok" };
      return noted(books, entry, done({ balance: change.balance }), undo);
    }
    default:
      return unreachable(operation);
  }
}

function noted(books: Books, entry: LedgerEntry, result: string, undo = nothingToUndo): Execution {
  books.history.push(entry);
  return {
    result,
    undo: () => {
      books.history.pop();
      undo();
    },
  };
}

/** What was executed before is done: nobody takes that back. */
function abort(books: Books, { transaction }: Abort): Execution {
  const isDone = books.history.some(
    (entry) => entry.transaction === transaction && entry.outcome !== "aborted",
  );
  if (isDone) return { result: failed("it was ordered before"), undo: nothingToUndo };
  return noted(books, { transaction, outcome: "aborted" }, done());
}

function set(books: Books, text: Operation, { values }: Setting): Execution {
  const undo = put(books.values, Object.entries(values));
  return noted(books, { transaction: text, outcome: "ok" }, done(), undo);
}

/** Writes entries; the answer writes back what was there. */
function put<V>(map: Map<string, V>, entries: readonly (readonly [string, V])[]): () => void {
  const before = entries.map(([name]) => [name, map.get(name)] as const);
  for (const [name, value] of entries) map.set(name, value);
  return () => {
    for (const [name, value] of before) {
      if (value === undefined) map.delete(name);
      else map.set(name, value);
    }
  };
}

function changeBy(accounts: ReadonlyMap<string, number>, operation: Movement): Change {
  const { account, amount } = operation;
  const balance = accounts.get(account);
  if (operation.op === "deposit") return paidIn(account, balance ?? 0, amount);
  if (balance === undefined) return unknown(account);
  const left = balance - amount;
  if (left < 0) return { refusal: `overdraft: ${account} has ${balance}, not ${amount}` };
  if (operation.op !== "transfer") return { set: [[account, left]], balance: left };
  const { to } = operation;
  const other = accounts.get(to);
  if (other === undefined) return unknown(to);
  if (to === account) return { set: [], balance };
  const paid = paidIn(to, other, amount);
  return "refusal" in paid ? paid : { set: [[account, left], ...paid.set], balance: left };
}

const unknown = (account: string): Change => ({
  refusal: `there is no account ${account}: a deposit opens one`,
});

function paidIn(account: string, before: number, amount: number): Change {
  const balance = before + amount;
  if (Number.isSafeInteger(balance)) return { set: [[account, balance]], balance };
  return { refusal: `more than ${account} can hold` };
}
