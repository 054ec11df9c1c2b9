/** The page begins here. */

import "./style.css";
import { render } from "preact";
import { App } from "./app.tsx";
import { runSetup } from "./model/session.ts";

runSetup();
const root = document.getElementById("page");
if (root !== null) render(<App />, root);
