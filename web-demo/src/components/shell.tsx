import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { useAction } from "../state/action";
import { organizations } from "../state/data";
import { openInvitations, pendingRequests } from "../state/live";
import { online } from "../state/online";
import { go, href, path } from "../state/router";
import { logout, session } from "../state/session";
import { activeUploads } from "../state/uploads";
import { holdsVault } from "../words/roles";
import { Confirm } from "./dialog";
import { Logo } from "./logo";
import { ThemeToggle } from "./theme-toggle";

/** The frame of every page after login: bar, navigation, page. */
export function Shell(props: { children: ComponentChildren }) {
  const open = useSignal(false);
  const here = path.value;
  useEffect(() => {
    open.value = false;
  }, [here]);
  return (
    <div class="shell">
      <a class="skip" href="#main" onClick={skip}>
        Skip to the page
      </a>
      <header class="bar">
        <button
          type="button"
          class="button button-quiet menu-button"
          aria-expanded={open.value}
          aria-controls="navigation"
          onClick={() => {
            open.value = !open.value;
          }}
          data-testid="menu"
        >
          Menu
        </button>
        <a class="home" href={href("/")} aria-label="Keyferry, overview">
          <Logo />
        </a>
        <span class="bar-space" />
        <ThemeToggle />
        <LogoutButton />
      </header>
      <Navigation open={open.value} />
      <main id="main" tabIndex={-1}>
        {!online.value && (
          <p class="banner banner-wait" role="status" data-testid="offline">
            You are offline. What you see may be old; it refreshes by itself when the network is back.
          </p>
        )}
        {props.children}
      </main>
    </div>
  );
}

function skip(event: Event): void {
  // The hash is the router's; moving the focus is all that the link is for.
  event.preventDefault();
  document.getElementById("main")?.focus();
}

function Navigation(props: { open: boolean }) {
  const mine = organizations().data.value ?? [];
  return (
    <nav id="navigation" class={props.open ? "nav nav-open" : "nav"} aria-label="Main">
      <NavLink to="/" testid="nav-home" count={openInvitations.value} what="invitations">
        Overview
      </NavLink>
      <NavLink to="/access" testid="nav-access">
        My access
      </NavLink>
      <NavLink to="/activity" testid="nav-activity">
        My activity
      </NavLink>
      <NavLink to="/account" testid="nav-account">
        My account
      </NavLink>
      <p class="nav-title">Organizations</p>
      {mine.map((each) => (
        <NavLink
          key={each.id}
          to={`/o/${each.id}/files`}
          within={`/o/${each.id}/`}
          testid="nav-organization"
          what="requests"
          {...(holdsVault(each.role) ? { count: pendingRequests(each.id) } : {})}
        >
          {each.name}
        </NavLink>
      ))}
      <NavLink to="/organizations/new" testid="nav-new-organization">
        New organization
      </NavLink>
      <p class="nav-person clip" data-testid="me" title={session.value?.me.email ?? ""}>
        {session.value?.me.email}
      </p>
    </nav>
  );
}

function NavLink(props: {
  to: string;
  within?: string;
  testid: string;
  count?: number;
  what?: string;
  children: ComponentChildren;
}) {
  const here = props.within === undefined ? path.value === props.to : path.value.startsWith(props.within);
  return (
    <a href={href(props.to)} {...(here ? { "aria-current": "page" } : {})} data-testid={props.testid}>
      <span class="clip">{props.children}</span>
      {props.count !== undefined && props.count > 0 && (
        <span class="count" data-testid="count">
          {props.count}
          <span class="visually-hidden"> {props.what} waiting</span>
        </span>
      )}
    </a>
  );
}

function LogoutButton() {
  const asking = useSignal(false);
  const leave = useAction(async () => {
    await logout();
    go("/", "replace");
  });
  const ask = (): void => {
    if (activeUploads.value.length > 0) asking.value = true;
    else void leave.start();
  };
  return (
    <>
      <button type="button" class="button button-quiet button-small" onClick={ask} data-testid="logout">
        Log out
      </button>
      {asking.value && (
        <Confirm
          title="Log out while files are going up?"
          verb="Log out and stop them"
          action={leave}
          onClose={() => {
            asking.value = false;
          }}
          testid="logout-dialog"
        >
          <p>{activeUploads.value.length} upload(s) are not finished. Logging out stops them.</p>
        </Confirm>
      )}
    </>
  );
}
