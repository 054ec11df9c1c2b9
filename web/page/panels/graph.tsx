/** The nodes on a circle, with the roles they hold at this step and what is under way between them. */

import {
  type Lane,
  type RecordedMessage,
  type Recording,
  stateAt,
} from "../../recording/recording.ts";
import { standing } from "../../run/hands.ts";
import { colorNumber } from "../model/kinds.ts";
import { moment, picked, type Run, showsControl, step } from "../model/session.ts";

interface Place {
  readonly lane: Lane;
  readonly x: number;
  readonly y: number;
}

const [width, height] = [360, 300];
const mostDots = 400;

export function Graph({ run }: { readonly run: Run }) {
  const { recording } = run;
  const places = placesOf(recording.lanes);
  const now = recording.messages[recording.steps[step.value]?.message ?? -1];
  return (
    <section aria-labelledby="graph-title">
      <h2 id="graph-title">Nodes</h2>
      <svg
        class="graph"
        viewBox={`0 0 ${width} ${height}`}
        role="group"
        aria-label="Nodes and their roles"
      >
        <Arrow message={now} places={places} recording={recording} />
        {underWay(recording).map((message) => (
          <Dot key={message.index} message={message} places={places} recording={recording} />
        ))}
        {[...places.values()].map((place) => (
          <NodeMark key={place.lane.id} place={place} run={run} total={places.size} />
        ))}
      </svg>
    </section>
  );
}

/** Replicas on a circle from the top; clients to the left, whoever watches to the right. */
function placesOf(lanes: readonly Lane[]): ReadonlyMap<string, Place> {
  const replicas = lanes.filter(({ isReplica }) => isReplica);
  const clients = lanes.filter(({ role }) => role === "client");
  const others = lanes.filter(({ isReplica, role }) => !isReplica && role !== "client");
  const places = new Map<string, Place>();
  for (const [index, lane] of replicas.entries()) {
    const angle = (2 * Math.PI * index) / replicas.length - Math.PI / 2;
    places.set(lane.id, { lane, x: 185 + 112 * Math.cos(angle), y: 146 + 112 * Math.sin(angle) });
  }
  for (const [index, lane] of clients.entries())
    places.set(lane.id, { lane, x: 24, y: 26 + 44 * index });
  for (const [index, lane] of others.entries()) {
    places.set(lane.id, { lane, x: width - 26, y: 26 + 44 * index });
  }
  return places;
}

function underWay({ messages, controlKinds }: Recording): readonly RecordedMessage[] {
  const control = new Set(controlKinds);
  return messages
    .filter(
      ({ sentMs, endedMs, kind, sentStep }) =>
        sentStep <= step.value &&
        sentMs <= moment.value &&
        endedMs !== undefined &&
        endedMs > moment.value &&
        (showsControl.value || !control.has(kind)),
    )
    .slice(0, mostDots);
}

interface MessageProps {
  readonly message: RecordedMessage | undefined;
  readonly places: ReadonlyMap<string, Place>;
  readonly recording: Recording;
}

function Arrow({ message, places, recording }: MessageProps) {
  const [from, to] = [places.get(message?.from ?? ""), places.get(message?.to ?? "")];
  if (message === undefined || from === undefined || to === undefined) return null;
  return (
    <line
      class={`edge kind-${colorNumber(recording.protocol, message.kind)}`}
      x1={from.x}
      y1={from.y}
      x2={to.x}
      y2={to.y}
    />
  );
}

function Dot({ message, places, recording }: MessageProps) {
  const [from, to] = [places.get(message?.from ?? ""), places.get(message?.to ?? "")];
  if (message === undefined || from === undefined || to === undefined) return null;
  const { sentMs, endedMs = sentMs } = message;
  const share = (moment.value - sentMs) / Math.max(1e-9, endedMs - sentMs);
  return (
    <circle
      class={`under-way kind-${colorNumber(recording.protocol, message.kind)}`}
      cx={from.x + (to.x - from.x) * share}
      cy={from.y + (to.y - from.y) * share}
      r={3.5}
    />
  );
}

interface MarkProps {
  readonly place: Place;
  readonly run: Run;
  readonly total: number;
}

function NodeMark({ place: { lane, x, y }, run, total }: MarkProps) {
  const { recording, schedule } = run;
  const { id, faults } = lane;
  const role = stateAt(recording, id, step.value)?.status?.role ?? lane.role;
  const stands = schedule === undefined ? undefined : standing(schedule, id, moment.value);
  const isFaulty = faults.length > 0;
  const words = [
    role,
    ...(isFaulty ? [`faulty: ${faults.join(", ")}`] : []),
    ...(stands?.isDown ? ["down"] : []),
    ...(stands?.isCut ? ["cut off"] : []),
  ];
  const isPicked = picked.value?.kind === "node" && picked.value.id === id;
  const pick = () => {
    picked.value = isPicked ? undefined : { kind: "node", id };
  };
  const radius = total > 16 ? 9 : 15;
  const look = `node role-${role}${isFaulty ? " faulty" : ""}${stands?.isDown ? " down" : ""}${isPicked ? " picked" : ""}`;
  return (
    <g
      class={look}
      role="button"
      tabindex={0}
      aria-label={`${id}, ${words.join(", ")}`}
      aria-pressed={isPicked}
      onClick={pick}
      onKeyDown={(event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        pick();
      }}
    >
      <circle cx={x} cy={y} r={radius} />
      <text x={x} y={y + 4} class={total > 16 ? "tiny" : ""}>
        {id}
      </text>
      {total <= 16 && (
        <text x={x} y={y + 28} class="role">
          {stands?.isDown ? "down" : role}
          {isFaulty ? " ✕" : ""}
        </text>
      )}
    </g>
  );
}
