/** How a child process or a thread starts a module of ours: from its source, or as it lies in the package. */

import { createRequire } from "node:module";

const isSource = import.meta.url.endsWith(".ts");

// From Node 22.18 on it reads TypeScript by itself, in less time than any loader.
const stripsTypes = Boolean(
  (process.features as { readonly typescript?: string | false }).typescript,
);

/** A module named without its ending: that differs in the package. */
export const ownModule = (module: URL): URL => new URL(`${module.href}${isSource ? ".ts" : ".js"}`);

/** What node must be told to read our modules. The loader is found from here, wherever somebody called us. */
export const loaderArguments = (): string[] =>
  isSource && !stripsTypes ? ["--import", createRequire(import.meta.url).resolve("tsx")] : [];
