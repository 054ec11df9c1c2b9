/** Transactions as people type them, `account=alice,amount=100,operation=deposit`, and as they read them. */

import { canonical } from "../../core/encoding.ts";
import type { Operation, Result } from "../../core/ids.ts";
import { anyOf, didYouMean } from "../../core/nearest.ts";
import type { LedgerEntry, LedgerOperation } from "../../services/ledger.ts";

export type Typed =
  | { readonly operation: Operation; readonly problem?: undefined }
  | { readonly operation?: undefined; readonly problem: string };

export const exampleData = "account=alice,amount=100,operation=deposit";

const fieldsOf: ReadonlyMap<string, readonly string[]> = new Map([
  ["deposit", ["account", "amount", "operation"]],
  ["withdraw", ["account", "amount", "operation"]],
  ["transfer", ["account", "to", "amount", "operation"]],
]);
const operations = [...fieldsOf.keys()];

const bad = (problem: string): Typed => ({ problem });

/** What `key=value,…` asks for. Without an operation the values themselves are kept. */
export function readTransaction(text: string): Typed {
  if (text.trim() === "") return bad(`type key=value,… such as ${exampleData}`);
  const values = new Map<string, string>();
  for (const part of text.split(",")) {
    const at = part.indexOf("=");
    const [key, value] = [part.slice(0, Math.max(0, at)).trim(), part.slice(at + 1).trim()];
    if (at === -1 || key === "" || value === "" || !part.isWellFormed()) {
      return bad(
        `${JSON.stringify(part.trim())} is not key=value: type for example ${exampleData}`,
      );
    }
    if (values.has(key)) return bad(`${key} is given twice`);
    values.set(key, value);
  }
  const isMoney = ["operation", "account", "amount"].some((key) => values.has(key));
  return isMoney ? readMoney(values) : written({ op: "set", values: Object.fromEntries(values) });
}

function readMoney(values: ReadonlyMap<string, string>): Typed {
  const operation = values.get("operation") ?? "";
  const fields = fieldsOf.get(operation);
  if (fields === undefined) {
    const not = operation === "" ? "it is missing" : `not ${operation}`;
    return bad(
      `operation must be ${anyOf(operations)}, ${not}${didYouMean(operation, operations)}`,
    );
  }
  const missing = fields.find((field) => !values.has(field));
  if (missing !== undefined) return bad(`${operation} needs ${missing}=…`);
  const other = [...values.keys()].find((key) => !fields.includes(key));
  if (other !== undefined) return bad(`${operation} takes ${fields.join(", ")}, not ${other}`);
  const [account = "", to = ""] = [values.get("account"), values.get("to")];
  const amount = amountOf(values.get("amount") ?? "");
  if (typeof amount === "string") return bad(amount);
  if (operation === "transfer") return written({ op: "transfer", account, to, amount });
  return written({ op: operation === "deposit" ? "deposit" : "withdraw", account, amount });
}

function amountOf(text: string): number | string {
  const amount = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(amount) && amount > 0) return amount;
  return `amount must be a whole number from 1 to 2^53 − 1, not ${text}`;
}

const written = (operation: LedgerOperation): Typed => ({
  // Plain data; interfaces merely have no index signature to say so.
  operation: canonical({ ...operation } as Parameters<typeof canonical>[0]),
});

/** `deposit 100 to alice` */
export function describe(text: Operation): string {
  const operation = parsed<LedgerOperation>(text);
  switch (operation?.op) {
    case "deposit":
      return `deposit ${operation.amount} to ${operation.account}`;
    case "withdraw":
      return `withdraw ${operation.amount} from ${operation.account}`;
    case "transfer":
      return `transfer ${operation.amount} from ${operation.account} to ${operation.to}`;
    case "set":
      return `set ${Object.entries(operation.values)
        .map(([key, value]) => `${key}=${value}`)
        .join(", ")}`;
    case "abort":
      return `take back ${describe(operation.transaction)}`;
    default:
      return "what is no transaction";
  }
}

/** `ok, balance 100`, `refused: overdraft …` */
export function describeResult(text: Result): string {
  const result = parsed<{ status: string; reason?: string; balance?: number }>(text);
  if (result?.status === "ok") {
    return result.balance === undefined ? "ok" : `ok, balance ${result.balance}`;
  }
  return `refused: ${result?.reason ?? "it is no answer of the ledger"}`;
}

export const describeEntry = ({ transaction, outcome, reason }: LedgerEntry): string =>
  `${describe(transaction)}: ${outcome}${reason === undefined ? "" : `, ${reason}`}`;

export const isTakenBack = (text: Operation): boolean =>
  parsed<LedgerOperation>(text)?.op === "abort";

/** Peers may send any text; nothing that is no JSON is shown as if it were. */
function parsed<T>(text: string): T | undefined {
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}
