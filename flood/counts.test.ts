import { deepEqual, equal } from "node:assert/strict";
import { describe, test } from "vitest";
import {
  arrivingPosts,
  type Cluster,
  type Place,
  refusedPosts,
  repliesAt,
  sumOf,
  wordsAt,
} from "./counts.ts";

/** Every commit of a round, told one by one: who tells whom what whose word was. 0 commands. */
function everyCommit({ n, offline = 0, liars = 0 }: Cluster) {
  const live = Array.from({ length: n - offline }, (_, node) => node);
  const authors = live.filter((node) => node !== 0);
  const all = Array.from({ length: n }, (_, node) => node);
  return authors.flatMap((author) =>
    live
      .filter((teller) => teller !== author)
      .flatMap((teller) =>
        all
          .filter((to) => to !== teller)
          .map((to) => ({ author, to, isCorrupt: author <= liars, arrives: live.includes(to) })),
      ),
  );
}

const clusters: Cluster[] = [];
for (let n = 1; n <= 9; n += 1) {
  for (let offline = 0; offline < n; offline += 1) {
    for (let liars = 0; liars + offline < n; liars += 1) clusters.push({ n, offline, liars });
  }
}

test("the formulas say what counting one by one says, for every cluster up to nine nodes", () => {
  for (const cluster of clusters) {
    const commits = everyCommit(cluster);
    equal(arrivingPosts(cluster).commit, commits.filter(({ arrives }) => arrives).length);
    equal(refusedPosts(cluster).commit, commits.filter(({ arrives }) => !arrives).length);
    const { n, offline = 0, liars = 0 } = cluster;
    for (let node = 0; node < n - offline; node += 1) {
      const corrupt = commits.filter(({ to, isCorrupt }) => to === node && isCorrupt).length;
      const all = commits.filter(({ to }) => to === node).length;
      const place: Place = node === 0 ? "commander" : node <= liars ? "liar" : "other";
      deepEqual(repliesAt(place, cluster), { correct: all - corrupt, corrupt }, place);
    }
  }
});

describe("as published", () => {
  const malicious = [
    [1, 4, 39],
    [5, 16, 3615],
    [10, 31, 27_930],
  ] as const;

  for (const [x, n, posts] of malicious) {
    test(`${x} malicious of ${n} nodes make ${posts} posts`, () => {
      equal(sumOf(arrivingPosts({ n, liars: x })), posts);
      equal(sumOf(refusedPosts({ n, liars: x })), 0);
    });
  }

  for (const [x, n] of malicious) {
    test(`with ${x} of ${n} nodes offline L + L² + L³ arrive and x(1 + L + L²) are refused`, () => {
      const live = n - 1 - x;
      equal(sumOf(arrivingPosts({ n, offline: x })), live + live ** 2 + live ** 3);
      equal(sumOf(refusedPosts({ n, offline: x })), x * (1 + live + live ** 2));
    });
  }

  const replies = [
    ["liar", 4, 3],
    ["other", 5, 2],
    ["commander", 4, 2],
  ] as const;

  for (const [place, correct, corrupt] of replies) {
    test(`with one liar of four, ${place} has ${correct} correct and ${corrupt} corrupt`, () => {
      deepEqual(repliesAt(place, { n: 4, liars: 1 }), { correct, corrupt });
    });
  }
});

test("what reaches the nodes adds up to what is sent", () => {
  for (let n = 1; n <= 31; n += 1) {
    const { "pre-prepare": first, prepare, commit } = arrivingPosts({ n });
    equal(wordsAt("commander", n) + (n - 1) * wordsAt("other", n), prepare + commit);
    equal(first, n - 1);
  }
});
