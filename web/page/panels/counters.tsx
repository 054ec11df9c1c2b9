/** What was counted up to this step, beside what the protocol promises. */

import { tallyAt } from "../../recording/at-step.ts";
import { oncePer } from "../../recording/once.ts";
import { earlierCount, expectedTotal } from "../../run/expected.ts";
import { colorNumber } from "../model/kinds.ts";
import { type Run, stepOf } from "../model/session.ts";

const costOf = oncePer(({ protocol, n }) => expectedTotal(protocol, n));

export function Counters({ run, index }: { readonly run: Run; readonly index: number }) {
  const { recording } = run;
  const { protocol, n } = recording;
  const tally = tallyAt(recording, stepOf(index));
  const most = Math.max(1, ...tally.byKind.values());
  return (
    <section class="counters" aria-label={`Counters of ${recording.title}`}>
      <p>
        <b class="number">{tally.messages}</b> messages, <b class="number">{tally.bytes}</b> bytes,{" "}
        {tally.control} control, {tally.refused} refused, {tally.lost} lost, {tally.accepted}{" "}
        accepted
      </p>
      <table class="bars">
        <tbody>
          {[...tally.byKind].map(([kind, count]) => (
            <tr key={kind}>
              <th scope="row">{kind}</th>
              <td class="number">{count}</td>
              <td aria-hidden="true" class="bar">
                <i
                  class={`kind-${colorNumber(recording, kind)}`}
                  style={{ width: `${(100 * count) / most}%` }}
                />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="note">
        A quiet request costs {costOf(recording)} messages here
        {protocol === "pbft" &&
          `; the visualiser before this one counts 2n² − 1 = ${earlierCount(n)}: it leaves out the client’s request and counts each backup’s prepare to itself`}
        .
      </p>
    </section>
  );
}
