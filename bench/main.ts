#!/usr/bin/env node
/** The program: `quorumlab COMMAND`. */

import { runCli } from "./cli.ts";

process.exitCode = await runCli(process.argv.slice(2));
