import { deepEqual, equal, match, ok } from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { devNull, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, test, vi } from "vitest";
import { runCli } from "./cli.ts";
import type { ClusterMember } from "./cluster.ts";
import { readSuite } from "./suite.ts";

const root = join(import.meta.dirname, "..");
const readme = readFileSync(join(root, "README.md"), "utf8");
const program = ["--import", import.meta.resolve("tsx"), join(root, "bench/main.ts")];

/** The lines of all code blocks that are marked so. */
const linesOf = (mark: string): readonly string[] =>
  [...readme.matchAll(/^```(.*)\n([\s\S]*?)^```/gm)]
    .filter(([, info]) => info === mark)
    .flatMap(([, , block = ""]) => block.split("\n").filter((line) => line !== ""));

const run = promisify(execFile);

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "quorumlab-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const inShell = (line: string) => run("bash", ["-c", line], { encoding: "utf8" });

/** A command as it stands there, in this process: starting another costs more than most of them. */
async function typed(line: string): Promise<{ code: number; out: string; err: string }> {
  const words = line.replace(/^npm run bench -- /, "");
  const { stdout } = await inShell(`printf '%s\\n' ${words}`);
  const said = { out: "", err: "" };
  vi.spyOn(console, "log").mockImplementation((text) => {
    said.out += `${text}\n`;
  });
  vi.spyOn(console, "error").mockImplementation((text) => {
    said.err += `${text}\n`;
  });
  try {
    const code = await runCli(stdout.trimEnd().split("\n"));
    return { code, ...said };
  } finally {
    vi.restoreAllMocks();
    process.exitCode = 0;
  }
}

describe("what the README says to type works", () => {
  const lines = linesOf("sh test");
  const here = process.cwd();
  beforeAll(() => {
    // Results go elsewhere.
    process.chdir(folder);
  });
  afterAll(() => {
    process.chdir(here);
  });

  test("there is something to try", () => {
    ok(lines.length > 10);
  });

  for (const line of lines) {
    test(line, async () => {
      ok(line.startsWith("npm run bench -- "));
      const { code, out, err } = await typed(line);
      deepEqual([code, err], [0, ""]);
      ok(out.length > 0);
    });
  }

  test("the block of a round is what a round prints", async () => {
    const { out } = await typed(lines[0] ?? "");
    const withoutTime = (text: string) => text.trim().replace(/time: [\d.]+ s/, "time: … s");
    const [block = ""] = [...readme.matchAll(/^```text\n(PBFT {2}n=4[\s\S]*?)^```/gm)].map(
      ([, text]) => text,
    );
    equal(withoutTime(out), withoutTime(block));
  });

  test("npm start is the default comparison", () => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    equal(scripts.start, "node --import tsx bench/main.ts run default");
    equal(scripts.bench, "node --import tsx bench/main.ts");
    equal(readSuite("default").name, "default");
  });
});

describe("links", () => {
  const links = [...readme.matchAll(/\]\(([^)#:]+)\)/g)].map(([, path = ""]) => path);
  for (const path of new Set(links)) {
    test(`${path} is there`, () => {
      ok(existsSync(join(root, path)));
    });
  }
});

for (const auth of ["ed25519", "none"]) {
  const lines = linesOf(auth === "none" ? "sh curl none" : "sh curl");

  describe(`curl at a cluster with ${auth === "none" ? "no signatures" : "signatures"}`, () => {
    let cluster: ChildProcess | undefined;
    let urls: readonly (string | undefined)[] = [];
    beforeAll(async () => {
      const line = `up --protocol pbft --n 4 --port 0 --auth ${auth} --json`;
      cluster = spawn(process.execPath, [...program, ...line.split(" ")]);
      const { nodes } = await firstJson(cluster);
      urls = nodes.map(({ url }) => url);
    });
    afterAll(async () => {
      const end = new Promise((resolve) => cluster?.once("close", resolve));
      cluster?.kill("SIGINT");
      await end;
    });

    for (const line of lines) {
      test(line, async () => {
        ok(line.startsWith("curl "));
        const here = line.replace(/http:\/\/127\.0\.0\.1:808(\d)/, (_, index) => urls[index] ?? "");
        const { stdout } = await inShell(
          `${here} -sS --fail-with-body -o ${devNull} -w '%{http_code}'`,
        );
        deepEqual(["200", "202"].includes(stdout), true, stdout);
      });
    }
  });
}

describe("the key-value store that survives its leader", () => {
  let cluster: ChildProcess | undefined;
  let nodes: readonly ClusterMember[] = [];
  beforeAll(async () => {
    // Patient, so that a busy machine is not taken for a dead leader.
    const line = "up --preset kv --port 0 --timeout 3s --json";
    cluster = spawn(process.execPath, [...program, ...line.split(" ")]);
    ({ nodes } = await firstJson(cluster));
  });
  afterAll(async () => {
    const end = new Promise((resolve) => cluster?.once("close", resolve));
    cluster?.kill("SIGINT");
    await end;
  });

  const answerTo = async (line: string) => {
    const here = line.replace(/localhost:1000(\d)/, (_, index) => nodes[index]?.url ?? "");
    return (await inShell(`${here} -sS --fail-with-body`)).stdout.trimEnd();
  };

  async function saysSo(mark: string) {
    const answers = linesOf(`json kv${mark}`);
    for (const [index, line] of linesOf(`sh curl kv${mark}`).entries()) {
      const isOfOneCopy = /\/local|\/state/.test(line);
      // A copy may be a moment behind what a quorum has agreed on.
      const compare = async () => equal(await answerTo(line), answers[index]);
      if (isOfOneCopy) await vi.waitFor(compare, { timeout: 20_000 });
      else await compare();
    }
    ok(answers.length > 0);
  }

  test("five nodes come up, the first at port 10000 unless somebody says otherwise", async () => {
    equal(nodes.length, 5);
    const { out } = await typed("npm run bench -- up --help");
    match(out, /kv: .*five nodes .* ports\s+10000 to 10004/s);
  });

  test("it answers as the README says", async () => {
    await saysSo("");
  });

  test("once the leader is killed, the same request is answered, and the state names the next", async () => {
    const [leader] = nodes;
    ok(leader?.pid !== undefined);
    process.kill(leader.pid);
    await saysSo(" after");
  });
});

/** What `up --json` says once it is up. */
function firstJson(child: ChildProcess): Promise<{ readonly nodes: readonly ClusterMember[] }> {
  return new Promise((resolve, reject) => {
    let text = "";
    child.stdout?.setEncoding("utf8").on("data", (more: string) => {
      text += more;
      if (text.endsWith("}\n")) resolve(JSON.parse(text));
    });
    child.once("close", () => reject(new Error(`it did not come up: ${text}`)));
  });
}
