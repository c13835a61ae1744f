import type { FileInfo, Grant, GrantState, Organization } from "@keyferry/sdk";
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Check } from "../components/check";
import { Confirm } from "../components/dialog";
import { grantColumns, grantSubject } from "../components/grant-columns";
import { Empty, Loaded } from "../components/loaded";
import { OrganizationPage } from "../components/organization-page";
import { Rekey } from "../components/rekey";
import { Table } from "../components/table";
import { bytes } from "../format/bytes";
import { useAction } from "../state/action";
import { files, grants } from "../state/data";
import { useResource } from "../state/resource";
import { current } from "../state/session";

/** Who may open what, and the way to end it. */
export function GrantsPage(props: { id: string }) {
  return (
    <OrganizationPage id={props.id} title="Grants" lead="Who can open what, until when.">
      {(of) => <Listed of={of} />}
    </OrganizationPage>
  );
}

const STATES: Record<GrantState, number> = { active: 0, expired: 1, revoked: 1 };
const byState = (a: Grant, b: Grant): number =>
  STATES[a.state] - STATES[b.state] || b.createdAt.getTime() - a.createdAt.getTime();

function Listed(props: { of: Organization }) {
  const listed = useResource(grants(props.of.id));
  const catalogue = useResource(files(props.of.id));
  const revoking = useSignal<Grant | undefined>(undefined);
  const rekeying = useSignal<FileInfo | undefined>(undefined);
  // Whose key was held by somebody who may read it no more, until it gets another.
  const exposed = (grant: Grant): boolean =>
    grant.state === "revoked" &&
    (catalogue.data.value ?? []).some((file) => file.id === grant.file.id && file.version === grant.file.version);
  return (
    <Loaded from={listed} what="grants">
      {(list) => (
        <>
          {list.length === 0 ? (
            <Empty title="Nobody outside was granted anything yet." />
          ) : (
            <GrantTable
              list={[...list].sort(byState)}
              revoke={(grant) => (revoking.value = grant)}
              exposed={exposed}
              rekey={(file) => (rekeying.value = file)}
            />
          )}
          {revoking.value !== undefined && (
            <Revoke grant={revoking.value} rekey={(file) => (rekeying.value = file)} onClose={() => (revoking.value = undefined)} />
          )}
          {rekeying.value !== undefined && (
            <Rekey key={rekeying.value.id} file={rekeying.value} onClose={() => (rekeying.value = undefined)} />
          )}
        </>
      )}
    </Loaded>
  );
}

function GrantTable(props: {
  list: Grant[];
  revoke: (grant: Grant) => void;
  exposed: (grant: Grant) => boolean;
  rekey: (file: FileInfo) => void;
}) {
  return (
    <Table
      testid="grants"
      row="grant"
      rows={props.list}
      identify={(grant) => grant.id}
      subject={grantSubject}
      columns={[{ heading: "Who", cell: (grant) => grant.recipient.email }, ...grantColumns]}
      action={(grant) =>
        grant.state !== "active" ? (
          props.exposed(grant) && (
            <RekeyButton file={grant.file} rekey={props.rekey} />
          )
        ) : (
          <button
            type="button"
            class="button button-small button-danger-quiet"
            onClick={() => props.revoke(grant)}
            aria-label={`Revoke access of ${grant.recipient.email} to ${grant.file.label}`}
            data-testid="revoke"
          >
            Revoke
          </button>
        )
      }
    />
  );
}

/** Begins a re-key, or goes on with one whose page was closed. */
function RekeyButton(props: { file: FileInfo; rekey: (file: FileInfo) => void }) {
  const { file } = props;
  const interrupted = useSignal(false);
  useEffect(() => {
    void current().files.rekeyInterrupted(file.id).then((it) => (interrupted.value = it));
  }, [file.id, file.version]);
  return (
    <button
      type="button"
      class="button button-small button-quiet"
      onClick={() => props.rekey(file)}
      aria-label={`${interrupted.value ? "Go on giving" : "Give"} ${file.label} another key`}
      data-testid="rekey"
    >
      {interrupted.value ? "Re-key was interrupted: continue" : "Re-key"}
    </button>
  );
}

function Revoke(props: { grant: Grant; rekey: (file: FileInfo) => void; onClose: () => void }) {
  const { grant } = props;
  const rekey = useSignal(true);
  const revoke = useAction(async () => {
    await current().grants.revoke(grant.id);
    await grants(grant.organization).reload();
    if (rekey.value) props.rekey(grant.file);
  });
  return (
    <Confirm title="Revoke this access?" verb="Revoke" action={revoke} onClose={props.onClose} testid="revoke-dialog">
      <p>
        <strong>{grant.recipient.email}</strong> can open <strong>{grant.file.label}</strong> no more, from the very next request
        on. The wrapped key is deleted.
      </p>
      <Check value={rekey} testid="also-rekey">
        Also re-key the file: a key they may have kept then opens nothing of what is stored from now on. This browser downloads,
        encrypts and uploads {bytes(grant.file.contentBytes)} again; stay on the page until it is done.
      </Check>
      <p class="banner banner-wait">
        Revoking cannot take back what was already opened or saved: a copy on their machine stays there. A revocation cannot be
        undone; they would have to ask again.
      </p>
    </Confirm>
  );
}
