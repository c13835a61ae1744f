import type { Invitation, Pin, PinKind } from "@keyferry/sdk";
import { useSignal } from "@preact/signals";
import { ErrorBanner } from "../components/error-banner";
import { Empty, Loaded } from "../components/loaded";
import { Page } from "../components/page";
import { Verify } from "../components/verify";
import { Fingerprint } from "../components/words";
import { useAction } from "../state/action";
import { invitations, organizations } from "../state/data";
import { useResource } from "../state/resource";
import { href } from "../state/router";
import { current, session } from "../state/session";
import { ROLE_WORDS } from "../words/roles";

/** One invitation for me: compare the organization's words, accept, wait for the owner. */
export function InvitationPage(props: { id: string }) {
  const listed = useResource(invitations());
  return (
    <Page title="Invitation" narrow>
      <Loaded from={listed} what="the invitation">
        {(list) => {
          const invitation = list.find((each) => each.id === props.id);
          if (invitation === undefined || invitation.state === "completed") return <Over invitation={invitation} />;
          return invitation.state === "pending" ? <Answer invitation={invitation} /> : <Waiting invitation={invitation} />;
        }}
      </Loaded>
    </Page>
  );
}

function Over(props: { invitation: Invitation | undefined }) {
  return (
    <Empty title={props.invitation === undefined ? "This invitation is not open any more." : "You are a member now."}>
      {props.invitation === undefined ? (
        <a href={href("/")}>To the overview</a>
      ) : (
        <a class="button button-primary" href={href(`/o/${props.invitation.organization}/files`)} data-testid="to-organization">
          To {props.invitation.organizationName}
        </a>
      )}
    </Empty>
  );
}

/** My pin of an organization I may not belong to yet. */
function usePin(invitation: Invitation): { pin: Pin; set: (how: PinKind) => Promise<void> } {
  const chosen = useSignal<Pin | undefined>(undefined);
  const member = (organizations().data.value ?? []).find((each) => each.id === invitation.organization);
  const set = async (how: PinKind): Promise<void> => {
    await current().people.pinOrganization(invitation.organization, invitation.organizationFingerprint, how);
    chosen.value = how;
  };
  return { pin: chosen.value ?? member?.pin ?? "unverified", set };
}

function Answer(props: { invitation: Invitation }) {
  const { invitation } = props;
  const { pin, set } = usePin(invitation);
  const accept = useAction(async () => {
    await current().invitations.accept(invitation.id);
    await invitations().reload();
  });
  const pinned = pin === "verified" || pin === "trusted";
  return (
    <>
      <p class="lead">
        <strong>{invitation.inviter.email}</strong> invites you to <strong>{invitation.organizationName}</strong> as{" "}
        {ROLE_WORDS[invitation.role].name.toLowerCase()}. {ROLE_WORDS[invitation.role].meaning}
      </p>
      <Verify
        identity={{
          name: invitation.organizationName,
          ask: invitation.inviter.email,
          fingerprint: invitation.organizationFingerprint,
          words: invitation.organizationWords,
          pin,
        }}
        where="the organization’s page “People”"
        pin={set}
        mayTrust
      />
      <ErrorBanner error={accept.error.value} />
      <div class="row">
        <button
          type="button"
          class="button button-primary"
          disabled={!pinned || accept.busy.value}
          onClick={() => void accept.start()}
          data-testid="accept"
        >
          {accept.busy.value ? "Accepting…" : "Accept"}
        </button>
        {!pinned && <p class="hint hint-warn">Compare the organization’s words first.</p>}
      </div>
    </>
  );
}

function Waiting(props: { invitation: Invitation }) {
  const me = session.value?.me;
  return (
    <>
      <p class="banner banner-wait" role="status" data-testid="waiting-for-owner">
        You accepted. Now {props.invitation.inviter.email} compares <em>your</em> words with you and signs your membership. This
        page goes on by itself.
      </p>
      {me !== undefined && (
        <section class="panel" aria-label="Your words">
          <h2>Your words, to read out</h2>
          <Fingerprint words={me.words} fingerprint={me.fingerprint} testid="my-words" />
        </section>
      )}
    </>
  );
}
