/** Serves the page on this machine, to this machine. */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { createPageApp } from "./app.ts";
import { HttpStage } from "./live-stage.ts";
import { pageDirectory } from "./page-files.ts";

export interface PageServer {
  readonly url: string;
  close(): Promise<void>;
}

/** 0 lets the system choose the port. */
export async function servePage(port: number, results: string): Promise<PageServer> {
  const live = new HttpStage();
  const app = createPageApp({ directory: pageDirectory, results, live });
  const listener = getRequestListener(app.fetch);
  const server = createServer((incoming, outgoing) => void listener(incoming, outgoing));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}/`,
    close: async () => {
      await live.stop();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
