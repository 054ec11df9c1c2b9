/**
 * The rules of the house: which room may import what, what the pure rooms never touch, and how files look.
 * Each rule is first tried on small snippets, so that it cannot pass by seeing nothing, then on the tree.
 */

import { deepEqual, equal, ok } from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, lstatSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { posix } from "node:path";
import { analyze } from "@typescript-eslint/scope-manager";
import { type Expression, type ParseResult, parseSync, type Super, Visitor } from "oxc-parser";
import { describe, test } from "vitest";

/** These look into every room, to compare and to show. */
const seeingRooms = new Set(["bench", "web"]);
/** These live in the real world. Every other folder is pure, a protocol added tomorrow included. */
const worldlyRooms = new Set(["bench", "host", "web"]);
/** Pure packages that the pure rooms other than core/ may import. */
const purePackages = new Set(["lossless-json", "pure-rand", "simple-statistics", "zod"]);
/** Longest file of a room that is not a test. */
const maxLines = 400;
/** Files that may be longer, each with its reason. */
const longFiles: ReadonlyMap<string, string> = new Map();

/** What a pure room would take from the platform: clock, randomness, timers, network, disk, console, promises. */
const platformNames = new Set(
  `AbortController AbortSignal AsyncGenerator AsyncIterable AsyncIterator Awaited BroadcastChannel Bun
  Crypto CryptoKey Date Deno EventEmitter EventSource EventTarget Function MessageChannel NodeJS
  Performance Promise PromiseLike Request Response Temporal WebSocket Worker XMLHttpRequest
  addEventListener clearImmediate clearInterval clearTimeout console crypto document eval fetch
  global globalThis localStorage navigator performance postMessage process queueMicrotask
  requestAnimationFrame require self sessionStorage setImmediate setInterval setTimeout window`.split(
    /\s+/,
  ),
);

interface SourceFile {
  readonly path: string;
  readonly source: string;
  /** The folder it lives in; undefined at the root. */
  readonly room: string | undefined;
  readonly isTest: boolean;
  readonly parsed: ParseResult;
}

interface Complaint {
  readonly at: number;
  readonly text: string;
}

type Rule = (file: SourceFile) => Complaint[];

interface Import {
  readonly at: number;
  /** Undefined when it is computed and cannot be read. */
  readonly target: string | undefined;
}

// --- Rules on source files ---

