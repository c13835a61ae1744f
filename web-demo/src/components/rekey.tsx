import type { FileInfo } from "@keyferry/sdk";
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { useAction } from "../state/action";
import { files, grants } from "../state/data";
import { current } from "../state/session";
import { toast } from "../state/toasts";
import { Transfer } from "../state/transfer";
import { hasCode } from "../words/errors";
import { Dialog } from "./dialog";
import { ErrorBanner } from "./error-banner";
import { ProgressBar } from "./progress-bar";

const warn = (event: Event): void => event.preventDefault();

/** Seals a file again under another key, as soon as it is shown. */
export function Rekey(props: { file: FileInfo; onClose: () => void }) {
  const { file, onClose } = props;
  const transfer = useSignal(new Transfer());
  const rekey = useAction(async () => {
    const attempt = new Transfer();
    transfer.value = attempt;
    addEventListener("beforeunload", warn);
    try {
      const { version } = await current().files.rekey(file.id, { onProgress: attempt.report, signal: attempt.controller.signal });
      toast(`“${file.label}” has another key now (version ${version}).`);
    } finally {
      removeEventListener("beforeunload", warn);
      attempt.end();
    }
    await Promise.all([files(file.organization).reload(), grants(file.organization).reload()]);
  });
  const start = async (): Promise<void> => {
    if ((await rekey.start()) || hasCode(rekey.error.value, "aborted")) onClose();
  };
  useEffect(() => {
    void start();
    return () => transfer.value.controller.abort();
  }, []);
  const busy = rekey.busy.value;
  return (
    <Dialog title="Another key for this file" onClose={() => !busy && onClose()} testid="rekey-dialog">
      <p>
        <strong>{file.label}</strong> is encrypted again in this browser and replaces what is stored. Those who may still read it
        keep their access; requests that wait stay good.
      </p>
      {busy ? (
        <ProgressBar transfer={transfer.value} what={`Re-keying of ${file.label}`} />
      ) : (
        <>
          <p class="banner banner-wait">It did not finish. Those who may read the file still can, and what was revoked stays revoked.</p>
          <ErrorBanner error={rekey.error.value} />
        </>
      )}
      <div class="row row-end">
        {busy ? (
          <button type="button" class="button" onClick={() => transfer.value.controller.abort()} data-testid="rekey-stop">
            Stop
          </button>
        ) : (
          <>
            <button type="button" class="button" onClick={onClose} data-testid="rekey-close">
              Close
            </button>
            <button type="button" class="button button-primary" onClick={() => void start()} data-testid="rekey-again">
              Try again
            </button>
          </>
        )}
      </div>
    </Dialog>
  );
}
