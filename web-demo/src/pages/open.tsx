import type { OpenedFile } from "@keyferry/sdk";
import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { CopyButton } from "../components/copy-button";
import { ErrorBanner } from "../components/error-banner";
import { Placeholder } from "../components/loaded";
import { Page } from "../components/page";
import { PreviewPanel } from "../components/preview-panel";
import { ProgressBar } from "../components/progress-bar";
import { bytes } from "../format/bytes";
import { dateTime } from "../format/time";
import { useAction } from "../state/action";
import { myGrants } from "../state/data";
import { useResource } from "../state/resource";
import { href } from "../state/router";
import { chooseTarget, save } from "../state/saving";
import { current } from "../state/session";
import { Transfer } from "../state/transfer";
import { hasCode } from "../words/errors";

/** Opens one file: what it is, a preview, and the way to the disk. */
export function OpenPage(props: { file: string }) {
  const opened = useSignal<OpenedFile | undefined>(undefined);
  const open = useAction(async () => {
    opened.value = await current().files.open(props.file);
  });
  useEffect(() => void open.start(), [props.file]);
  return (
    <Page title="Open" narrow>
      <Refusal error={open.error.value} file={props.file} retry={() => void open.start()} />
      {open.busy.value && <Placeholder what="the file’s key and description" />}
      {opened.value !== undefined && <Opened file={props.file} opened={opened.value} />}
    </Page>
  );
}

const isEnded = (error: unknown): boolean => hasCode(error, "grant_revoked") || hasCode(error, "grant_expired");

/** Why a file does not open; for an ended grant with who gave it and the way to ask again. */
function Refusal(props: { error: unknown; file: string; retry?: () => void }) {
  if (!isEnded(props.error)) {
    return <ErrorBanner error={props.error} {...(props.retry === undefined ? {} : { retry: props.retry })} />;
  }
  return (
    <>
      <ErrorBanner error={props.error} />
      <Ended file={props.file} />
    </>
  );
}

function Ended(props: { file: string }) {
  const grant = (useResource(myGrants()).data.value ?? [])
    .filter((each) => each.file.id === props.file)
    .sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime())[0];
  if (grant === undefined) return null;
  return (
    <section class="panel" data-testid="access-ended">
      <p>
        “{grant.file.label}” was opened to you by {grant.granter.email}.{" "}
        {grant.state === "revoked"
          ? "The organization has revoked that access; the key made for you is deleted."
          : `That access ended on ${dateTime(grant.expiresAt)}.`}
      </p>
      <a class="button" href={href(`/o/${grant.organization}/files/${grant.file.id}/request`)}>
        Request access again
      </a>
    </section>
  );
}

function Opened(props: { file: string; opened: OpenedFile }) {
  const { opened } = props;
  return (
    <>
      <section class="panel" aria-label="The file">
        <h2 class="file-name" data-testid="opened-name">
          {opened.name}
        </h2>
        <dl class="facts">
          <dt>Label</dt>
          <dd>{opened.label}</dd>
          <dt>Type</dt>
          <dd data-testid="opened-type">{opened.type === "" ? "not stated" : opened.type}</dd>
          <dt>Size</dt>
          <dd data-testid="opened-size" data-bytes={opened.size}>
            {bytes(opened.size)}
          </dd>
          {opened.modifiedAt !== undefined && (
            <>
              <dt>Modified</dt>
              <dd>{dateTime(opened.modifiedAt)}</dd>
            </>
          )}
          <dt>SHA-256</dt>
          <dd>
            <code class="digits" data-testid="opened-sha256">
              {opened.sha256}
            </code>
            <CopyButton text={opened.sha256} what="digest" />
          </dd>
        </dl>
        <Save file={props.file} opened={opened} />
      </section>
      <PreviewPanel opened={opened} />
    </>
  );
}

function Save(props: { file: string; opened: OpenedFile }) {
  const transfer: Signal<Transfer | undefined> = useSignal(undefined);
  const done = useSignal(false);
  const store = useAction(async () => {
    done.value = false;
    const target = await chooseTarget(props.opened.name);
    if (target === undefined) return;
    const running = new Transfer();
    transfer.value = running;
    try {
      // Opened afresh: the relay checks the grant now, and stopping this leaves the page's own copy alone.
      const { signal } = running.controller;
      await save(await current().files.open(props.file, { onProgress: running.report, signal }), target);
      done.value = true;
    } catch (error) {
      if (!running.controller.signal.aborted) throw error;
    } finally {
      running.end();
      transfer.value = undefined;
    }
  });
  useEffect(() => () => transfer.value?.controller.abort(), []);
  return (
    <>
      <Refusal error={store.error.value} file={props.file} />
      {transfer.value !== undefined && <Running transfer={transfer.value} name={props.opened.name} />}
      {transfer.value === undefined && !isEnded(store.error.value) && (
        <button
          type="button"
          class="button button-primary"
          disabled={store.busy.value}
          onClick={() => void store.start()}
          data-testid="save"
        >
          Save to disk
        </button>
      )}
      <p class="hint" role="status" data-testid="saved" data-done={done.value}>
        {done.value ? "Saved. Every chunk and the whole content’s SHA-256 were checked." : ""}
      </p>
    </>
  );
}

function Running(props: { transfer: Transfer; name: string }) {
  return (
    <>
      <ProgressBar transfer={props.transfer} what={`Download of ${props.name}`} />
      <button
        type="button"
        class="button button-small"
        onClick={() => props.transfer.controller.abort()}
        data-testid="save-cancel"
      >
        Cancel
      </button>
    </>
  );
}
