/** What the judges say of the run. */

import type { Run } from "../model/session.ts";

export function Verdict({ run }: { readonly run: Run }) {
  const { verdict } = run.recording;
  if (verdict === undefined) return <p class="verdict">Live, signed with Ed25519</p>;
  const { safety, liveness, decisions, reasons } = verdict;
  const isFine = safety === "ok" && liveness === "ok";
  return (
    <div class={isFine ? "verdict good" : "verdict bad"}>
      <b>Safety {safety}</b>, liveness {liveness}, {decisions} decided
      {reasons.length > 0 && (
        <details>
          <summary>why</summary>
          <ul>
            {reasons.slice(0, 12).map((reason) => (
              <li key={reason}>{reason}</li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}
