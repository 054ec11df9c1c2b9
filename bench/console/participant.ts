/** The program of one participant that a stage of processes drives: its options are its one argument. */

import { type OneOptions, runOne } from "./one.ts";

/** Addresses as pairs: a map does not survive JSON. */
export type PackedOptions = Omit<OneOptions, "urls"> & {
  readonly urls: readonly (readonly [string, string])[];
};

// Written by the stage, which is this very code.
const { urls, ...options } = JSON.parse(process.argv[2] ?? "") as PackedOptions;
await runOne({ ...options, urls: new Map(urls) });
