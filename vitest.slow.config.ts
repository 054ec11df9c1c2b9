/** The tests that take minutes and want an idle machine: everything named *.slow.test.ts. */

import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["**/*.slow.test.ts"],
    // One after the other: they measure time.
    fileParallelism: false,
  },
});
