/**
 * One process to a directory. The lock is a name that the system itself takes back when its process is
 * gone, however it died: no file is left behind that could lock out the next life.
 */

import { createHash } from "node:crypto";
import { rmSync, statSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Ends the lock; undefined when somebody else holds it. */
export type Lock = (() => Promise<void>) | undefined;

export async function lockDirectory(directory: string): Promise<Lock> {
  const name = nameFor(directory);
  const server = await listen(name);
  if (server !== undefined) return unlockerOf(server);
  // Only a socket with a file can be left behind: nobody answers there.
  if (!isFile || (await isAnswered(name))) return undefined;
  rmSync(name, { force: true });
  const again = await listen(name);
  return again && unlockerOf(again);
}

// Linux and Windows have names for sockets that are no files.
const isFile = process.platform !== "linux" && process.platform !== "win32";

/** The same however the directory is called: it goes by the directory itself. */
function nameFor(directory: string): string {
  const { dev, ino } = statSync(directory, { bigint: true });
  const name = `quorumlab-${createHash("sha256").update(`${dev}:${ino}`).digest("hex").slice(0, 32)}`;
  if (process.platform === "linux") return `\0${name}`;
  return isFile ? join(tmpdir(), name) : `\\\\.\\pipe\\${name}`;
}

function listen(name: string): Promise<Server | undefined> {
  const server = createServer((socket) => socket.destroy());
  server.unref();
  return new Promise((resolve, reject) => {
    server.once("error", (error: Error & { readonly code?: string }) => {
      if (error.code === "EADDRINUSE" || error.code === "EACCES") resolve(undefined);
      else reject(error);
    });
    server.listen(name, () => resolve(server));
  });
}

const unlockerOf =
  (server: Server): (() => Promise<void>) =>
  () =>
    new Promise((resolve) => server.close(() => resolve()));

function isAnswered(name: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(name, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
