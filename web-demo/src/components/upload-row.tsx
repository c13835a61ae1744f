import { bytes } from "../format/bytes";
import { removeUpload, type Upload, type UploadState } from "../state/uploads";
import { Badge, type Tone } from "./badge";
import { ErrorBanner } from "./error-banner";
import { Field } from "./field";
import { ProgressBar } from "./progress-bar";

const STATES: Record<UploadState, [Tone, string]> = {
  draft: ["plain", "Not started"],
  queued: ["wait", "Waiting"],
  running: ["wait", "Uploading"],
  done: ["good", "Done"],
  failed: ["bad", "Failed"],
  cancelled: ["plain", "Cancelled"],
};

/** One file of the queue. */
export function UploadRow(props: { upload: Upload }) {
  const { upload } = props;
  const state = upload.state.value;
  const [tone, words] = STATES[state];
  return (
    <li class="upload" data-testid="upload-row" data-state={state}>
      <div class="row row-between">
        <p class="upload-name">
          <strong class="clip">{upload.source.name}</strong>
          <span class="small">{bytes(upload.source.size)}</span>
        </p>
        <span role="status">
          <Badge tone={tone}>{words}</Badge>
        </span>
      </div>
      {state === "draft" ? <LabelField upload={upload} /> : <p>{upload.label.value}</p>}
      {state === "running" && <ProgressBar transfer={upload.transfer.value} what={`Upload of ${upload.source.name}`} />}
      <ErrorBanner error={upload.error.value} />
      <Buttons upload={upload} state={state} />
    </li>
  );
}

function LabelField(props: { upload: Upload }) {
  const { upload } = props;
  return (
    <Field
      label="Label: what may be seen before access is granted"
      hint={
        <>
          Consultants and the relay read it, so say no more than you must.{" "}
          <button
            type="button"
            class="link"
            onClick={() => {
              upload.label.value = upload.source.name;
            }}
          >
            Use the file’s name
          </button>
        </>
      }
    >
      {(wiring) => (
        <input
          {...wiring}
          required
          maxLength={200}
          value={upload.label.value}
          onInput={(event) => {
            upload.label.value = event.currentTarget.value;
          }}
          data-testid="label"
        />
      )}
    </Field>
  );
}

function Buttons(props: { upload: Upload; state: UploadState }) {
  const { upload, state } = props;
  const name = upload.source.name;
  return (
    <div class="row">
      {(state === "failed" || state === "cancelled") && (
        <button type="button" class="button button-small" onClick={() => upload.enqueue()} data-testid="upload-retry">
          Try again<span class="visually-hidden"> with {name}</span>
        </button>
      )}
      {(state === "running" || state === "queued") && (
        <button type="button" class="button button-small" onClick={() => upload.cancel()} data-testid="upload-cancel">
          Cancel<span class="visually-hidden"> {name}</span>
        </button>
      )}
      {state !== "running" && state !== "queued" && (
        <button type="button" class="button button-small button-quiet" onClick={() => removeUpload(upload)} data-testid="upload-remove">
          {state === "draft" ? "Remove" : "Clear"}
          <span class="visually-hidden"> {name}</span>
        </button>
      )}
    </div>
  );
}
