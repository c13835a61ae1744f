import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/layout.css";
import "./styles/parts.css";
import "./styles/identity.css";
import "./styles/tables.css";
import { render } from "preact";
import { App } from "./app";
import { stayLive } from "./state/live";
import "./state/online";
import { sweepPrivateFiles } from "./state/saving";
import { runUploads } from "./state/uploads";

stayLive();
runUploads();
void sweepPrivateFiles().catch(() => undefined);
const root = document.getElementById("app");
if (root !== null) render(<App />, root);
