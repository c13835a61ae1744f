import type { FileInfo } from "@keyferry/sdk";
import { useSignal } from "@preact/signals";
import { ErrorBanner } from "../components/error-banner";
import { ExpiryPicker } from "../components/expiry-picker";
import { Field } from "../components/field";
import { Empty, Loaded } from "../components/loaded";
import { OrganizationPage } from "../components/organization-page";
import { bytes } from "../format/bytes";
import { useAction } from "../state/action";
import { files, myRequests } from "../state/data";
import { type Expiry, expiryDate, expiryFault } from "../state/expiry";
import { useResource } from "../state/resource";
import { go, href } from "../state/router";
import { current } from "../state/session";
import { toast } from "../state/toasts";

/** Asks for one file. */
export function RequestAccessPage(props: { id: string; file: string }) {
  const listed = useResource(files(props.id));
  return (
    <OrganizationPage id={props.id} title="Request access">
      {() => (
        <Loaded from={listed} what="the file">
          {(list) => {
            const file = list.find((each) => each.id === props.file);
            return file === undefined ? <Gone id={props.id} /> : <AskForm file={file} />;
          }}
        </Loaded>
      )}
    </OrganizationPage>
  );
}

function Gone(props: { id: string }) {
  return (
    <Empty title="This file is not listed any more.">
      <a href={href(`/o/${props.id}/files`)}>Back to the files</a>
    </Empty>
  );
}

function AskForm(props: { file: FileInfo }) {
  const { file } = props;
  const reason = useSignal("");
  const expiry = useSignal<Expiry>({ kind: "days", days: 7 });
  const until = expiryDate(expiry.value, undefined, new Date());
  const fault = expiryFault(until, undefined, true, new Date());
  const ask = useAction(async () => {
    const expiresAt = expiryDate(expiry.value, undefined, new Date());
    if (expiresAt === undefined) return;
    await current().requests.create(file.id, { reason: reason.value.trim(), expiresAt });
    await myRequests().reload();
    toast("Your request is sent. You will see here when it is decided.");
    go("/access", "replace");
  });
  return (
    <form
      class="panel panel-narrow"
      onSubmit={(event) => {
        event.preventDefault();
        if (fault === undefined) void ask.start();
      }}
    >
      <p>
        <strong data-testid="asked-file">{file.label}</strong>
        <span class="small"> · {bytes(file.contentBytes)} · {file.author.email}</span>
      </p>
      <Field
        label="Why do you need it?"
        hint="Sealed in this browser: only the organization’s approvers can read it, the relay cannot."
      >
        {(wiring) => (
          <textarea
            {...wiring}
            required
            rows={4}
            maxLength={2000}
            value={reason.value}
            onInput={(event) => {
              reason.value = event.currentTarget.value;
            }}
            data-testid="reason"
          />
        )}
      </Field>
      <ExpiryPicker legend="Until when?" value={expiry} />
      {fault !== undefined && <p class="hint hint-warn">{fault}</p>}
      <p class="hint">
        The approver compares your 12 words with you before approving. Have <a href={href("/account")}>your words</a> at hand.
      </p>
      <ErrorBanner error={ask.error.value} />
      <div class="row">
        <button
          type="submit"
          class="button button-primary"
          disabled={reason.value.trim() === "" || fault !== undefined || ask.busy.value}
          data-testid="send-request"
        >
          {ask.busy.value ? "Sealing and signing…" : "Send request"}
        </button>
        <a class="button" href={href(`/o/${file.organization}/files`)}>
          Cancel
        </a>
      </div>
    </form>
  );
}
