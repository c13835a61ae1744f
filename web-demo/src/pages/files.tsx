import type { FileInfo, Organization } from "@keyferry/sdk";
import { useSignal } from "@preact/signals";
import { RequestBadge } from "../components/badge";
import { EraseFile } from "../components/erase-file";
import { Empty, Loaded } from "../components/loaded";
import { Moment } from "../components/moment";
import { OrganizationPage } from "../components/organization-page";
import { Table } from "../components/table";
import { bytes } from "../format/bytes";
import { files, myGrants, myRequests } from "../state/data";
import { activeGrant } from "../state/live";
import { useResource } from "../state/resource";
import { href } from "../state/router";
import { holdsRoot, holdsVault, mayRequest, mayUpload } from "../words/roles";

/** An organization's catalogue. */
export function FilesPage(props: { id: string }) {
  return (
    <OrganizationPage
      id={props.id}
      title="Files"
      actions={(of) =>
        mayUpload(of.role) && (
          <a class="button button-primary" href={href(`/o/${of.id}/upload`)} data-testid="to-upload">
            Upload files
          </a>
        )
      }
    >
      {(of) => <Catalogue of={of} />}
    </OrganizationPage>
  );
}

function Catalogue(props: { of: Organization }) {
  const listed = useResource(files(props.of.id));
  useResource(myRequests());
  useResource(myGrants());
  const wanted = useSignal("");
  return (
    <Loaded from={listed} what="files">
      {(list) => {
        if (list.length === 0) return <NoFiles of={props.of} />;
        const shown = newestFirst(list.filter((each) => fits(each, wanted.value)));
        return (
          <>
            <div class="filters">
              <label class="visually-hidden" for="file-search">
                Search labels
              </label>
              <input
                id="file-search"
                type="search"
                placeholder="Search labels and authors"
                value={wanted.value}
                onInput={(event) => {
                  wanted.value = event.currentTarget.value;
                }}
                data-testid="file-search"
              />
              <p class="small" role="status">
                {shown.length} of {list.length}
              </p>
            </div>
            {shown.length === 0 ? <Empty title="No label fits this search." /> : <FileTable of={props.of} list={shown} />}
          </>
        );
      }}
    </Loaded>
  );
}

const newestFirst = (list: FileInfo[]): FileInfo[] => list.sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime());

function fits(file: FileInfo, wanted: string): boolean {
  return `${file.label} ${file.author.email}`.toLowerCase().includes(wanted.trim().toLowerCase());
}

function NoFiles(props: { of: Organization }) {
  return (
    <Empty title="No files yet.">
      {mayUpload(props.of.role) ? (
        <p>
          <a href={href(`/o/${props.of.id}/upload`)}>Upload the first one</a>. It is encrypted before it leaves this browser.
        </p>
      ) : (
        <p>What the organization uploads shows up here by itself.</p>
      )}
    </Empty>
  );
}

function FileTable(props: { of: Organization; list: FileInfo[] }) {
  const erasing = useSignal<FileInfo | undefined>(undefined);
  const keep = (): void => {
    erasing.value = undefined;
  };
  return (
    <>
      {erasing.value !== undefined && <EraseFile file={erasing.value} onClose={keep} />}
      <Files of={props.of} list={props.list} onErase={(file) => (erasing.value = file)} />
    </>
  );
}

function Files(props: { of: Organization; list: FileInfo[]; onErase: (file: FileInfo) => void }) {
  return (
    <Table
      testid="files"
      row="file"
      rows={props.list}
      identify={(file) => file.id}
      subject={{
        heading: "Label",
        cell: (file) => (
          <>
            <span data-testid="file-label">{file.label}</span>
            <span class="small">
              {file.author.email}
              {file.version > 1 && ` · version ${file.version}`}
            </span>
          </>
        ),
      }}
      columns={[
        { heading: "Size", cell: (file) => bytes(file.contentBytes) },
        { heading: "Uploaded", cell: (file) => <Moment at={file.createdAt} /> },
      ]}
      action={(file) => (
        <>
          <FileAction of={props.of} file={file} />
          {holdsRoot(props.of.role) && (
            <button
              type="button"
              class="button button-small button-danger-quiet"
              onClick={() => props.onErase(file)}
              aria-label={`Erase ${file.label}`}
              data-testid="file-erase"
            >
              Erase
            </button>
          )}
        </>
      )}
    />
  );
}

function FileAction(props: { of: Organization; file: FileInfo }) {
  const { file, of } = props;
  const open = (
    <a class="button button-small" href={href(`/open/${file.id}`)} data-testid="file-open" aria-label={`Open ${file.label}`}>
      Open
    </a>
  );
  if (holdsVault(of.role) || activeGrant(file.id) !== undefined) return open;
  if (!mayRequest(of.role)) return null;
  if ((myRequests().data.value ?? []).some((each) => each.file.id === file.id && each.state === "pending")) {
    return <RequestBadge state="pending" />;
  }
  return (
    <a
      class="button button-small"
      href={href(`/o/${of.id}/files/${file.id}/request`)}
      data-testid="file-request"
      aria-label={`Request access to ${file.label}`}
    >
      Request access
    </a>
  );
}
