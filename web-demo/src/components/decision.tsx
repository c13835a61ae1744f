import type { AccessRequest } from "@keyferry/sdk";
import { useSignal } from "@preact/signals";
import { useAction } from "../state/action";
import { grants, request, requests } from "../state/data";
import { type Expiry, expiryDate, expiryFault } from "../state/expiry";
import { go } from "../state/router";
import { current } from "../state/session";
import { toast } from "../state/toasts";
import { hasCode } from "../words/errors";
import { Confirm } from "./dialog";
import { ErrorBanner } from "./error-banner";
import { ExpiryPicker } from "./expiry-picker";

async function refresh(asked: AccessRequest): Promise<void> {
  await Promise.all([requests(asked.organization).reload(), grants(asked.organization).reload()]);
}

/** Approves with an expiry, or denies. Nothing can be approved for an identity that is not pinned. */
export function Decision(props: { asked: AccessRequest }) {
  const { asked } = props;
  const pinned = asked.requester.pin === "verified" || asked.requester.pin === "trusted";
  const expiry = useSignal<Expiry>({ kind: "asked" });
  const longer = useSignal(false);
  const denying = useSignal(false);
  const now = new Date();
  const fault = expiryFault(expiryDate(expiry.value, asked.expiresAt, now), asked.expiresAt, longer.value, now);
  const approve = useAction(async () => {
    const expiresAt = expiryDate(expiry.value, asked.expiresAt, new Date());
    if (expiresAt === undefined) return;
    try {
      await current().requests.approve(asked.id, { fingerprint: asked.requester.fingerprint, expiresAt });
    } catch (error) {
      // Somebody else was faster, or the identity changed: show the new state next to the error.
      if (hasCode(error, "request_closed") || hasCode(error, "key_changed")) void request(asked.id).reload();
      throw error;
    }
    toast(`${asked.requester.email} can open “${asked.file.label}” now.`, `/o/${asked.organization}/grants`);
    await refresh(asked);
    go(`/o/${asked.organization}/requests`);
  });
  return (
    <section class="panel" aria-label="Decision" data-testid="decision">
      <h2>Decision</h2>
      <ExpiryPicker legend="Access until" value={expiry} asked={asked.expiresAt} longer={longer} />
      {fault !== undefined && <p class="hint hint-warn">{fault}</p>}
      <ErrorBanner error={approve.error.value} />
      <div class="row">
        <button
          type="button"
          class="button button-primary"
          disabled={!pinned || fault !== undefined || approve.busy.value}
          onClick={() => void approve.start()}
          {...(pinned ? {} : { "aria-describedby": "why-not" })}
          data-testid="approve"
        >
          {approve.busy.value ? "Wrapping the key…" : "Approve"}
        </button>
        <button type="button" class="button" disabled={approve.busy.value} onClick={() => (denying.value = true)} data-testid="deny">
          Deny
        </button>
        {!pinned && (
          <p class="hint hint-warn" id="why-not">
            Compare the words first. A key that nobody compared cannot be approved.
          </p>
        )}
      </div>
      {denying.value && <Deny asked={asked} onClose={() => (denying.value = false)} />}
    </section>
  );
}

function Deny(props: { asked: AccessRequest; onClose: () => void }) {
  const { asked } = props;
  const deny = useAction(async () => {
    await current().requests.deny(asked.id);
    await refresh(asked);
    go(`/o/${asked.organization}/requests`);
  });
  return (
    <Confirm title="Deny this request?" verb="Deny" action={deny} onClose={props.onClose} testid="deny-dialog">
      <p>
        {asked.requester.email} sees that it was denied and may ask again. A denial is signed and stays in the trail.
      </p>
    </Confirm>
  );
}
