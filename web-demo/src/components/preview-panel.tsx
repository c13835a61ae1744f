import type { OpenedFile } from "@keyferry/sdk";
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { useAction } from "../state/action";
import { canPreview, type Preview, preview, release } from "../state/preview";
import { ErrorBanner } from "./error-banner";

/** Shows text and images in the page, when asked. */
export function PreviewPanel(props: { opened: OpenedFile }) {
  const { opened } = props;
  const shown = useSignal<Preview | undefined>(undefined);
  const show = useAction(async () => {
    shown.value = await preview(opened);
  });
  useEffect(() => () => release(shown.peek()), []);
  if (!canPreview(opened)) return <p class="hint">No preview for this type; save it and open it with its own program.</p>;
  return (
    <section class="panel" aria-label="Preview">
      <ErrorBanner error={show.error.value} />
      {shown.value === undefined ? (
        <button type="button" class="button" disabled={show.busy.value} onClick={() => void show.start()} data-testid="preview">
          {show.busy.value ? "Decrypting…" : "Show a preview"}
        </button>
      ) : (
        <Shown preview={shown.value} name={opened.name} />
      )}
    </section>
  );
}

function Shown(props: { preview: Preview; name: string }) {
  if (props.preview.kind === "image") {
    return <img class="preview-image" src={props.preview.url} alt={`Preview of ${props.name}`} data-testid="preview-image" />;
  }
  return (
    <>
      <pre class="preview-text" tabIndex={0} data-testid="preview-text">
        {props.preview.text}
      </pre>
      {props.preview.cut && <p class="hint">Only the beginning is shown. Save the file to see all of it.</p>}
    </>
  );
}
