import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { OrganizationPage } from "../components/organization-page";
import { UploadRow } from "../components/upload-row";
import { addUploads, type Upload, uploads } from "../state/uploads";
import { href } from "../state/router";
import { mayUpload } from "../words/roles";

/** Chooses files, labels them, sends them. */
export function UploadPage(props: { id: string }) {
  return (
    <OrganizationPage
      id={props.id}
      title="Upload"
      lead="Files are encrypted in this browser. The relay sees the label and the size, never the name or the content."
    >
      {(of) =>
        mayUpload(of.role) ? (
          <>
            <DropZone organization={of.id} />
            <Queue organization={of.id} />
          </>
        ) : (
          <p class="banner banner-wait">Your role does not upload. Ask an owner if it should.</p>
        )
      }
    </OrganizationPage>
  );
}

function DropZone(props: { organization: string }) {
  const over = useSignal(false);
  const picker = useRef<HTMLInputElement>(null);
  useEffect(() => {
    // A file dropped beside the zone would otherwise replace this page, and with it every upload.
    const keep = (event: Event): void => event.preventDefault();
    addEventListener("dragover", keep);
    addEventListener("drop", keep);
    return () => {
      removeEventListener("dragover", keep);
      removeEventListener("drop", keep);
    };
  }, []);
  const take = (list: FileList | null | undefined): void => {
    if (list !== null && list !== undefined) addUploads(props.organization, list);
  };
  return (
    <div
      class={over.value ? "drop drop-over" : "drop"}
      onDragOver={(event) => {
        event.preventDefault();
        over.value = true;
      }}
      onDragLeave={() => {
        over.value = false;
      }}
      onDrop={(event) => {
        event.preventDefault();
        over.value = false;
        take(event.dataTransfer?.files);
      }}
      data-testid="drop"
    >
      <p>Drop files here, or</p>
      <button type="button" class="button" onClick={() => picker.current?.click()} data-testid="pick">
        Choose files
      </button>
      <input
        ref={picker}
        class="visually-hidden"
        type="file"
        multiple
        tabIndex={-1}
        aria-label="Files to upload"
        onChange={(event) => {
          take(event.currentTarget.files);
          event.currentTarget.value = "";
        }}
        data-testid="file-input"
      />
    </div>
  );
}

function Queue(props: { organization: string }) {
  const mine = uploads.value.filter((each) => each.organization === props.organization);
  const list = useRef<HTMLUListElement>(null);
  if (mine.length === 0) return null;
  const drafts = mine.filter((each) => each.state.value === "draft");
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        for (const each of drafts) each.enqueue();
        // The button goes; its place in the order of the keyboard is the list.
        list.current?.focus();
      }}
    >
      <ul class="uploads" tabIndex={-1} aria-label="Uploads" ref={list} data-testid="uploads">
        {mine.map((upload) => (
          <UploadRow key={upload.id} upload={upload} />
        ))}
      </ul>
      <Start drafts={drafts} organization={props.organization} underWay={mine.some(isUnderWay)} />
    </form>
  );
}

const isUnderWay = (upload: Upload): boolean => upload.state.value === "running" || upload.state.value === "queued";

function Start(props: { drafts: Upload[]; organization: string; underWay: boolean }) {
  if (props.drafts.length > 0) {
    const ready = props.drafts.every((each) => each.label.value.trim() !== "");
    return (
      <div class="row">
        <button type="submit" class="button button-primary" disabled={!ready} data-testid="upload">
          {props.drafts.length === 1 ? "Encrypt and upload" : `Encrypt and upload ${props.drafts.length} files`}
        </button>
        {!ready && <p class="hint">Every file needs a label first.</p>}
      </div>
    );
  }
  return (
    <p class={props.underWay ? "hint" : ""}>
      {props.underWay ? "You may go to other pages; leave this tab open. " : ""}
      <a href={href(`/o/${props.organization}/files`)}>To the files</a>
    </p>
  );
}
