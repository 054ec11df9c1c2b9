/** `npm run mutants [WORDS…]`: seeds bugs one by one and says who notices them, and how fast. */

import { fileURLToPath } from "node:url";
import { createProgress } from "../output/progress.ts";
import { left, right, terminalTable } from "../output/terminal-table.ts";
import { mutants } from "./catalogue.ts";
import { checkMutant, type Killing } from "./check.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const words = process.argv.slice(2);
const chosen = mutants.filter(
  ({ name, protocol }) =>
    words.length === 0 || words.some((word) => `${protocol} ${name}`.includes(word)),
);

const progress = createProgress();
const killings: Killing[] = [];
for (const [index, mutant] of chosen.entries()) {
  progress.show(`${index + 1}/${chosen.length}  ${mutant.protocol}: ${mutant.name}`);
  killings.push(checkMutant(root, mutant));
}
progress.clear();

const rows = killings.map(({ mutant, by, how, seconds }) => [
  mutant.protocol,
  mutant.name,
  by ?? "NOBODY",
  how,
  seconds.toFixed(1),
]);
const columns = [left("protocol"), left("bug"), left("noticed by"), left("how"), right("s")];
console.log(terminalTable(columns, rows));

const survivors = killings.filter(({ by }) => by === undefined).length;
console.log(`${killings.length - survivors} of ${killings.length} seeded bugs noticed.`);
if (survivors > 0 || killings.length === 0) process.exitCode = 1;
