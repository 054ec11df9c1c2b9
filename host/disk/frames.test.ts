import { deepEqual, equal, ok } from "node:assert/strict";
import { describe, test } from "vitest";
import { frameOf, readFrames } from "./frames.ts";

const texts = ['{"records":[1]}', '{"records":["zwei 😀"]}', '{"records":[{"three":[]}]}'];
const file = Buffer.concat(texts.map(frameOf));
const lastFrame = frameOf(texts[2] ?? "").length;

describe("a file of frames", () => {
  test("gives back what was written, and where to go on", () => {
    deepEqual(readFrames(file), { texts, end: file.length, state: "whole" });
    deepEqual(readFrames(Buffer.alloc(0)), { texts: [], end: 0, state: "whole" });
  });

  test("cut at any byte of its last frame is torn, and loses nothing but that frame", () => {
    const end = file.length - lastFrame;
    for (let length = end + 1; length < file.length; length += 1) {
      const frames = readFrames(file.subarray(0, length));
      deepEqual(frames, { texts: texts.slice(0, 2), end, state: "torn" }, `${length} bytes`);
    }
  });

  test("whose last frame ends in zeros is torn, wherever they begin", () => {
    const end = file.length - lastFrame;
    for (let length = end; length < file.length; length += 1) {
      const zeros = Buffer.concat([file.subarray(0, length), Buffer.alloc(4096)]);
      deepEqual(readFrames(zeros), { texts: texts.slice(0, 2), end, state: "torn" });
    }
  });

  test("with any one bit flipped is damaged, and shows nothing that was not written", () => {
    for (let bit = 0; bit < 8 * file.length; bit += 1) {
      const flipped = Buffer.from(file);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const found = readFrames(flipped);
      equal(found.state, "damaged", `bit ${bit}`);
      ok(found.texts.every((text) => texts.includes(text)));
      ok(found.texts.length < texts.length);
    }
  });

  test("goes on behind a frame whose text is damaged", () => {
    const flipped = Buffer.from(file);
    const inFirst = frameOf(texts[0] ?? "").length - 1;
    flipped[inFirst] = (flipped[inFirst] ?? 0) ^ 1;
    deepEqual(readFrames(flipped).texts, texts.slice(1));
  });

  test("that is torn behind a damaged frame is damaged", () => {
    const flipped = Buffer.from(file.subarray(0, file.length - 1));
    flipped[12] = (flipped[12] ?? 0) ^ 1;
    equal(readFrames(flipped).state, "damaged");
  });
});
