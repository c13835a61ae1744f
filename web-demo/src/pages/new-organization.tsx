import { useSignal } from "@preact/signals";
import { ErrorBanner } from "../components/error-banner";
import { Field } from "../components/field";
import { Page } from "../components/page";
import { useAction } from "../state/action";
import { organizations } from "../state/data";
import { go } from "../state/router";
import { current } from "../state/session";

/** Makes an organization; its keys are made here too. */
export function NewOrganizationPage() {
  const name = useSignal("");
  const create = useAction(async () => {
    const made = await current().organizations.create({ name: name.value.trim() });
    await organizations().reload();
    go(`/o/${made.id}/people`, "replace");
  });
  return (
    <Page
      title="New organization"
      narrow
      lead="You become its owner. Its signing key and its vault key are made in this browser and locked to you."
    >
      <form
        class="panel"
        onSubmit={(event) => {
          event.preventDefault();
          void create.start();
        }}
      >
        <Field label="Name" hint="Everybody who is invited sees it, and so does the relay.">
          {(wiring) => (
            <input
              {...wiring}
              required
              maxLength={100}
              autocomplete="organization"
              value={name.value}
              onInput={(event) => {
                name.value = event.currentTarget.value;
              }}
              data-testid="organization-name"
            />
          )}
        </Field>
        <ErrorBanner error={create.error.value} />
        <button
          type="submit"
          class="button button-primary"
          disabled={name.value.trim() === "" || create.busy.value}
          data-testid="create-organization"
        >
          {create.busy.value ? "Making its keys…" : "Create organization"}
        </button>
      </form>
    </Page>
  );
}
