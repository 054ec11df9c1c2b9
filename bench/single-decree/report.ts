/** A run told to people, with the lines that seed 003 prints, and to machines. */

import { canonical } from "../../core/encoding.ts";
import type { NodeId } from "../../core/ids.ts";
import { ballotText } from "../../paxos/ballots.ts";
import { crashOf } from "./crashing.ts";
import { type Deployment, idOf, idsOf, isClient, numberOf } from "./deployment.ts";
import type { DecreePlan } from "./plan.ts";
import type { Story } from "./story.ts";
import { printValue } from "./wishes.ts";

export const leaderLine = (deployment: Deployment, id: NodeId): string =>
  `Node ID ${numberOf(deployment, id)} IS THE LEADER`;

export const roleLine = (deployment: Deployment, id: NodeId, role: string): string =>
  `Node ID ${numberOf(deployment, id)} is running as a ${role.toUpperCase()}`;

export const answerLine = (canonicalText: string): string =>
  `Final message received by client from learner: ${printValue(canonicalText)}`;

export const crashLine = (deployment: Deployment, id: NodeId): string => {
  const before = crashOf(deployment, id)?.before;
  const when = before === undefined ? "is not there" : `crashed before its first ${before}`;
  return `Node ID ${numberOf(deployment, id)} ${when}`;
};

export const isGood = (story: Story): boolean => story.isComplete && story.violation === undefined;

export function printDecree(plan: DecreePlan, story: Story): string {
  const { leader, roles, crashed, problem, violation } = story;
  const nodes = idsOf(plan).filter((id) => !isClient(id));
  return [
    headerOf(plan),
    ...(leader === undefined ? [] : [leaderLine(plan, leader.node)]),
    ...nodes.flatMap((id) => {
      const role = roles.get(id);
      return role === undefined ? [] : [roleLine(plan, id, role)];
    }),
    ...nodes.filter((id) => crashed.has(id)).map((id) => crashLine(plan, id)),
    ...nodes.flatMap((id) => pauseLine(plan, story, id)),
    ...idsOf(plan)
      .filter(isClient)
      .map((id) => clientLine(plan, story, id)),
    ...(story.isComplete ? [`Consensus time: ${(lastAnswerMs(story) / 1000).toFixed(6)} s`] : []),
    ...(problem === undefined ? [] : [sentence(problem)]),
    `Safety: ${violation === undefined ? "ok" : `violated: ${violation}`}`,
  ].join("\n");
}

function headerOf(plan: DecreePlan): string {
  const { proposers, acceptors, learners } = plan.counts;
  const { transport, place, auth, seed, clients } = plan;
  const roles = { proposers, acceptors, learners, clients };
  return [
    "Paxos (single decree)",
    Object.entries(roles)
      .map(([role, count]) => `${count} ${count === 1 ? role.slice(0, -1) : role}`)
      .join(", "),
    ...(auth === "none" ? ["no signatures"] : []),
    transport === "http" ? `http, ${place}` : transport,
    `seed ${seed}`,
  ].join("  ");
}

function pauseLine(plan: Deployment, { pauses }: Story, id: NodeId): readonly string[] {
  const count = pauses.get(id) ?? 0;
  if (count === 0) return [];
  const times = count === 1 ? "once" : `${count} times`;
  return [`Node ID ${numberOf(plan, id)} backed off ${times}: another proposer was ahead`];
}

function clientLine(plan: DecreePlan, { answers }: Story, id: NodeId): string {
  const wish = plan.wishes.get(id);
  const wanted = wish === undefined ? "" : printValue(canonical(wish.value));
  const asked = `client ${numberOf(plan, id)} asked proposer ${wish?.proposer} for ${wanted}`;
  const answer = answers.get(id);
  if (answer !== undefined) return `${answerLine(answer.value)}  (${asked})`;
  return `No message received by client within ${plan.patienceMs / 1000} s  (${asked})`;
}

const sentence = (text: string): string => `${text[0]?.toUpperCase()}${text.slice(1)}`;

const lastAnswerMs = ({ answers }: Story): number =>
  Math.max(...[...answers.values()].map(({ atMs }) => atMs));

export function decreeJson(plan: DecreePlan, story: Story) {
  const { counts, transport, place, auth, network, seed } = plan;
  const { leader, roles, crashed, problem, violation } = story;
  const nodes = idsOf(plan).filter((id) => !isClient(id));
  const [value] = story.chosen;
  return {
    protocol: "paxos-single",
    ...counts,
    ...{ clients: plan.clients, transport, place, auth, network, seed },
    leader: leader === undefined ? null : numberOf(plan, leader.node),
    nodes: nodes.map((id) => ({
      node: numberOf(plan, id),
      role: roles.get(id) ?? null,
      isCrashed: crashed.has(id),
      proposals: story.proposals.get(id) ?? 0,
      pauses: story.pauses.get(id) ?? 0,
    })),
    answers: idsOf(plan)
      .filter(isClient)
      .map((id) => answerJson(plan, story, id)),
    value: value === undefined || violation !== undefined ? null : JSON.parse(value),
    consensusTimeMs: story.isComplete ? lastAnswerMs(story) : null,
    problem: problem ?? null,
    safety: violation === undefined ? "ok" : "violated",
    reasons: violation === undefined ? [] : [violation],
  };
}

function answerJson(plan: DecreePlan, { answers }: Story, id: NodeId) {
  const answer = answers.get(id);
  const wish = plan.wishes.get(id);
  return {
    client: numberOf(plan, id),
    wanted: wish?.value ?? null,
    proposer: wish === undefined ? null : numberOf(plan, idOf(plan, wish.proposer)),
    received: answer === undefined ? null : JSON.parse(answer.value),
    ballot: answer === undefined ? null : ballotText(answer.ballot),
    latencyMs: answer?.atMs ?? null,
  };
}
