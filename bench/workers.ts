/** Worker threads for what takes a core for long, each with a heap and an engine of its own. */

import { Piscina } from "piscina";
import { loaderArguments, ownModule } from "./own-modules.ts";

// A simulated cluster has thousands of messages under way: with more room for what is young, most of
// them are gone before anybody copies them.
const youngMb = 192;

/** Threads that call this function of a module, which is named without its ending. */
export const startWorkers = <Task, Answer>(
  module: URL,
  name: string,
  threads: number,
): Piscina<Task, Answer> =>
  new Piscina<Task, Answer>({
    filename: ownModule(module).href,
    name,
    maxThreads: threads,
    execArgv: loaderArguments(),
    resourceLimits: { maxYoungGenerationSizeMb: youngMb },
  });
