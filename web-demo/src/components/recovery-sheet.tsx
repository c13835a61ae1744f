import { useSignal } from "@preact/signals";
import { QrCode } from "./qr-code";
import { Words } from "./words";
import { Check } from "./check";

/** A recovery code, shown once: to be printed or written down. */
export function RecoverySheet(props: { email: string; code: string; onDone: () => void; done: string }) {
  const kept = useSignal(false);
  return (
    <section class="panel sheet" data-testid="recovery-sheet">
      <h2>Recovery code for {props.email}</h2>
      <p>
        These fifteen words open your account when the passphrase is lost, once. Whoever has them has your account: keep this sheet
        where you keep your papers, not on this device. It replaces every older one. Made on {new Date().toLocaleDateString()}.
      </p>
      <Words words={props.code} testid="recovery-words" />
      <QrCode text={props.code} label="The same words as a QR code" />
      <div class="screen-only">
        <Check value={kept} testid="sheet-kept">I printed it or wrote it down. It is not shown again.</Check>
        <div class="row">
          <button type="button" class="button" onClick={() => print()} data-testid="print">
            Print
          </button>
          <button type="button" class="button button-primary" disabled={!kept.value} onClick={props.onDone} data-testid="sheet-done">
            {props.done}
          </button>
        </div>
      </div>
    </section>
  );
}
