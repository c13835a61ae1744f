import type { Organization } from "@keyferry/sdk";
import { useSignal } from "@preact/signals";
import { useAction } from "../state/action";
import { organization, organizations } from "../state/data";
import { current } from "../state/session";
import { toast } from "../state/toasts";
import { Confirm } from "./dialog";

/** Puts the organization's next root key in the place of the one until now. */
export function RootKey(props: { of: Organization }) {
  const { id, members } = props.of;
  const asking = useSignal(false);
  const others = members.filter((member) => member.role === "owner" && !member.you);
  const rotate = useAction(async () => {
    await current().organizations.rotateRoot(id);
    await Promise.all([organization(id).reload(), organizations().reload()]);
    toast("The organization has a new root key, and new words.");
  });
  return (
    <section class="panel">
      <h2>The root key</h2>
      <p>
        It signs who belongs to the organization and as what, and the twelve words above stand for it. A new one is for those who are
        owners now: who was an owner before, or has a copy, can sign nothing any more. Removing an owner does this by itself.
      </p>
      <button type="button" class="button" onClick={() => (asking.value = true)} data-testid="rotate-root">
        Replace the root key
      </button>
      {asking.value && (
        <Confirm title="Replace the root key?" verb="Replace" action={rotate} onClose={() => (asking.value = false)} testid="root-dialog">
          <p class="banner banner-wait">
            The organization’s words change.{" "}
            {others.length > 0
              ? `Read the new ones to another owner (${others.map((owner) => owner.person.email).join(", ")}): when they pin them, the pins of all members follow. Until then the organization stands still for everybody but you.`
              : "There is no other owner who could vouch for them, so every member has to compare them before the organization works for them again."}
          </p>
        </Confirm>
      )}
    </section>
  );
}
