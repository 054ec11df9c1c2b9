/** The HTTP server of one node: bounded in time, keeps connections, can go away and come back. */

import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from "node:http";
import type { Socket } from "node:net";
import { getRequestListener } from "@hono/node-server";
import type { Hono } from "hono";
import { type Complaint, complaintBody } from "./complaint.ts";
import type { Env } from "./site.ts";

export interface NodeServerOptions {
  readonly app: Hono<Env>;
  /** How long a request may take to arrive, body included. */
  readonly requestTimeoutMs: number;
  /** Counts what did not even become a request. */
  refuse(complaint: Complaint): void;
  /** Whether the node plays dead towards this request. */
  isDeafTo(incoming: IncomingMessage): boolean;
}

/** Where this machine reaches a server that is bound so; an IPv6 address stands in brackets. */
export function urlOf(bind: string, port: number): string {
  const host = bind === "0.0.0.0" ? "127.0.0.1" : bind === "::" ? "::1" : bind;
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

// Longer than any pause between two rounds; clients are told, and close first.
const keepAliveTimeoutMs = 65_000;
// How often slow requests are looked for.
const checkingIntervalMs = 250;

export class NodeServer {
  readonly #options: NodeServerOptions;
  #server: Server | undefined;

  constructor(options: NodeServerOptions) {
    this.#options = options;
  }

  /** The answer is the port. Fails where the port is taken. */
  async listen(port: number, bind: string): Promise<number> {
    const server = this.#create();
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, bind, () => {
        server.off("error", reject);
        resolve();
      });
    });
    this.#server = server;
    const address = server.address();
    return typeof address === "object" && address !== null ? address.port : port;
  }

  /** The port refuses connections from now on, and those that are open are cut. */
  async close(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }

  #create(): Server {
    const { app, requestTimeoutMs, isDeafTo } = this.#options;
    const listener = getRequestListener(app.fetch, {
      errorHandler: (error) => this.#complainTo(error),
      // node:http reads on what nobody has read; a second look at each request would cost a tenth.
      autoCleanupIncoming: false,
    });
    const server = createServer(
      {
        requestTimeout: requestTimeoutMs,
        headersTimeout: requestTimeoutMs,
        keepAliveTimeout: keepAliveTimeoutMs,
        connectionsCheckingInterval: Math.min(checkingIntervalMs, requestTimeoutMs),
        noDelay: true,
      },
      (incoming: IncomingMessage, outgoing: ServerResponse) => {
        if (isDeafTo(incoming)) incoming.socket.destroy();
        else void listener(incoming, outgoing);
      },
    );
    server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
      this.#answerRaw(error, socket);
    });
    return server;
  }

  /** A request without a usable address or host, for which there is no route to complain. */
  #complainTo(error: unknown): Response {
    const detail = error instanceof Error ? error.message : String(error);
    const complaint: Complaint = { status: 400, code: "bad-http", message: detail };
    this.#options.refuse(complaint);
    const headers = { "content-type": "application/json" };
    return new Response(complaintBody(complaint), { status: complaint.status, headers });
  }

  /** What is no HTTP, or took too long to become a request. */
  #answerRaw(error: NodeJS.ErrnoException, socket: Socket): void {
    const complaint = rawComplaintOf(error);
    this.#options.refuse(complaint);
    if (!socket.writable || error.code === "ECONNRESET") {
      socket.destroy();
      return;
    }
    const body = complaintBody(complaint);
    const head = [
      `HTTP/1.1 ${complaint.status} ${STATUS_CODES[complaint.status]}`,
      "content-type: application/json",
      `content-length: ${Buffer.byteLength(body)}`,
      "connection: close",
    ];
    socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
  }
}

function rawComplaintOf({ code, message }: NodeJS.ErrnoException): Complaint {
  switch (code) {
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return {
        status: 408,
        code: "request-timeout",
        message: "the request took too long to arrive",
      };
    case "HPE_HEADER_OVERFLOW":
      return { status: 431, code: "headers-too-large", message: "the headers are too large" };
    default:
      return { status: 400, code: "bad-http", message: `this is no HTTP request: ${message}` };
  }
}
