/**
 * How records lie in a file: one frame for each write, of length, checksums and text. What a crash may
 * leave behind is told apart from what only a damaged disk does.
 */

import { crc32 } from "node:zlib";

// Length of the text, its checksum, and the checksum of these two.
const headerBytes = 12;

/** Everything that a file of frames holds, and how it ends. */
export interface Frames {
  readonly texts: readonly string[];
  /** Bytes of whole frames; a later write goes there. */
  readonly end: number;
  /**
   * `torn`: a last frame was begun and never finished, so nobody was told that it is there.
   * `damaged`: what once was a frame is none any more.
   */
  readonly state: "whole" | "torn" | "damaged";
}

export function frameOf(text: string): Buffer {
  const body = Buffer.from(text, "utf8");
  const frame = Buffer.allocUnsafe(headerBytes + body.length);
  frame.writeUInt32LE(body.length, 0);
  frame.writeUInt32LE(crc32(body), 4);
  frame.writeUInt32LE(crc32(frame.subarray(0, 8)), 8);
  body.copy(frame, headerBytes);
  return frame;
}

/** Reads on where a frame is damaged, as long as its length can be believed. */
export function readFrames(file: Buffer): Frames {
  const texts: string[] = [];
  const length = lengthWithoutZeros(file);
  let at = 0;
  let end = 0;
  let isDamaged = false;
  while (at < length) {
    const frame = frameAt(file.subarray(0, length), at);
    if (frame === "unfinished") return { texts, end, state: isDamaged ? "damaged" : "torn" };
    if (frame === "unreadable") return { texts, end, state: "damaged" };
    at = frame.end;
    if (frame.text === undefined) {
      isDamaged = true;
      continue;
    }
    texts.push(frame.text);
    end = at;
  }
  // Zeros behind the last frame: room that was made for a frame that never came.
  if (isDamaged) return { texts, end, state: "damaged" };
  return { texts, end, state: length < file.length ? "torn" : "whole" };
}

/** No text ends with a zero byte; a file system that lost power may put some where nothing was written. */
function lengthWithoutZeros(file: Buffer): number {
  let length = file.length;
  while (length > 0 && file[length - 1] === 0) length -= 1;
  return length;
}

type Found =
  | { readonly end: number; readonly text: string | undefined }
  | "unfinished"
  | "unreadable";

function frameAt(file: Buffer, at: number): Found {
  if (file.length - at < headerBytes) return "unfinished";
  const header = file.subarray(at, at + headerBytes);
  if (crc32(header.subarray(0, 8)) !== header.readUInt32LE(8)) return "unreadable";
  const end = at + headerBytes + header.readUInt32LE(0);
  if (end > file.length) return "unfinished";
  const body = file.subarray(at + headerBytes, end);
  const isWhole = crc32(body) === header.readUInt32LE(4);
  return { end, text: isWhole ? body.toString("utf8") : undefined };
}
