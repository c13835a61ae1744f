import type { Organization } from "@keyferry/sdk";
import { useRotation } from "../state/rotation";
import { current } from "../state/session";
import { toast } from "../state/toasts";
import { ErrorBanner } from "./error-banner";
import { RotationProgress } from "./rotation-progress";

/** Puts the vault's next key in the place of the one until now. */
export function VaultKey(props: { of: Organization }) {
  const rotate = useRotation(async (options) => {
    await current().organizations.rotateVault(props.of.id, options);
    toast("The vault has a new key.");
  });
  return (
    <section class="panel">
      <h2>The vault’s key</h2>
      <p>
        Every file’s key is wrapped to it. A new one is for those who are owners and approvers now: whoever was removed before opens
        nothing that is stored from then on. Removing an owner or approver does this by itself.
      </p>
      <ErrorBanner error={rotate.error.value} />
      <RotationProgress of={rotate} />
      <button
        type="button"
        class="button"
        disabled={rotate.busy.value}
        onClick={() => void rotate.start()}
        data-testid="rotate-vault"
      >
        {rotate.busy.value ? "Wrapping keys anew…" : "Rotate the vault’s key"}
      </button>
    </section>
  );
}
