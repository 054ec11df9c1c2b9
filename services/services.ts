/** All services by name, and what JSON somebody must post to have it executed by one. */

import { UsageError } from "../core/assert.ts";
import type { Check } from "../core/decode.ts";
import type { Json } from "../core/encoding.ts";
import type { Service } from "../core/service.ts";
import { createBank, isBankOperation } from "./bank.ts";
import { createEcho } from "./echo.ts";
import { createKeyValue, isKeyValueOperation } from "./kv.ts";
import { createLedger, isLedgerOperation } from "./ledger.ts";
import { isOnceOr, withIds } from "./once.ts";
import { isJson, sentence } from "./operation.ts";

export interface ServiceEntry {
  readonly name: "kv" | "bank" | "echo";
  /** One line, for `--help`. */
  readonly help: string;
  /** An operation that it understands, for curl lines and complaints. */
  readonly example: Json;
  /** A fresh copy, in the state that every replica starts from. */
  create(): Service;
  /**
   * Why this value is no operation of the service, as a sentence; undefined when it is one: its
   * canonical text is then the operation.
   */
  checkOperation(value: unknown): string | undefined;
}

const complaintBy =
  (name: string, check: Check, example: Json) =>
  (value: unknown): string | undefined => {
    const expected = check(value);
    if (expected === undefined) return undefined;
    const subject = sentence(`the operation for ${name}`, expected);
    return `${subject}, for example ${JSON.stringify(example)}`;
  };

const putExample = { op: "put", key: "a", value: 1 };
const transferExample = { op: "transfer", from: "A", to: "B", amount: 3 };
const echoExample = "anything";
const depositExample = { op: "deposit", account: "alice", amount: 100 };

export const services: readonly ServiceEntry[] = [
  {
    name: "kv",
    help: "key-value store: put, get, delete, append, cas; any string is a key, any JSON a value",
    example: putExample,
    create: () => withIds(createKeyValue(), isKeyValueOperation),
    checkOperation: complaintBy("kv", isOnceOr(isKeyValueOperation), putExample),
  },
  {
    name: "bank",
    help: "accounts A to J, 10 each at the start: transfer, deposit, balance; whole amounts",
    example: transferExample,
    create: () => createBank(),
    checkOperation: complaintBy("bank", isBankOperation, transferExample),
  },
  {
    name: "echo",
    help: "answers any JSON with itself; has no state but a count",
    example: echoExample,
    create: createEcho,
    checkOperation: complaintBy("echo", isJson, echoExample),
  },
];

/** What the console replicates. It is typed by hand, so benches have no workload for it. */
export const ledger: Omit<ServiceEntry, "name"> & { readonly name: "ledger" } = {
  name: "ledger",
  help: "accounts of a teller: deposit, withdraw, transfer, set; keeps the history of them all",
  example: depositExample,
  create: createLedger,
  checkOperation: complaintBy("ledger", isLedgerOperation, depositExample),
};

/** The service of this name; whoever names another is told which there are. */
export function serviceNamed(name: string): ServiceEntry {
  const entry = services.find((known) => known.name === name);
  if (entry !== undefined) return entry;
  const known = services.map((service) => service.name).join(", ");
  throw new UsageError(`there is no service ${JSON.stringify(name)}, only ${known}`);
}
