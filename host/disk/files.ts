/** The files of one directory, as far as a log needs them; tests put others in their place. */

import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";

export interface Files {
  /** Undefined if there is none. */
  read(name: string): Buffer | undefined;
  /** Opens a file to write at its end, once it is cut to this length. Makes it if there is none. */
  open(name: string, length: number): OpenFile;
  /** Puts this in the place of the file: after a crash there is the old one or the new one, whole. */
  replace(name: string, bytes: Buffer): void;
  remove(name: string): void;
}

export interface OpenFile {
  /** To the system; it survives this process, but not the machine. */
  write(bytes: Buffer): void;
  /** To the disk. */
  sync(): Promise<void>;
  syncNow(): void;
  close(): void;
}

export function filesIn(directory: string): Files {
  const at = (name: string) => join(directory, name);
  return {
    read: (name) => readIfThere(at(name)),
    open(name, length) {
      const file = openSync(at(name), "a");
      ftruncateSync(file, length);
      fdatasyncSync(file);
      syncDirectory(directory);
      return openFile(file);
    },
    replace(name, bytes) {
      const file = openSync(at(`${name}.new`), "w");
      try {
        writeAll(file, bytes);
        fdatasyncSync(file);
      } finally {
        closeSync(file);
      }
      renameSync(at(`${name}.new`), at(name));
      syncDirectory(directory);
    },
    remove(name) {
      rmSync(at(name), { force: true });
      syncDirectory(directory);
    },
  };
}

const openFile = (file: number): OpenFile => ({
  write: (bytes) => writeAll(file, bytes),
  sync: () =>
    new Promise((resolve, reject) => {
      fdatasync(file, (error) => (error === null ? resolve() : reject(error)));
    }),
  syncNow: () => fdatasyncSync(file),
  close: () => closeSync(file),
});

/** The system may take less than it is given. */
function writeAll(file: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ENOENT";

/** A new name is only there for good once its directory is. Windows has no such call. */
export function syncDirectory(directory: string): void {
  if (process.platform === "win32") return;
  const file = openSync(directory, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
