import { equal } from "node:assert/strict";
import { test } from "vitest";
import { count, figure, percent } from "./figures.ts";

const figures = [
  [undefined, "–"],
  [Number.NaN, "–"],
  [Number.POSITIVE_INFINITY, "∞"],
  [0, "0"],
  [0.0512, "0.051"],
  [1.234, "1.23"],
  [12.345, "12.3"],
  [123.45, "123"],
  [12345.6, "12,346"],
  [1234567, "1,234,567"],
  [-12.345, "-12.3"],
] as const;

for (const [value, expected] of figures) {
  test(`${value} reads ${expected}`, () => {
    equal(figure(value), expected);
  });
}

const counts = [
  [undefined, "–"],
  [29, "29"],
  [27930, "27,930"],
  [3.05, "3.05"],
  [25.8, "25.8"],
] as const;

for (const [value, expected] of counts) {
  test(`a count of ${value} reads ${expected}`, () => {
    equal(count(value), expected);
  });
}

test("shares are percent", () => {
  equal(percent(0.02), "2.0 %");
});
