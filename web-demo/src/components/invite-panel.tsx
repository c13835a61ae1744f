import type { Invitation, Organization, Role } from "@keyferry/sdk";
import { useSignal } from "@preact/signals";
import { useAction } from "../state/action";
import { sentInvitations } from "../state/data";
import { useResource } from "../state/resource";
import { href } from "../state/router";
import { current } from "../state/session";
import { ROLE_WORDS, ROLES } from "../words/roles";
import { Badge } from "./badge";
import { CopyButton } from "./copy-button";
import { ErrorBanner } from "./error-banner";
import { Field } from "./field";
import { Loaded } from "./loaded";
import { Moment } from "./moment";
import { EmailField } from "./email-field";

/** Owners: invites people and shows where their invitations stand. */
export function InvitePanel(props: { of: Organization }) {
  const sent = useResource(sentInvitations(props.of.id));
  return (
    <>
      <Loaded from={sent} what="invitations">
        {(list) => <Sent of={props.of} list={list.filter((each) => each.state !== "completed")} />}
      </Loaded>
      <InviteForm of={props.of} />
    </>
  );
}

function Sent(props: { of: Organization; list: Invitation[] }) {
  if (props.list.length === 0) return null;
  return (
    <section aria-label="Open invitations">
      <h2>Open invitations</h2>
      <ul class="cards cards-wide" data-testid="sent-invitations">
        {props.list.map((each) => (
          <li
            key={each.id}
            class={each.state === "accepted" ? "card card-wait" : "card"}
            data-testid="sent-invitation"
            data-state={each.state}
          >
            <div class="row row-between">
              <strong class="clip">{each.email}</strong>
              <Badge tone="wait">{each.state === "accepted" ? "Accepted, waiting for verification" : "Invited"}</Badge>
            </div>
            <p class="small">
              as {ROLE_WORDS[each.role].name.toLowerCase()}, <Moment at={each.createdAt} />
            </p>
            {each.state === "accepted" ? (
              <a class="button button-primary" href={href(`/o/${props.of.id}/invitations/${each.id}`)} data-testid="admit-open">
                Compare words and admit
              </a>
            ) : (
              <Tell of={props.of} invitation={each} />
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The relay sends no mail: what the owner tells the invited person. */
function Tell(props: { of: Organization; invitation: Invitation }) {
  const { invitation, of } = props;
  const link = `${location.origin}${location.pathname}#/register/${invitation.id}`;
  const text = `I invite you to ${of.name} on Keyferry. Open ${link} and register with ${invitation.email}. Then call me: we compare the organization's words.`;
  return (
    <details>
      <summary>What to tell them</summary>
      <p class="quote" data-testid="invitation-text">
        {text}
      </p>
      <CopyButton text={text} what="message" />
      <p class="hint">The relay sends no mail. Do not put the words into the same message; read them out on a call.</p>
    </details>
  );
}

function InviteForm(props: { of: Organization }) {
  const email = useSignal("");
  const role = useSignal<Role>("consultant");
  const invite = useAction(async () => {
    await current().organizations.invite(props.of.id, { email: email.value.trim(), role: role.value });
    email.value = "";
    await sentInvitations(props.of.id).reload();
  });
  return (
    <form
      class="panel"
      onSubmit={(event) => {
        event.preventDefault();
        void invite.start();
      }}
    >
      <h2>Invite somebody</h2>
      <div class="columns">
        <EmailField value={email} autocomplete="off" testid="invite-email" />
        <Field label="Role" hint={ROLE_WORDS[role.value].meaning}>
          {(wiring) => (
            <select
              {...wiring}
              value={role.value}
              onChange={(event) => {
                role.value = ROLES[event.currentTarget.selectedIndex] ?? "consultant";
              }}
              data-testid="invite-role"
            >
              {ROLES.map((each) => (
                <option key={each} value={each}>
                  {ROLE_WORDS[each].name}
                </option>
              ))}
            </select>
          )}
        </Field>
      </div>
      <ErrorBanner error={invite.error.value} />
      <div class="row">
        <button type="submit" class="button button-primary" disabled={invite.busy.value} data-testid="invite">
          {invite.busy.value ? "Inviting…" : "Invite"}
        </button>
        <p class="hint">They get no key before you compared words with them and signed.</p>
      </div>
    </form>
  );
}
