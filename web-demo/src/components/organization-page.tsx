import type { Organization } from "@keyferry/sdk";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { exactTime } from "../format/time";
import { organization } from "../state/data";
import { pendingRequests } from "../state/live";
import { useResource } from "../state/resource";
import { href, path } from "../state/router";
import { hasCode } from "../words/errors";
import { holdsVault, mayAudit, ROLE_WORDS } from "../words/roles";
import { Badge, PinBadge } from "./badge";
import { Loaded } from "./loaded";
import { Page } from "./page";

/** A page about one organization: its name, my role, its tabs, then the page itself. */
export function OrganizationPage(props: {
  id: string;
  title: string;
  lead?: ComponentChildren;
  actions?: (of: Organization) => ComponentChildren;
  children: (of: Organization) => ComponentChildren;
}) {
  const loaded = useResource(organization(props.id));
  const known = hasCode(loaded.error.value, "not_found") ? undefined : loaded.data.value;
  return (
    <Page
      title={props.title}
      above={<Head of={known} id={props.id} />}
      {...(props.lead === undefined ? {} : { lead: props.lead })}
      {...(known === undefined || props.actions === undefined ? {} : { actions: props.actions(known) })}
    >
      {known !== undefined && <ChangedKeys of={known} />}
      {known !== undefined && <DueKeys of={known} />}
      <Loaded from={loaded} what="the organization">
        {props.children}
      </Loaded>
    </Page>
  );
}

function Head(props: { id: string; of: Organization | undefined }) {
  const { of } = props;
  return (
    <div class="organization-head">
      <p class="organization-name">
        <strong class="clip" data-testid="organization-title">
          {of?.name ?? "…"}
        </strong>
        {of !== undefined && <Badge tone="plain">{ROLE_WORDS[of.role].name}</Badge>}
        {of !== undefined && of.pin !== "verified" && <PinBadge pin={of.pin} />}
      </p>
      <nav class="tabs" aria-label="Organization">
        <Tab to={`/o/${props.id}/files`} name="Files" />
        {of !== undefined && holdsVault(of.role) && (
          <Tab to={`/o/${props.id}/requests`} name="Requests" count={pendingRequests(props.id)} />
        )}
        {of !== undefined && holdsVault(of.role) && <Tab to={`/o/${props.id}/grants`} name="Grants" />}
        <Tab to={`/o/${props.id}/people`} name="People" />
        {of !== undefined && mayAudit(of.role) && <Tab to={`/o/${props.id}/trail`} name="Trail" />}
      </nav>
    </div>
  );
}

/** Says what has to be compared before anything else works here. */
function ChangedKeys(props: { of: Organization }) {
  const { of } = props;
  if (of.pin === "changed") {
    return (
      <p class="banner banner-danger" role="alert" data-testid="root-changed">
        This organization shows other words than you verified. An owner may have replaced its root key; or somebody pretends to be
        it. Nothing is read or signed here until you <a href={href(`/o/${of.id}/people`)}>compare the words</a> with an owner.
      </p>
    );
  }
  if (of.members.some((member) => member.you && member.unconfirmed)) {
    return (
      <p class="banner banner-wait" role="status" data-testid="unconfirmed">
        You replaced your identity. Read the words of <a href={href("/account")}>“My account”</a> to an owner: once they confirmed
        it, you can act here again. What was granted to you opens meanwhile.
      </p>
    );
  }
  return null;
}

/** Says that root or vault have to be replaced. Only those who can do something about it are told. */
function DueKeys(props: { of: Organization }) {
  const { rootDueAt, vaultDueAt } = props.of;
  const since = [rootDueAt, vaultDueAt].filter((at) => at !== undefined).sort((a, b) => a.getTime() - b.getTime())[0];
  if (since === undefined) return null;
  const keys = [rootDueAt && "the root key", vaultDueAt && "the vault’s key"].filter((key) => key !== undefined).join(" and ");
  return (
    <p class="banner banner-wait" role="status" data-testid="rotation-due">
      Keys due for rotation since <time dateTime={since.toISOString()}>{exactTime(since)}</time>: {keys}. Somebody who held them left, or reported their own keys as
      compromised; until they are replaced, whoever has a copy can use it.
    </p>
  );
}

function Tab(props: { to: string; name: string; count?: number }) {
  const here = path.value === props.to || path.value.startsWith(`${props.to}/`);
  const link = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    // On a phone the tabs are wider than the screen.
    if (here) link.current?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [here]);
  return (
    <a ref={link} href={href(props.to)} {...(here ? { "aria-current": "page" } : {})} data-testid={`tab-${props.name.toLowerCase()}`}>
      {props.name}
      {props.count !== undefined && props.count > 0 && (
        <span class="count">
          {props.count}
          <span class="visually-hidden"> waiting</span>
        </span>
      )}
    </a>
  );
}
