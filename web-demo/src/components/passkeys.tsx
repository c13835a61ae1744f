import type { Passkey } from "@keyferry/sdk";
import { useSignal } from "@preact/signals";
import { useAction } from "../state/action";
import { passkeys } from "../state/data";
import { canUsePasskeys } from "../state/passkeys";
import { useResource } from "../state/resource";
import { current } from "../state/session";
import { toast } from "../state/toasts";
import { Confirm } from "./dialog";
import { ErrorBanner } from "./error-banner";
import { Field } from "./field";
import { Loaded } from "./loaded";
import { Moment } from "./moment";
import { PassphraseField } from "./passphrase-field";
import { Table } from "./table";

/** My passkeys: beside the passphrase, never in its place. */
export function Passkeys(props: { email: string }) {
  const listed = useResource(passkeys());
  const removing = useSignal<Passkey | undefined>(undefined);
  return (
    <section class="panel">
      <h2>Passkeys</h2>
      <p>
        A passkey on this device, on your phone or on a security key logs in and opens your keys, without the passphrase. Whoever can
        unlock that device can use it. Keep the passphrase: you need it when the device is lost, and for changes on this page.
      </p>
      <Loaded from={listed} what="passkeys">
        {(list) => (
          <>
            {list.length > 0 && <Listed list={list} remove={(passkey) => (removing.value = passkey)} />}
            {removing.value !== undefined && (
              <Remove passkey={removing.value} onClose={() => (removing.value = undefined)} />
            )}
          </>
        )}
      </Loaded>
      {canUsePasskeys.value ? (
        <Add email={props.email} />
      ) : (
        <p class="hint" data-testid="passkeys-unsupported">
          This browser, or this address, has no passkeys that can open keys.
        </p>
      )}
    </section>
  );
}

function Listed(props: { list: readonly Passkey[]; remove: (passkey: Passkey) => void }) {
  const elsewhere = (passkey: Passkey): boolean => passkey.host !== location.hostname;
  return (
    <Table
      testid="passkeys"
      row="passkey"
      rows={props.list}
      identify={(passkey) => passkey.id}
      subject={{
        heading: "Name",
        cell: (passkey) => (
          <>
            {passkey.name}
            {elsewhere(passkey) && <span class="small"> for {passkey.host}</span>}
          </>
        ),
      }}
      columns={[
        { heading: "Added", cell: (passkey) => <Moment at={passkey.createdAt} /> },
        { heading: "Last used", cell: (passkey) => (passkey.usedAt === undefined ? "never" : <Moment at={passkey.usedAt} />) },
      ]}
      action={(passkey) => (
        <button
          type="button"
          class="button"
          aria-label={`Remove ${passkey.name}`}
          onClick={() => props.remove(passkey)}
          data-testid="remove-passkey"
        >
          Remove
        </button>
      )}
    />
  );
}

function Remove(props: { passkey: Passkey; onClose: () => void }) {
  const { id, name } = props.passkey;
  const remove = useAction(async () => {
    await current().passkeys.remove(id);
    await passkeys().reload();
    toast(`“${name}” logs in no more.`);
  });
  return (
    <Confirm title="Remove this passkey?" verb="Remove it" action={remove} onClose={props.onClose} testid="remove-passkey-dialog">
      <p>
        “{name}” opens nothing any more, and this cannot be undone. Sessions that are open go on. Your device may keep offering it until
        you delete it there, too.
      </p>
    </Confirm>
  );
}

/** The passphrase is wrong here, or the device has one already: what the codes mean on this form. */
const HERE = {
  login_failed: "This is not your passphrase. Nothing was stored.",
  already_exists: "This device or security key has a passkey of your account already.",
  aborted: "No passkey was made: it was cancelled, or took too long.",
  platform_unsupported:
    "This device’s passkeys cannot open keys (they lack WebAuthn PRF). Nothing was stored here. Try another device or security key.",
};

function Add(props: { email: string }) {
  const name = useSignal("");
  const passphrase = useSignal("");
  const add = useAction(async () => {
    await current().passkeys.add({ name: name.value.trim(), passphrase: passphrase.value });
    toast(`“${name.value.trim()}” is added. It logs in from now on.`);
    for (const typed of [name, passphrase]) typed.value = "";
    await passkeys().reload();
  });
  return (
    <form
      class="panel-part"
      onSubmit={(event) => {
        event.preventDefault();
        void add.start();
      }}
    >
      <h3>Add a passkey</h3>
      <input type="email" autocomplete="username" value={props.email} readOnly hidden />
      <Field label="Name" hint="To know it again, such as “Laptop” or “Blue key”. The relay sees it.">
        {(wiring) => (
          <input
            {...wiring}
            type="text"
            required
            maxLength={64}
            autocomplete="off"
            value={name.value}
            onInput={(event) => (name.value = event.currentTarget.value)}
            data-testid="passkey-name"
          />
        )}
      </Field>
      <PassphraseField label="Your passphrase" value={passphrase} autocomplete="current-password" testid="passkey-passphrase" />
      <ErrorBanner error={add.error.value} instead={HERE} />
      <button
        type="submit"
        class="button"
        disabled={name.value.trim() === "" || passphrase.value === "" || add.busy.value}
        data-testid="add-passkey"
      >
        {add.busy.value ? "Waiting for your device…" : "Add a passkey"}
      </button>
    </form>
  );
}
