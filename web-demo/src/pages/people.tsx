import type { Member, Organization, PinKind } from "@keyferry/sdk";
import { useSignal } from "@preact/signals";
import { Badge, PinBadge } from "../components/badge";
import { Confirm, Dialog } from "../components/dialog";
import { ErrorBanner } from "../components/error-banner";
import { InvitePanel } from "../components/invite-panel";
import { OrganizationPage } from "../components/organization-page";
import { RotationProgress } from "../components/rotation-progress";
import { RootKey } from "../components/root-key";
import { Table } from "../components/table";
import { VaultKey } from "../components/vault-key";
import { Verify } from "../components/verify";
import { useAction } from "../state/action";
import { organization, organizations } from "../state/data";
import { useRotation } from "../state/rotation";
import { current } from "../state/session";
import { toast } from "../state/toasts";
import { say } from "../words/errors";
import { holdsRoot, ROLE_WORDS } from "../words/roles";

/** Who belongs to an organization; owners invite, admit and remove here. */
export function PeoplePage(props: { id: string }) {
  return (
    <OrganizationPage id={props.id} title="People">
      {(of) => (
        <>
          <OrganizationWords of={of} />
          {of.pin !== "changed" && <Members of={of} />}
        </>
      )}
    </OrganizationPage>
  );
}

/** Nothing of it is to be believed, and nothing works, while the organization's words are others than were verified. */
function Members(props: { of: Organization }) {
  const { of } = props;
  const owns = holdsRoot(of.role);
  return (
    <>
      {owns && <InvitePanel of={of} />}
      <h2>Members</h2>
      <MemberTable of={of} />
      {owns && <VaultKey of={of} />}
      {owns && <RootKey of={of} />}
    </>
  );
}

function OrganizationWords(props: { of: Organization }) {
  const { of } = props;
  const pin = async (how: PinKind): Promise<void> => {
    await current().people.pinOrganization(of.id, of.fingerprint, how);
    await Promise.all([organization(of.id).reload(), organizations().reload()]);
  };
  return (
    <Verify
      identity={{ name: of.name, ask: "an owner", fingerprint: of.fingerprint, words: of.words, pin: of.pin }}
      where="this very page of theirs"
      pin={pin}
      strict
    />
  );
}

function MemberTable(props: { of: Organization }) {
  const { of } = props;
  const shown = useSignal<string | undefined>(undefined);
  const removing = useSignal<Member | undefined>(undefined);
  const member = of.members.find((each) => each.person.user === shown.value);
  return (
    <>
      <Table
        testid="members"
        row="member"
        rows={of.members}
        identify={(each) => each.person.user}
        subject={{
          heading: "Person",
          cell: (each) => (
            <>
              {each.person.email}
              {each.you && <span class="small">you</span>}
            </>
          ),
        }}
        columns={[
          { heading: "Role", cell: (each) => ROLE_WORDS[each.role].name },
          { heading: "Identity", cell: (each) => <MemberIdentity of={each} /> },
        ]}
        action={(each) =>
          !each.you && (
            <>
              <button
                type="button"
                class="button button-small"
                aria-label={`Words of ${each.person.email}`}
                onClick={() => (shown.value = each.person.user)}
                data-testid="member-words"
              >
                Words
              </button>
              {holdsRoot(of.role) && (
                <button
                  type="button"
                  class="button button-small button-danger-quiet"
                  aria-label={`Remove ${each.person.email}`}
                  onClick={() => (removing.value = each)}
                  data-testid="remove-member"
                >
                  Remove
                </button>
              )}
            </>
          )
        }
      />
      {member !== undefined && <MemberWords of={of} member={member} onClose={() => (shown.value = undefined)} />}
      {removing.value !== undefined && (
        <Remove of={of} member={removing.value} onClose={() => (removing.value = undefined)} />
      )}
    </>
  );
}

function MemberIdentity(props: { of: Member }) {
  const { you, person, unconfirmed } = props.of;
  return (
    <>
      {you ? "yours" : <PinBadge pin={person.pin} />}{" "}
      {unconfirmed && (
        <Badge tone="wait" testid="member-unconfirmed">
          New, to confirm
        </Badge>
      )}
    </>
  );
}

function MemberWords(props: { of: Organization; member: Member; onClose: () => void }) {
  const { person, unconfirmed } = props.member;
  const confirms = unconfirmed && holdsRoot(props.of.role);
  const confirm = useAction(async () => {
    await current().organizations.confirm(props.of.id, person.user, { fingerprint: person.fingerprint });
    await organization(props.of.id).reload();
    toast(`You signed the role of ${person.email} for their new identity.`);
  });
  const pin = async (how: PinKind): Promise<void> => {
    await current().people.pin(person.user, person.fingerprint, how);
    if (confirms) await confirm.start();
    await organization(props.of.id).reload();
  };
  return (
    <Dialog title={person.email} onClose={props.onClose} testid="words-dialog">
      {unconfirmed && (
        <p class="banner banner-wait" role="status">
          They replaced their identity, and signed that with the one before.{" "}
          {confirms
            ? "When the words match you sign their role for the new one; until then they only read what they were granted."
            : "An owner has to confirm it."}
        </p>
      )}
      <Verify
        identity={{ name: person.email, ask: person.email, fingerprint: person.fingerprint, words: person.words, pin: person.pin }}
        where="their page “My account”"
        pin={pin}
        strict
      />
      <ErrorBanner error={confirm.error.value} />
      <div class="row row-end">
        {confirms && person.pin === "verified" && (
          <button
            type="button"
            class="button button-primary"
            disabled={confirm.busy.value}
            onClick={() => void confirm.start()}
            data-testid="confirm-member"
          >
            Confirm the new identity
          </button>
        )}
        <button type="button" class="button" onClick={props.onClose}>
          Close
        </button>
      </div>
    </Dialog>
  );
}

function Remove(props: { of: Organization; member: Member; onClose: () => void }) {
  const { person, role } = props.member;
  const heldKeys = role === "owner" || role === "approver";
  const remove = useRotation(async (options) => {
    const { organizations } = current();
    await organizations.remove(props.of.id, person.user, { rotate: false });
    await organization(props.of.id).reload();
    if (!heldKeys) return;
    try {
      if (role === "owner") await organizations.rotateRoot(props.of.id);
      await organizations.rotateVault(props.of.id, options);
    } catch (error) {
      // The removal stands; what is left to do has buttons of its own on this page.
      toast(`${person.email} is removed, but not every key they held is replaced yet: do it below. ${say(error).sentence}`);
    }
    await organization(props.of.id).reload();
  });
  return (
    <Confirm title={`Remove ${person.email}?`} verb="Remove" action={remove} onClose={props.onClose} testid="remove-dialog">
      <p>
        They lose the role of {ROLE_WORDS[role].name.toLowerCase()} and every lock the organization made for them. You sign this
        change; it stays in the trail.
      </p>
      <p class="banner banner-wait">
        {heldKeys
          ? "They held the organization’s vault key, so it is rotated right after. What they already copied or remember cannot be taken back."
          : "What they already opened or saved cannot be taken back."}
      </p>
      {role === "owner" && (
        <p class="banner banner-wait">
          They held the root key, too, so it is replaced: the organization gets new words. When another owner compares them with you
          and pins them, the pins of all members follow. Else each member compares them.
        </p>
      )}
      <RotationProgress of={remove} />
    </Confirm>
  );
}
