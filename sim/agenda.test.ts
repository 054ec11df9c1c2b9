import { deepEqual, equal } from "node:assert/strict";
import fc from "fast-check";
import { test } from "vitest";
import { Agenda } from "./agenda.ts";

const runAll = (agenda: Agenda, until = Number.POSITIVE_INFINITY): number[] => {
  const times: number[] = [];
  for (let next = agenda.next(until); next !== undefined; next = agenda.next(until)) {
    times.push(next.at);
    next.run();
  }
  return times;
};

test("plans come by time, at equal times in the order of planning, and those taken back never", () => {
  const plans = fc.array(
    fc.record({ at: fc.integer({ min: 0, max: 20 }), isTakenBack: fc.boolean() }),
    { maxLength: 200 },
  );
  fc.assert(
    fc.property(plans, (wanted) => {
      const agenda = new Agenda();
      const ran: number[] = [];
      const cancels = wanted.map(({ at }, index) => agenda.plan(at, () => ran.push(index)));
      for (const [index, { isTakenBack }] of wanted.entries()) if (isTakenBack) cancels[index]?.();
      const left = wanted.map(({ at, isTakenBack }, index) => ({ at, isTakenBack, index }));
      const expected = left.filter(({ isTakenBack }) => !isTakenBack).sort((a, b) => a.at - b.at);
      equal(agenda.size, expected.length);
      deepEqual(
        runAll(agenda),
        expected.map(({ at }) => at),
      );
      deepEqual(
        ran,
        expected.map(({ index }) => index),
      );
      equal(agenda.size, 0);
    }),
  );
});

test("plans made while others run come in their place", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 9 }), { maxLength: 60 }), (delays) => {
      const agenda = new Agenda();
      const left = [...delays];
      let now = 0;
      const planMore = () => {
        for (const delay of left.splice(0, 2)) {
          agenda.add(now + delay, () => {
            planMore();
          });
        }
      };
      planMore();
      for (let next = agenda.next(1e9); next !== undefined; next = agenda.next(1e9)) {
        equal(next.at >= now, true);
        now = next.at;
        next.run();
      }
      equal(left.length, 0);
    }),
  );
});

test("nothing later than asked for is taken out", () => {
  const agenda = new Agenda();
  for (const at of [3, 1, 2]) agenda.add(at, () => {});
  deepEqual(runAll(agenda, 2), [1, 2]);
  deepEqual(runAll(agenda, 2.999), []);
  deepEqual(runAll(agenda, 3), [3]);
});

test("taking a plan back twice, or after it ran, changes nothing", () => {
  const agenda = new Agenda();
  const cancel = agenda.plan(1, () => {});
  agenda.add(2, () => {});
  cancel();
  cancel();
  equal(agenda.size, 1);
  const late = agenda.plan(0, () => {});
  agenda.next(0)?.run();
  late();
  equal(agenda.size, 1);
});

test("plans that were taken back are swept out long before their time", () => {
  const agenda = new Agenda();
  const order: number[] = [];
  for (const at of [30, 10, 20]) agenda.add(at, () => order.push(at));
  for (let count = 0; count < 100_000; count += 1) {
    agenda.plan(1e6 + count, () => order.push(-1))();
  }
  equal(agenda.size, 3);
  equal(agenda.memory < 3000, true);
  deepEqual(runAll(agenda), [10, 20, 30]);
  deepEqual(order, [10, 20, 30]);
});
