import { deepEqual, equal } from "node:assert/strict";
import { describe, test } from "vitest";
import { createEcho } from "../services/echo.ts";
import { type SequencerMessage, sequencer } from "../test-support/sequencer.ts";
import { fixedDelay, lossy } from "./network.ts";
import { Simulation } from "./simulation.ts";
import { createTail, createTranscript } from "./transcript.ts";

function transcriptOf(network = fixedDelay(1.5)): string[] {
  const lines: string[] = [];
  const simulation = new Simulation<SequencerMessage>({
    protocol: sequencer,
    n: 2,
    clients: 1,
    seed: 1,
    settings: { batch: 1, timeoutMs: 500, checkpointInterval: 128 },
    network,
    createService: createEcho,
    observer: createTranscript((line) => lines.push(line)),
  });
  simulation.request("c0", '"an operation that is too long for one line"');
  simulation.run(600);
  return lines;
}

describe("a transcript", () => {
  test("has one line for each event: time, node, what happened", () => {
    deepEqual(transcriptOf(), [
      "     0.000  r0   starts",
      "     0.000  r1   starts",
      "     0.000  c0   starts",
      '     0.000  c0   is asked for "an operation that is to…',
      '     0.000  c0   -> r0   request operation="an operation that is to… timestamp=1 client=c0',
      '     1.500  r0   <- c0   request operation="an operation that is to… timestamp=1 client=c0',
      "     1.500  r0   -> r1   order slot=1 request=(request)",
      "     1.500  r0      executes slot 1 view 0 069c75f2 [c0/1]",
      '     1.500  r0   -> c0   reply view=0 sequence=1 timestamp=1 client=c0 replica=r0 result="an operation that is to…',
      "     3.000  r1   <- r0   order slot=1 request=(request)",
      "     3.000  r1      executes slot 1 view 0 069c75f2 [c0/1]",
      '     3.000  r1   -> c0   reply view=0 sequence=1 timestamp=1 client=c0 replica=r1 result="an operation that is to…',
      '     3.000  c0   <- r0   reply view=0 sequence=1 timestamp=1 client=c0 replica=r0 result="an operation that is to…',
      '     3.000  c0      accepts 1 slot 1 view 0 from r0: "an operation that is to…',
      '     4.500  c0   <- r1   reply view=0 sequence=1 timestamp=1 client=c0 replica=r1 result="an operation that is to…',
    ]);
  });

  test("shows losses, time-outs and marks", () => {
    const lines = transcriptOf(lossy(1, fixedDelay(1)));
    deepEqual(lines.slice(-6), [
      "   500.000  c0   timer patience runs out",
      '   500.000  c0   -> r0   request operation="an operation that is to… timestamp=1 client=c0',
      '   500.000  c0   -x r0   request operation="an operation that is to… timestamp=1 client=c0',
      '   500.000  c0   -> r1   request operation="an operation that is to… timestamp=1 client=c0',
      '   500.000  c0   -x r1   request operation="an operation that is to… timestamp=1 client=c0',
      "   500.000  c0      * asked everybody view 0 slot 1",
    ]);
  });

  test("shows nothing longer than a line, whatever is inside", () => {
    const lines: string[] = [];
    const transcript = createTranscript<{ kind: string }>((line) => lines.push(line));
    const message = {
      kind: "everything",
      digest: "0123456789abcdef".repeat(4),
      list: [1, 2, 3],
      nested: { from: "r1", message: { kind: "prepare" }, signature: "s" },
      shape: { a: 1 },
      nothing: null,
      flag: true,
    };
    transcript.sent?.("r0", "r1", { from: "r2", message, signature: "s" }, 12.3456);
    const told =
      "everything digest=01234567 list=[3] nested=(prepare) shape={…} nothing=null flag=true of r2";
    deepEqual(lines, [`    12.346  r0   -> r1   ${told}`]);
  });
});

test("a tail keeps the last lines", () => {
  const tail = createTail(3);
  deepEqual(tail.lines(), []);
  for (let number = 0; number < 100; number += 1) {
    tail.write(String(number));
    equal(tail.lines().length, Math.min(3, number + 1));
  }
  deepEqual(tail.lines(), ["97", "98", "99"]);
});
