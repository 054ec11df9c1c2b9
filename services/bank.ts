/**
 * The bank: accounts with whole amounts. A refusal for lack of funds is an answer like any other:
 * ordered, executed, and the same at every replica.
 */

import { assert, unreachable } from "../core/assert.ts";
import { type Check, isExactly, isShape, isText, isWholeNumber } from "../core/decode.ts";
import type { Execution, Service } from "../core/service.ts";
import { done, failed, invalid, isOperationOf, nothingToUndo, readOperation } from "./operation.ts";

interface Transfer {
  readonly op: "transfer";
  readonly from: string;
  readonly to: string;
  readonly amount: number;
}

interface Balance {
  readonly op: "balance";
  readonly account: string;
}

/** Money from outside. The only operation that opens an account. */
interface Deposit {
  readonly op: "deposit";
  readonly account: string;
  readonly amount: number;
}

export type BankOperation = Transfer | Balance | Deposit;

/** Money comes in whole amounts. */
export const isAmount: Check = (value) =>
  isWholeNumber(value) === undefined && value !== 0
    ? undefined
    : "must be a whole number from 1 to 2^53 − 1";

export const isBankOperation: Check = isOperationOf({
  transfer: isShape<Transfer>({
    op: isExactly("transfer"),
    from: isText,
    to: isText,
    amount: isAmount,
  }),
  balance: isShape<Balance>({ op: isExactly("balance"), account: isText }),
  deposit: isShape<Deposit>({ op: isExactly("deposit"), account: isText, amount: isAmount }),
});

export type Balances = Iterable<readonly [account: string, balance: number]>;

/** Ten accounts, A to J, with 10 each. */
export const usualBalances: Balances = [..."ABCDEFGHIJ"].map((account) => [account, 10] as const);

export function createBank(initial: Balances = usualBalances): Service {
  let accounts = new Map(initial);
  for (const [account, balance] of accounts) {
    assert(isWholeNumber(balance) === undefined, `account ${account} starts with a whole amount`);
  }
  return {
    execute(text) {
      const { operation, complaint } = readOperation<BankOperation>(text, isBankOperation);
      return complaint === undefined ? execute(accounts, operation) : told(invalid(complaint));
    },
    snapshot: () => JSON.stringify([...accounts].sort(([a], [b]) => (a < b ? -1 : 1))),
    restore: (snapshot) => {
      accounts = new Map(JSON.parse(snapshot) as [string, number][]);
    },
    view: () => Object.fromEntries(accounts),
  };
}

function execute(accounts: Map<string, number>, operation: BankOperation): Execution {
  switch (operation.op) {
    case "transfer":
      return transfer(accounts, operation);
    case "deposit":
      return deposit(accounts, operation);
    case "balance": {
      const balance = accounts.get(operation.account);
      return told(balance === undefined ? unknownAccount(operation.account) : done({ balance }));
    }
    default:
      return unreachable(operation);
  }
}

const told = (result: string): Execution => ({ result, undo: nothingToUndo });

const unknownAccount = (account: string) =>
  failed(`there is no account ${JSON.stringify(account)}`);

function transfer(accounts: Map<string, number>, { from, to, amount }: Transfer): Execution {
  const [payer, payee] = [accounts.get(from), accounts.get(to)];
  if (payer === undefined) return told(unknownAccount(from));
  if (payee === undefined) return told(unknownAccount(to));
  if (payer < amount) return told(failed("not enough funds"));
  if (from === to) return told(done());
  if (!Number.isSafeInteger(payee + amount)) return told(failed("more than an account can hold"));
  accounts.set(from, payer - amount).set(to, payee + amount);
  return {
    result: done(),
    undo: () => {
      accounts.set(from, payer).set(to, payee);
    },
  };
}

function deposit(accounts: Map<string, number>, { account, amount }: Deposit): Execution {
  const before = accounts.get(account);
  const balance = (before ?? 0) + amount;
  if (!Number.isSafeInteger(balance)) return told(failed("more than an account can hold"));
  accounts.set(account, balance);
  return {
    result: done({ balance }),
    undo: () => {
      if (before === undefined) accounts.delete(account);
      else accounts.set(account, before);
    },
  };
}
