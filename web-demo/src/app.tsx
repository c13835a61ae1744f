import type { JSX } from "preact";
import { Relogin } from "./components/relogin";
import { Shell } from "./components/shell";
import { Toasts } from "./components/toasts";
import { LoginPage } from "./pages/login";
import { NotFoundPage } from "./pages/not-found";
import { RecoverPage } from "./pages/recover";
import { RegisterPage } from "./pages/register";
import { ReportedPage } from "./pages/reported";
import { UnsupportedPage } from "./pages/unsupported";
import { MEMBER_ROUTES } from "./routes";
import { reported } from "./state/departure";
import { match, path } from "./state/router";
import { session } from "./state/session";

// WebCrypto exists only where the page came over TLS or from this very machine.
const supported = isSecureContext && typeof WebAssembly === "object";

function Guest(): JSX.Element {
  if (reported.value !== null) return <ReportedPage />;
  const invited = match("/register/:invitation", path.value);
  if (path.value === "/register" || invited !== undefined) {
    return <RegisterPage invitation={invited?.["invitation"] ?? ""} />;
  }
  if (path.value === "/recover") return <RecoverPage />;
  return <LoginPage />;
}

function Member(): JSX.Element {
  for (const [pattern, component] of MEMBER_ROUTES) {
    const params = match(pattern, path.value);
    // The key makes a new page of the same kind start fresh, heading focus included.
    if (params !== undefined) return <Shell>{component(params, path.value)}</Shell>;
  }
  return (
    <Shell>
      <NotFoundPage />
    </Shell>
  );
}

/** Everything on the screen. */
export function App() {
  if (!supported) return <UnsupportedPage />;
  return (
    <>
      {session.value === null ? <Guest /> : <Member />}
      <Relogin />
      <Toasts />
    </>
  );
}
