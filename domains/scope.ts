/**
 * Between a domain and the cluster around it: inside, nodes have the names r0, r1 … that the protocol
 * gives them; outside, they sign under their own, and every signature names the domain.
 */

import type { NodeId } from "../core/ids.ts";
import type { Message, Request, Signed } from "../core/messages.ts";
import type { Tools } from "../core/protocol.ts";
import type { DomainMessage, Scoped } from "./messages.ts";
import type { Domain, Split } from "./split.ts";

/** A node that asks for an empty block does so as a client of its own domain: e3 is r3's. */
const fillerName = /^e\d+$/;
export const isFiller = (client: NodeId): boolean => fillerName.test(client);
export const fillerOf = (inside: NodeId): NodeId => `e${inside.slice(1)}`;

export class Scope<M extends Message> {
  readonly domain: Domain;
  readonly #split: Split;
  readonly #tools: Tools<DomainMessage<M>>;
  readonly #fillers: ReadonlyMap<NodeId, NodeId>;
  readonly #wrapped = new WeakMap<Message, DomainMessage<M>>();

  constructor(domain: Domain, around: Split, tools: Tools<DomainMessage<M>>) {
    this.domain = domain;
    this.#split = around;
    this.#tools = tools;
    const { inside } = domain;
    this.#fillers = new Map(
      domain.replicas.map((id) => [fillerOf(inside.get(id) ?? id), id] as const),
    );
  }

  /** Who is meant inside by a name from outside; a client has one name everywhere. */
  inside(id: NodeId): NodeId | undefined {
    return this.domain.inside.get(id) ?? (this.#isClient(id) ? id : undefined);
  }

  /** Who signs outside what carries this name inside. */
  outside(id: NodeId): NodeId | undefined {
    return (
      this.domain.outside.get(id) ?? this.#fillers.get(id) ?? (this.#isClient(id) ? id : undefined)
    );
  }

  /** The same message as it travels; what clients ask for travels as it is. */
  wrap(inner: M): DomainMessage<M> {
    const known = this.#wrapped.get(inner);
    if (known !== undefined) return known;
    const scoped: Scoped<M> = { kind: inner.kind, domain: this.domain.index, inner };
    const wrapped = isRequest(inner) && !isFiller(inner.client) ? inner : scoped;
    this.#wrapped.set(inner, wrapped);
    remember(wrapped, this);
    return wrapped;
  }

  /** Signed inside as it is signed outside; undefined when nobody of that name can say this. */
  unwrap({ from, message, signature }: Signed<Scoped<M>>): Signed<M> | undefined {
    const { inner } = message;
    const isOwnFiller = isRequest(inner) && this.#fillers.get(inner.client) === from;
    const name = isOwnFiller ? inner.client : this.domain.inside.get(from);
    return name === undefined ? undefined : { from: name, message: inner, signature };
  }

  /** As it travels, under the signature that it has. */
  rewrap({ from, message, signature }: Signed<M>): Signed<DomainMessage<M>> | undefined {
    const name = this.outside(from);
    return name === undefined ? undefined : { from: name, message: this.wrap(message), signature };
  }

  /** What the protocol inside is handed. */
  tools(self: NodeId): Tools<M> {
    const tools = this.#tools;
    return {
      digest: (text) => tools.digest(text),
      random: tools.random,
      seal: (message) => ({ ...tools.seal(this.wrap(message)), from: self, message }),
      isAuthentic: (signed) => {
        const outer = this.rewrap(signed);
        return outer !== undefined && tools.isAuthentic(outer);
      },
    };
  }

  #isClient(id: NodeId): boolean {
    return !this.#split.domainOf.has(id) && !isFiller(id);
  }
}

const isRequest = (message: Message): message is Request =>
  message.kind === "request" && "client" in message;

/** In which domain this process said something: for liars, who must lie under the names used inside. */
const scopes = new WeakMap<Message, object>();
export const remember = (message: Message, scope: object): void => {
  scopes.set(message, scope);
};
export const scopeOf = <M extends Message>(message: DomainMessage<M>): Scope<M> | undefined =>
  scopes.get(message) as Scope<M> | undefined;
