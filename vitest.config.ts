/** How the tests run: everything named *.test.ts, beside the code it tests. */

import { configDefaults, defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["**/*.test.ts"],
    exclude: [
      ...configDefaults.exclude,
      "**/*.slow.test.ts",
      "dist/**",
      "coverage/**",
      "results/**",
    ],
    // Whole clusters run in some tests, on machines with two cores.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