const keepsToItsRoom: Rule = (file) => {
  const { room, isTest } = file;
  if (room === undefined || isTest || seeingRooms.has(room)) return [];
  const complaints: Complaint[] = [];
  for (const { at, target } of importsOf(file)) {
    if (target === undefined) {
      complaints.push({ at, text: "imports what cannot be read" });
    } else if (/^(?:[#/]|quorumlab(?:\/|$)|(?:file|data|https?):)/.test(target)) {
      complaints.push({ at, text: `imports ${target}: our own files have relative paths` });
    } else if (target.startsWith(".")) {
      const goal = roomOf(posix.join(posix.dirname(file.path), target));
      if (goal === room || goal === "core") continue;
      complaints.push({ at, text: `imports ${goal === undefined ? "the root" : `${goal}/`}` });
    }
  }
  return complaints;
};

const importsOnlyPurePackages: Rule = (file) => {
  if (!isPure(file)) return [];
  const complaints: Complaint[] = [];
  for (const { at, target } of importsOf(file)) {
    if (target === undefined || target.startsWith(".")) continue;
    if (isBuiltin(target)) complaints.push({ at, text: `imports ${target} of the platform` });
    else if (file.room === "core") complaints.push({ at, text: `imports ${target} into core/` });
    else if (!purePackages.has(packageOf(target))) {
      complaints.push({ at, text: `imports ${target}, not known to be pure` });
    }
  }
  return complaints;
};

const leavesThePlatformAlone: Rule = (file) => {
  if (!isPure(file)) return [];
  const complaints: Complaint[] = [];
  const harmlessMath = new Set<number>();
  const isAsync = (node: { async: boolean; start: number }): void => {
    if (node.async) complaints.push({ at: node.start, text: "is async" });
  };
  new Visitor({
    FunctionDeclaration: isAsync,
    FunctionExpression: isAsync,
    ArrowFunctionExpression: isAsync,
    AwaitExpression: (node) => complaints.push({ at: node.start, text: "awaits" }),
    ForOfStatement: (node) => {
      if (node.await) complaints.push({ at: node.start, text: "awaits" });
    },
    VariableDeclaration: (node) => {
      if (node.kind === "await using") complaints.push({ at: node.start, text: "awaits" });
    },
    ImportExpression: (node) => complaints.push({ at: node.start, text: "imports late" }),
    MetaProperty: (node) => {
      if (node.meta.name === "import") {
        complaints.push({ at: node.start, text: "touches import.meta" });
      }
    },
    MemberExpression: (node) => {
      if (node.computed || node.property.type !== "Identifier") return;
      if (node.property.name !== "random") harmlessMath.add(node.object.start);
    },
  }).visit(file.parsed.program);
  for (const { name, at } of globalsOf(file)) {
    if (platformNames.has(name)) complaints.push({ at, text: `touches ${name}` });
    // Anything but Math.something could hand out Math.random.
    if (name === "Math" && !harmlessMath.has(at)) {
      complaints.push({ at, text: "touches Math.random" });
    }
  }
  return complaints;
};

const standsInARoom: Rule = ({ path, room, isTest }) =>
  room !== undefined || isTest || path.endsWith(".config.ts")
    ? []
    : [{ at: 0, text: "stands in no room" }];

const saysWhatLivesHere: Rule = ({ source, isTest, parsed }) => {
  if (isTest) return [];
  const start = parsed.program.hashbang === null ? 0 : source.indexOf("\n") + 1;
  const [first] = parsed.comments;
  const isHeader =
    first?.start === start && first.type === "Block" && /^\*\s*[*\s]*[\w`]/.test(first.value);
  return isHeader ? [] : [{ at: 0, text: "does not say in its first line what lives here" }];
};

const keepsItsMeasure: Rule = ({ path, source, room, isTest }) => {
  if (room === undefined || isTest || longFiles.has(path)) return [];
  const lines = source.split("\n").length - (source.endsWith("\n") ? 1 : 0);
  return lines > maxLines ? [{ at: 0, text: `has ${lines} lines, more than ${maxLines}` }] : [];
};

const leavesNoTestOut: Rule = ({ isTest, parsed }) => {
  if (!isTest) return [];
  const complaints: Complaint[] = [];
  new Visitor({
    MemberExpression: (node) => {
      if (node.computed || node.property.type !== "Identifier") return;
      const { name } = node.property;
      if (!["only", "skip", "todo"].includes(name)) return;
      if (/^(?:test|it|describe|suite|bench|context)$/.test(rootOf(node.object))) {
        complaints.push({ at: node.start, text: `leaves tests out with .${name}` });
      }
    },
  }).visit(parsed.program);
  return complaints;
};

const parses: Rule = ({ parsed }) =>
  parsed.errors.map(({ message }) => ({ at: 0, text: `does not parse: ${message}` }));

const sourceRules = {
  parses,
  standsInARoom,
  keepsToItsRoom,
  importsOnlyPurePackages,
  leavesThePlatformAlone,
  saysWhatLivesHere,
  keepsItsMeasure,
  leavesNoTestOut,
} satisfies Record<string, Rule>;

// --- Rules on any text ---

/** Written so that no pattern matches its own source. */
const forbiddenTexts: readonly (readonly [what: string, pattern: RegExp])[] = [
  ["a path of one machine", /(?:^|[^\w./~-]|file:\/\/)\/(?:home|Users|root|work|workspaces?)\//m],
  ["a path of one machine", /\b[A-Z]:\\{1,2}Users\\/],
  ["the host of a registry", /\bregistry[.-][\w.-]*\b(?:org|com|net|io|dev|cn|local|internal)\b/],
  ["the host of a registry", /\b(?:artifactory|verdaccio|jfrog)[.:]/],
  ["an unfinished thought", /\b(?:TO(?:DO)|FIX(?:ME))\b/],
];

function forbiddenIn(text: string): string[] {
  return forbiddenTexts.filter(([, pattern]) => pattern.test(text)).map(([what]) => what);
}

function undecided(manifest: PackageManifest, decisions: string): string[] {
  return Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }).filter(
    (name) => !decisions.includes(`\`${name}\``),
  );
}

interface PackageManifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

// --- Reading ---

function read(path: string, source: string): SourceFile {
  return {
    path,
    source,
    room: roomOf(path),
    isTest: /\.test\.tsx?$/.test(path),
    parsed: parseSync(path, source, { range: true }),
  };
}

function roomOf(path: string): string | undefined {
  const [room, ...rest] = path.split("/");
  return rest.length === 0 ? undefined : room;
}

function isPure({ room, isTest }: SourceFile): boolean {
  return room !== undefined && !isTest && !worldlyRooms.has(room);
}

function packageOf(target: string): string {
  return target
    .split("/")
    .slice(0, target.startsWith("@") ? 2 : 1)
    .join("/");
}

function importsOf({ parsed }: SourceFile): Import[] {
  const imports: Import[] = [];
  const note = (source: { type: string; start: number; value?: unknown } | null): void => {
    if (source === null) return;
    const target = typeof source.value === "string" ? source.value : undefined;
    imports.push({ at: source.start, target });
  };
  new Visitor({
    ImportDeclaration: (node) => note(node.source),
    ExportAllDeclaration: (node) => note(node.source),
    ExportNamedDeclaration: (node) => note(node.source),
    ImportExpression: (node) => note(node.source),
    TSImportType: (node) => note(node.source),
    TSExternalModuleReference: (node) => note(node.expression),
  }).visit(parsed.program);
  return imports;
}

/** Names that are used and nowhere declared in the file: an own `Promise` message is not the platform's. */
function globalsOf({ parsed }: SourceFile): { readonly name: string; readonly at: number }[] {
  // Both packages describe the same ESTree, each with its own types.
  const program = parsed.program as unknown as Parameters<typeof analyze>[0];
  const { globalScope } = analyze(program, { sourceType: "module", lib: [] });
  return (globalScope?.through ?? []).map(({ identifier }) => ({
    name: String(identifier.name),
    at: identifier.range[0],
  }));
}

/** `test` in `test.each(rows).only`. */
function rootOf(node: Expression | Super): string {
  if (node.type === "Identifier") return node.name;
  if (node.type === "MemberExpression") return rootOf(node.object);
  if (node.type === "CallExpression") return rootOf(node.callee);
  if (node.type === "TaggedTemplateExpression") return rootOf(node.tag);
  return "";
}

/** Files that are or would be committed. */
function filesOfTheTree(): string[] {
  const list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const cwd = import.meta.dirname;
  const paths = execFileSync("git", list, { cwd, encoding: "utf8" }).split("\0");
  return [...new Set(paths)].filter(
    (path) => path !== "" && existsSync(`${cwd}/${path}`) && lstatSync(`${cwd}/${path}`).isFile(),
  );
}

function textOf(path: string): string {
  return readFileSync(`${import.meta.dirname}/${path}`, "utf8");
}

function told(path: string, source: string, rule: Rule): string[] {
  return rule(read(path, source)).map(({ text }) => text);
}

// --- The rules, tried on snippets ---

const unfinished = ["TO", "DO"].join("");
const registry = ["registry", "npmjs", "org"].join(".");
const home = ["", "home", "ann", ""].join("/");
const header = "/** What lives here. */\n";

const snippets: Record<
  keyof typeof sourceRules,
  readonly (readonly [path: string, source: string, ...complaints: string[]])[]
> = {
  parses: [
    ["core/a.ts", "export const a: number = 1;"],
    ["core/a.ts", "export const = 1;", "does not parse: Unexpected token"],
  ],
  standsInARoom: [
    ["core/a.ts", ""],
    ["a.test.ts", ""],
    ["vitest.config.ts", ""],
    ["a.ts", "", "stands in no room"],
  ],
  keepsToItsRoom: [
    ["pbft/a.ts", `import { b } from "./b.ts"; import { c } from "../core/c.ts";`],
    ["pbft/deep/a.ts", `import { b } from "../b.ts"; import { c } from "../../core/c.ts";`],
    ["pbft/a.ts", `import { b } from "../ccro/b.ts";`, "imports ccro/"],
    ["pbft/a.ts", `import type { B } from "../ccro/b.ts";`, "imports ccro/"],
    ["pbft/a.ts", `import "../ccro/b.ts";`, "imports ccro/"],
    ["pbft/a.ts", `export { b } from "../ccro/b.ts";`, "imports ccro/"],
    ["pbft/a.ts", `export * from "../ccro/b.ts";`, "imports ccro/"],
    ["pbft/a.ts", `export type B = import("../ccro/b.ts").B;`, "imports ccro/"],
    ["pbft/a.ts", `import b = require("../ccro/b.ts");`, "imports ccro/"],
    ["host/a.ts", `const b = await import("../ccro/b.ts");`, "imports ccro/"],
    ["host/a.ts", "const b = await import(name);", "imports what cannot be read"],
    ["host/a.ts", `import b from "../package.json" with { type: "json" };`, "imports the root"],
    ["core/a.ts", `import { b } from "../pbft/b.ts";`, "imports pbft/"],
    ["sim/a.ts", `import { b } from "../services/b.ts";`, "imports services/"],
    ["raft/a.ts", `import { b } from "../pbft/b.ts";`, "imports pbft/"],
    ["raft/a.ts", `import b from "#b";`, "imports #b: our own files have relative paths"],
    ["bench/a.ts", `import { b } from "../pbft/b.ts";`],
    ["web/a.tsx", `import { b } from "../sim/b.ts";`],
    ["pbft/a.test.ts", `import { b } from "../sim/b.ts";`],
    ["pbft/a.ts", `// import "../ccro/b.ts"\nconst text = 'import "../ccro/b.ts"';`],
  ],
  importsOnlyPurePackages: [
    ["core/a.ts", `import { b } from "./b.ts";`],
    ["core/a.ts", `import fs from "node:fs";`, "imports node:fs of the platform"],
    ["core/a.ts", `import fs from "fs/promises";`, "imports fs/promises of the platform"],
    [
      "core/a.ts",
      `import type { Hash } from "node:crypto";`,
      "imports node:crypto of the platform",
    ],
    ["core/a.ts", `import { z } from "zod";`, "imports zod into core/"],
    ["sim/a.ts", `import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";`],
    ["sim/a.ts", `import "node:worker_threads";`, "imports node:worker_threads of the platform"],
    ["raft/a.ts", `import { Hono } from "hono";`, "imports hono, not known to be pure"],
    ["raft/a.ts", `import { a } from "@b/c/d";`, "imports @b/c/d, not known to be pure"],
    ["core/a.test.ts", `import { equal } from "node:assert/strict"; import fc from "fast-check";`],
    ["host/a.ts", `import { Hono } from "hono"; import fs from "node:fs";`],
  ],
  leavesThePlatformAlone: [
    ["core/a.ts", "export const a = Date.now();", "touches Date"],
    ["core/a.ts", "export type A = Date | undefined;", "touches Date"],
    ["core/a.ts", "export const a = performance.now();", "touches performance"],
    ["core/a.ts", "export const a = Math.random();", "touches Math.random"],
    ["core/a.ts", `export const a = Math["random"]();`, "touches Math.random"],
    ["core/a.ts", "export const { random } = Math;", "touches Math.random"],
    ["core/a.ts", "export const a = globalThis.Date.now();", "touches globalThis"],
    ["core/a.ts", "setTimeout(f, 1);", "touches setTimeout"],
    ["core/a.ts", "export const a = { later: setImmediate };", "touches setImmediate"],
    ["core/a.ts", "export const a = { fetch };", "touches fetch"],
    ["core/a.ts", "export const a = process.env;", "touches process"],
    ["core/a.ts", "export const a = crypto.randomUUID();", "touches crypto"],
    ["core/a.ts", "console.log(1);", "touches console"],
    ["core/a.ts", "Promise.resolve();", "touches Promise"],
    ["core/a.ts", "export interface A { b(): Promise<void> }", "touches Promise"],
    ["core/a.ts", "export async function a() {}", "is async"],
    ["core/a.ts", "export const a = async () => 1;", "is async"],
    ["core/a.ts", "export const a = { async b() {} };", "is async"],
    ["core/a.ts", "export class A { async *b() {} }", "is async"],
    ["core/a.ts", "await a; const a = 1;", "awaits"],
    ["core/a.ts", "for await (const a of []) a;", "awaits"],
    ["core/a.ts", `export const a = import("./b.ts");`, "imports late"],
    ["core/a.ts", "export const a = import.meta.url;", "touches import.meta"],
    ["core/a.ts", `export const a = require("fs");`, "touches require"],
    ["paxos/a.ts", "interface Promise { b: 1 } Promise.all([]);", "touches Promise"],
    ["paxos/a.ts", "function f(process: A) {} process.exit();", "touches process"],
    ["paxos/a.ts", "export interface Promise { readonly a: Promise | undefined }"],
    ["paxos/a.ts", `import type { Promise } from "./b.ts"; export type A = Promise;`],
    ["paxos/a.ts", "export const f = (process: A) => process.id;"],
    ["core/a.ts", "export const a = Math.max(1, 2) + Math.floor(0.5);"],
    ["core/a.ts", "export const a = { Date: 1, fetch() {} }; a.Date; a.fetch();"],
    ["core/a.ts", "export interface A { readonly process: string; fetch(): void }"],
    ["core/a.ts", "// Date.now()\n/* await setTimeout */ export const a = 'console.log()';"],
    ["core/a.ts", "export const a = `Date.now() and Math.random()`;"],
    ["core/a.ts", "export const a = `$" + "{Date.now()}`;", "touches Date"],
    ["core/a.test.ts", "await Promise.all([Date.now()]);"],
    ["host/a.ts", "export const a = async () => Date.now();"],
  ],
  saysWhatLivesHere: [
    ["core/a.ts", header],
    ["core/a.ts", "/**\n * What lives here.\n */\nexport const a = 1;"],
    ["bench/main.ts", `#!/usr/bin/env node\n${header}`],
    ["bench/a.ts", "/** `a`: what lives here. */"],
    ["core/a.test.ts", "test();"],
    ["core/a.ts", "// What lives here.", "does not say in its first line what lives here"],
    ["core/a.ts", "/** */", "does not say in its first line what lives here"],
    ["core/a.ts", `import "./b.ts";\n${header}`, "does not say in its first line what lives here"],
    ["core/a.ts", "", "does not say in its first line what lives here"],
  ],
  keepsItsMeasure: [
    ["core/a.ts", "a;\n".repeat(maxLines)],
    ["core/a.ts", "a;\n".repeat(maxLines + 1), "has 401 lines, more than 400"],
    ["core/a.test.ts", "a;\n".repeat(maxLines + 1)],
  ],
  leavesNoTestOut: [
    ["core/a.test.ts", `test("a", () => {}); test.each([]);`],
    ["core/a.test.ts", `test.only("a", () => {});`, "leaves tests out with .only"],
    ["core/a.test.ts", `describe.skip("a", () => {});`, "leaves tests out with .skip"],
    ["core/a.test.ts", `test.concurrent.each([]).skip("a");`, "leaves tests out with .skip"],
    ["core/a.test.ts", `test.todo("a");`, "leaves tests out with .todo"],
    ["core/a.test.ts", `// test.only(\nlog.skip(2); const a = "test.only(";`],
  ],
};

for (const [name, rule] of Object.entries(sourceRules)) {
  describe(name, () => {
    for (const [path, source, ...complaints] of snippets[name as keyof typeof sourceRules]) {
      const verdict = complaints.length === 0 ? "is fine" : complaints.join(", ");
      test(`${path}: ${JSON.stringify(source.slice(0, 70))} ${verdict}`, () => {
        deepEqual(told(path, source, rule), complaints);
      });
    }
  });
}

const texts = [
  [`See ${home}lab/a.ts`, "a path of one machine"],
  [`at file://${home}a.ts:3`, "a path of one machine"],
  [["C:", "Users", "ann"].join("\\"), "a path of one machine"],
  [`"${home}lab"`, "a path of one machine"],
  [`"resolved": "https://${registry}/zod"`, "the host of a registry"],
  [`// ${unfinished}: later`, "an unfinished thought"],
  ["GET /log, a/home/b, ../root/c, https://a.org/home/b, metrics registry.metrics()", undefined],
] as const;

describe("forbidden texts", () => {
  for (const [text, complaint] of texts) {
    test(`${text.slice(0, 24)}… ${complaint === undefined ? "is fine" : `holds ${complaint}`}`, () => {
      deepEqual(forbiddenIn(text), complaint === undefined ? [] : [complaint]);
    });
  }
});

test("a dependency without a decision is noticed", () => {
  const manifest = { dependencies: { zod: "4" }, devDependencies: { "pure-rand": "8" } };
  deepEqual(undecided(manifest, "We take `zod`, purely."), ["pure-rand"]);
});

// --- The rules, on the tree ---

describe("in this tree", () => {
  const paths = filesOfTheTree();
  const sources = paths
    .filter((path) => /\.[cm]?[jt]sx?$/.test(path))
    .map((path) => read(path, textOf(path)));

  test("the files are seen", () => {
    ok(paths.includes("package.json"));
    ok(sources.some(({ path }) => path === "house.test.ts"));
  });

  for (const [name, rule] of Object.entries(sourceRules)) {
    test(`every source file ${name}`, () => {
      const complaints = sources.flatMap((file) =>
        rule(file).map(({ at, text }) => {
          const line = file.source.slice(0, at).split("\n").length;
          return `${file.path}:${line} ${text}`;
        }),
      );
      deepEqual(complaints, []);
    });
  }

  test("no file names a machine, a registry or an unfinished thought", () => {
    const complaints = paths.flatMap((path) => {
      const text = textOf(path);
      return text.includes("\0") ? [] : forbiddenIn(text).map((what) => `${path} holds ${what}`);
    });
    deepEqual(complaints, []);
  });

  test("the lock file names no download address", () => {
    equal(/"resolved":/.test(textOf("package-lock.json")), false);
  });

  test("every dependency stands in docs/decisions", () => {
    const decisions = paths
      .filter((path) => /^docs\/decisions\/.*\.md$/.test(path))
      .map(textOf)
      .join("\n");
    deepEqual(undecided(JSON.parse(textOf("package.json")) as PackageManifest, decisions), []);
  });
});
