import type { Invitation, Organization } from "@keyferry/sdk";
import { Badge } from "../components/badge";
import { Empty, Loaded } from "../components/loaded";
import { Moment } from "../components/moment";
import { Page } from "../components/page";
import { invitations, organizations } from "../state/data";
import { pendingRequests } from "../state/live";
import { useResource } from "../state/resource";
import { href } from "../state/router";
import { session } from "../state/session";
import { holdsVault, ROLE_WORDS } from "../words/roles";

/** What waits for me, and where I belong. */
export function HomePage() {
  const invited = useResource(invitations());
  const mine = useResource(organizations());
  return (
    <Page
      title="Overview"
      actions={
        <a class="button" href={href("/organizations/new")} data-testid="new-organization">
          New organization
        </a>
      }
    >
      <Loaded from={invited} what="invitations">
        {(list) => <Invited list={list.filter((each) => each.state !== "completed")} />}
      </Loaded>
      <h2>Organizations</h2>
      <Loaded from={mine} what="organizations">
        {(list) => (list.length === 0 ? <Nowhere /> : <Cards list={list} />)}
      </Loaded>
    </Page>
  );
}

function Invited(props: { list: Invitation[] }) {
  if (props.list.length === 0) return null;
  return (
    <section aria-label="Invitations">
      <h2>Invitations</h2>
      <ul class="cards">
        {props.list.map((each) => (
          <li key={each.id} class={each.state === "pending" ? "card card-wait" : "card"} data-testid="invitation">
            <p>
              <strong>{each.organizationName}</strong> invites you as {ROLE_WORDS[each.role].name.toLowerCase()}.
            </p>
            <p class="small">
              By {each.inviter.email}, <Moment at={each.createdAt} />
            </p>
            <a class={each.state === "pending" ? "button button-primary" : "button"} href={href(`/invitations/${each.id}`)} data-testid="invitation-open">
              {each.state === "pending" ? "Look at it" : "Accepted: waiting for the owner"}
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Cards(props: { list: Organization[] }) {
  return (
    <ul class="cards">
      {props.list.map((each) => {
        const waiting = holdsVault(each.role) ? pendingRequests(each.id) : 0;
        return (
          <li key={each.id} class="card" data-testid="organization">
            <div class="row row-between">
              <a class="card-link" href={href(`/o/${each.id}/files`)} data-testid="organization-open">
                {each.name}
              </a>
              <Badge tone="plain">{ROLE_WORDS[each.role].name}</Badge>
            </div>
            <p class="small">{ROLE_WORDS[each.role].meaning}</p>
            {waiting > 0 && (
              <p>
                <a href={href(`/o/${each.id}/requests`)}>
                  {waiting === 1 ? "1 request waits" : `${waiting} requests wait`} for a decision
                </a>
              </p>
            )}
          </li>
        );
      })}
    </ul>
  );
}

function Nowhere() {
  return (
    <Empty title="You belong to no organization yet.">
      <p>
        To share your own files, <a href={href("/organizations/new")}>create an organization</a>. To read somebody else’s, let
        them invite <strong>{session.value?.me.email}</strong>; the invitation shows up here by itself.
      </p>
    </Empty>
  );
}
