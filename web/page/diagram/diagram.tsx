/** The diagram as one uses it: zoom, pan, pick a message or a node, with mouse, finger and keys. */

import { type Signal, useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { RecordedMessage } from "../../recording/recording.ts";
import { goToMoment, moment, picked, type Run, showsControl, stepOf } from "../model/session.ts";
import { endsOf, messagesWithin } from "./arrows.ts";
import { Painter } from "./painter.ts";
import type { Scene } from "./scene.ts";
import {
  follow,
  type Geometry,
  geometry,
  heightFor,
  pan,
  showDecided,
  span,
  zoom,
} from "./view.ts";

const clickReachPx = 7;

export function Diagram({ run, index }: { readonly run: Run; readonly index: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useSignal(900);
  const hint = useSignal("");
  const dragged = useRef<{ x: number; moved: boolean } | undefined>(undefined);
  const { recording } = run;
  const lanes = recording.lanes.length;
  const here = (): Geometry => geometry(width.value, lanes, span.value);
  const painter = useMemo(() => new Painter(), []);

  useEffect(() => {
    const element = canvas.current;
    if (element === null) return undefined;
    const watcher = new ResizeObserver(([entry]) => {
      width.value = Math.max(200, Math.floor(entry?.contentRect.width ?? 900));
    });
    watcher.observe(element.parentElement ?? element);
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    const redraw = () => {
      painter.forgetColors();
      span.value = { ...span.value };
    };
    scheme.addEventListener("change", redraw);
    // A listener of its own: only one that is not passive may keep the page from scrolling.
    const onWheel = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey && !event.shiftKey) return;
      event.preventDefault();
      if (event.shiftKey) pan((here().msAt(1) - here().msAt(0)) * (event.deltaY || event.deltaX));
      else zoom(event.deltaY > 0 ? 1.2 : 1 / 1.2, here().msAt(event.offsetX));
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => {
      watcher.disconnect();
      scheme.removeEventListener("change", redraw);
      element.removeEventListener("wheel", onWheel);
      painter.stop();
    };
  }, []);

  useSignalEffect(() => {
    if (index === 0) follow(moment.value);
  });

  const scene = (color: Scene["color"] = () => ""): Scene => sceneOf(run, index, color);
  const repaint = () => {
    if (canvas.current !== null) painter.paint(canvas.current, here(), scene);
  };
  useSignalEffect(repaint);
  useEffect(repaint, [run]);

  const onKey = (event: KeyboardEvent) => {
    const middle = (span.value.fromMs + span.value.untilMs) / 2;
    if (event.key === "+" || event.key === "=") zoom(1 / 1.4, middle);
    else if (event.key === "-") zoom(1.4, middle);
    else if (event.key === "0") showDecided(recording);
    else return;
    event.preventDefault();
  };
  const onMove = (event: PointerEvent) => {
    const start = dragged.current;
    if (start !== undefined) {
      const byPx = event.offsetX - start.x;
      if (Math.abs(byPx) > 3) start.moved = true;
      if (!start.moved) return;
      pan(here().msAt(0) - here().msAt(byPx));
      start.x = event.offsetX;
      return;
    }
    const near = nearest(scene(), here(), event.offsetX, event.offsetY);
    hint.value = near === undefined ? "" : describe(near);
  };
  const onUp = (event: PointerEvent) => {
    const wasClick = dragged.current?.moved === false;
    dragged.current = undefined;
    if (!wasClick) return;
    const at = here();
    const near = nearest(scene(), at, event.offsetX, event.offsetY);
    const lane = recording.lanes[at.laneAt(event.offsetY)];
    if (near !== undefined && index === 0) picked.value = { kind: "message", index: near.index };
    else if (event.offsetX < at.left && lane !== undefined)
      picked.value = { kind: "node", id: lane.id };
    else goToMoment(at.msAt(event.offsetX));
  };

  return (
    <figure class="diagram">
      <canvas
        ref={canvas}
        tabIndex={0}
        role="img"
        aria-label={`Space-time diagram of ${recording.title}: ${recording.messages.length} messages between ${lanes} participants. The log holds the same as text. Keys: plus and minus zoom, 0 shows all.`}
        style={{ height: `${heightFor(lanes)}px` }}
        onKeyDown={onKey}
        onPointerDown={(event) => {
          dragged.current = { x: event.offsetX, moved: false };
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={onMove}
        onPointerUp={onUp}
        onPointerLeave={() => {
          hint.value = "";
        }}
      />
      <Caption hint={hint} />
    </figure>
  );
}

function Caption({ hint }: { readonly hint: Signal<string> }) {
  return (
    <figcaption>
      {hint.value ||
        "◆ executes  ■ client accepts  ○ quorum or mark  ✕ lost or refused  ┄ timer. Drag to pan, Ctrl and wheel to zoom, click an arrow to pick it."}
    </figcaption>
  );
}

const sceneOf = ({ recording }: Run, index: number, color: Scene["color"]): Scene => ({
  recording,
  step: stepOf(index),
  moment: moment.value,
  picked: index === 0 && picked.value?.kind === "message" ? picked.value.index : undefined,
  showsControl: showsControl.value,
  color,
});

function nearest(scene: Scene, at: Geometry, x: number, y: number): RecordedMessage | undefined {
  let best: RecordedMessage | undefined;
  let reach = clickReachPx;
  // What was lost is drawn a little longer than it lived.
  for (const message of messagesWithin(scene, at.msAt(x - 2 * reach), at.msAt(x + reach))) {
    const { x1, y1, x2, y2 } = endsOf(message, at, scene.recording);
    const length = (x2 - x1) ** 2 + (y2 - y1) ** 2;
    const share = length === 0 ? 0 : ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / length;
    const bounded = Math.max(0, Math.min(1, share));
    const distance = Math.hypot(x - x1 - bounded * (x2 - x1), y - y1 - bounded * (y2 - y1));
    if (distance < reach) [best, reach] = [message, distance];
  }
  return best;
}

export const describe = ({ from, to, kind, sentMs, endedMs, fate, objection }: RecordedMessage) =>
  `${kind}  ${from} → ${to}  sent ${sentMs.toFixed(2)} ms, ${fate}${
    endedMs === undefined ? "" : ` ${endedMs.toFixed(2)} ms`
  }${objection === undefined ? "" : `: ${objection}`}`;
