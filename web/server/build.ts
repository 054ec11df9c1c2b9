/** `npm run build:web`: builds the page, whether or not it needs it. */

import { buildPage } from "./page-files.ts";

await buildPage();
