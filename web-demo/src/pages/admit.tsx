import type { Invitation, Organization, Person, PinKind } from "@keyferry/sdk";
import { ErrorBanner } from "../components/error-banner";
import { Empty, Loaded } from "../components/loaded";
import { OrganizationPage } from "../components/organization-page";
import { Verify } from "../components/verify";
import { useAction } from "../state/action";
import { organization, sentInvitations } from "../state/data";
import { useResource } from "../state/resource";
import { go, href } from "../state/router";
import { current } from "../state/session";
import { toast } from "../state/toasts";
import { holdsVault, ROLE_WORDS } from "../words/roles";

/** Owners: compares an invited person's words, then signs the membership. */
export function AdmitPage(props: { id: string; invitationId: string }) {
  return (
    <OrganizationPage id={props.id} title="Admit">
      {(of) => <Accepted of={of} invitationId={props.invitationId} />}
    </OrganizationPage>
  );
}

function Accepted(props: { of: Organization; invitationId: string }) {
  const sent = useResource(sentInvitations(props.of.id));
  return (
    <Loaded from={sent} what="the invitation">
      {(list) => {
        const invitation = list.find((each) => each.id === props.invitationId);
        if (invitation?.invited !== undefined && invitation.state === "accepted") {
          return <Admit of={props.of} invitation={invitation} invited={invitation.invited} />;
        }
        return (
          <Empty title={invitation?.state === "completed" ? "This person is admitted." : "Nobody accepted this invitation yet."}>
            <a href={href(`/o/${props.of.id}/people`)}>Back to the people</a>
          </Empty>
        );
      }}
    </Loaded>
  );
}

function Admit(props: { of: Organization; invitation: Invitation; invited: Person }) {
  const { of, invitation, invited } = props;
  const pinned = invited.pin === "verified" || invited.pin === "trusted";
  const pin = async (how: PinKind): Promise<void> => {
    await current().people.pin(invited.user, invited.fingerprint, how);
    await sentInvitations(of.id).reload();
  };
  const admit = useAction(async () => {
    await current().organizations.admit(of.id, invitation.id, { fingerprint: invited.fingerprint });
    toast(`${invited.email} is a member of ${of.name} now.`);
    await Promise.all([organization(of.id).reload(), sentInvitations(of.id).reload()]);
    go(`/o/${of.id}/people`, "replace");
  });
  return (
    <>
      <p class="lead">
        <strong>{invited.email}</strong> accepted your invitation as {ROLE_WORDS[invitation.role].name.toLowerCase()}.{" "}
        {ROLE_WORDS[invitation.role].meaning}
      </p>
      <Verify
        identity={{ name: invited.email, ask: invited.email, fingerprint: invited.fingerprint, words: invited.words, pin: invited.pin }}
        where="their page “My account”"
        pin={pin}
      />
      <section class="panel" aria-label="Sign">
        <h2>Sign the membership</h2>
        <p>
          {holdsVault(invitation.role)
            ? "Signing locks the organization’s keys to this person: from then on they open every file."
            : "Signing makes them a member. They get no key of the organization."}
        </p>
        <ErrorBanner error={admit.error.value} />
        <div class="row">
          <button
            type="button"
            class="button button-primary"
            disabled={!pinned || admit.busy.value}
            onClick={() => void admit.start()}
            data-testid="admit"
          >
            {admit.busy.value ? "Signing…" : `Admit as ${ROLE_WORDS[invitation.role].name.toLowerCase()}`}
          </button>
          {!pinned && <p class="hint hint-warn">Compare the words first.</p>}
        </div>
      </section>
    </>
  );
}
