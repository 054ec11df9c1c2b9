/**
 * What a replica's accounts hold by what it executed for good. The replica's own service may be ahead
 * of that: some protocols execute on trial what they may have to take back.
 */

import { assert } from "../../core/assert.ts";
import type { Delivery } from "../../core/machine.ts";
import type { Service } from "../../core/service.ts";
import { createBank } from "../../services/bank.ts";

export type Balances = Readonly<Record<string, number>>;

export class AccountBook {
  readonly #bank = createBank();
  #taken: string | undefined;

  /** The replica's service, so that its book hears of a state that comes from others. */
  listenTo(service: Service): Service {
    return {
      execute: (operation) => service.execute(operation),
      snapshot: () => service.snapshot(),
      restore: (snapshot) => {
        this.#taken = snapshot;
        service.restore(snapshot);
      },
      view: () => service.view(),
    };
  }

  delivered({ executed }: Delivery): void {
    for (const { operation } of executed) this.#bank.execute(operation);
  }

  /** The replica goes on from the state that it restored last. */
  transferred(): void {
    assert(this.#taken !== undefined, "a state that is taken over was restored before");
    this.#bank.restore(this.#taken);
  }

  balances(): Balances {
    return Object.fromEntries(JSON.parse(this.#bank.snapshot()) as [string, number][]);
  }
}
