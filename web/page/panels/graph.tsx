/** The nodes on a circle, with the roles they hold at this step and what is under way between them. */

import { useMemo } from "preact/hooks";
import type { Schedule } from "../../../sim/schedule.ts";
import { underWayAt } from "../../recording/at-step.ts";
import { oncePer } from "../../recording/once.ts";
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
const [middleX, middleY, radiusPx] = [185, 146, 112];
const mostDots = 400;

export function Graph({ run }: { readonly run: Run }) {
  const places = placesOf(run.recording);
  return (
    <section aria-labelledby="graph-title">
      <h2 id="graph-title">Nodes</h2>
      <svg
        class="graph"
        viewBox={`0 0 ${width} ${height}`}
        role="group"
        aria-label="Nodes and their roles"
      >
        <Domains places={places} />
        <CurrentArrow recording={run.recording} places={places} />
        <UnderWay recording={run.recording} places={places} />
        {[...places.values()].map((place) => (
          <NodeMark key={place.lane.id} place={place} run={run} total={places.size} />
        ))}
      </svg>
    </section>
  );
}

/** Replicas on a circle from the top; clients to the left, whoever watches to the right. */
const placesOf = oncePer(({ lanes }: Recording): ReadonlyMap<string, Place> => {
  const replicas = lanes.filter(({ isReplica }) => isReplica);
  const clients = lanes.filter(({ role }) => role === "client");
  const others = lanes.filter(({ isReplica, role }) => !isReplica && role !== "client");
  const places = new Map<string, Place>();
  for (const [index, lane] of replicas.entries()) {
    const angle = (2 * Math.PI * index) / replicas.length - Math.PI / 2;
    places.set(lane.id, {
      lane,
      x: middleX + radiusPx * Math.cos(angle),
      y: middleY + radiusPx * Math.sin(angle),
    });
  }
  for (const [index, lane] of clients.entries())
    places.set(lane.id, { lane, x: 24, y: 26 + 44 * index });
  for (const [index, lane] of others.entries()) {
    places.set(lane.id, { lane, x: width - 26, y: 26 + 44 * index });
  }
  return places;
});

interface MessageProps {
  readonly recording: Recording;
  readonly places: ReadonlyMap<string, Place>;
}

function CurrentArrow({ recording, places }: MessageProps) {
  const message = recording.messages[recording.steps[step.value]?.message ?? -1];
  const [from, to] = [places.get(message?.from ?? ""), places.get(message?.to ?? "")];
  if (message === undefined || from === undefined || to === undefined) return null;
  return (
    <line
      class={`edge kind-${colorNumber(recording, message.kind)}`}
      x1={from.x}
      y1={from.y}
      x2={to.x}
      y2={to.y}
    />
  );
}

/** A path of dots for each colour: a dot is a line without length, with round ends. */
function UnderWay({ recording, places }: MessageProps) {
  const control = new Set(recording.controlKinds);
  const paths = new Map<number, string>();
  const moving = underWayAt(recording, step.value)
    .map((index) => recording.messages[index])
    .filter((message) => message !== undefined)
    .filter(({ kind }) => showsControl.value || !control.has(kind));
  for (const message of moving.slice(0, mostDots)) {
    const color = colorNumber(recording, message.kind);
    paths.set(color, `${paths.get(color) ?? ""}${dot(message, places)}`);
  }
  return (
    <>
      {[...paths].map(([color, d]) => (
        <path key={color} class={`under-way kind-${color}`} d={d} />
      ))}
    </>
  );
}

function dot(message: RecordedMessage, places: ReadonlyMap<string, Place>): string {
  const [from, to] = [places.get(message.from), places.get(message.to)];
  if (from === undefined || to === undefined) return "";
  const { sentMs, endedMs = sentMs } = message;
  const share = Math.min(1, (moment.value - sentMs) / Math.max(1e-9, endedMs - sentMs));
  const along = (a: number, b: number): string => (a + (b - a) * share).toFixed(1);
  return `M${along(from.x, to.x)} ${along(from.y, to.y)}h0`;
}

/** Where a split cluster's domains are: a band behind the nodes of each. */
function Domains({ places }: { readonly places: ReadonlyMap<string, Place> }) {
  const replicas = [...places.values()].filter(({ lane }) => lane.isReplica);
  const domains = [...new Set(replicas.map(({ lane }) => lane.domain))];
  if (domains.length < 2) return null;
  return (
    <>
      {domains.map((domain) => {
        const own = replicas.filter(({ lane }) => lane.domain === domain);
        const middle = own[own.length >> 1];
        if (middle === undefined) return null;
        const points = own.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ");
        return (
          <g key={domain} class="domain">
            <polyline points={points} />
            <text x={middleX + (middle.x - middleX) * 0.5} y={middleY + (middle.y - middleY) * 0.5}>
              domain {domain}
            </text>
          </g>
        );
      })}
    </>
  );
}

interface MarkProps {
  readonly place: Place;
  readonly run: Run;
  readonly total: number;
}

/** What a node's standing depends on: requests, of which there may be many, are none of it. */
const disturbancesIn = (schedule: Schedule | undefined): Schedule | undefined =>
  schedule === undefined
    ? undefined
    : { ...schedule, events: schedule.events.filter(({ kind }) => kind !== "request") };

function NodeMark({ place: { lane, x, y }, run, total }: MarkProps) {
  const { recording } = run;
  const { id, faults } = lane;
  const schedule = useMemo(() => disturbancesIn(run.schedule), [run.schedule]);
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
