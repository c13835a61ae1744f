import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import type { Action } from "../state/action";
import { ErrorBanner } from "./error-banner";

/** A modal dialog: the browser keeps the focus inside and gives it back at the end. */
export function Dialog(props: { title: string; onClose: () => void; testid: string; children: ComponentChildren }) {
  const element = useRef<HTMLDialogElement>(null);
  const title = useId();
  useEffect(() => {
    const dialog = element.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={element}
      aria-labelledby={title}
      data-testid={props.testid}
      onCancel={(event) => {
        event.preventDefault();
        props.onClose();
      }}
    >
      <h2 id={title}>{props.title}</h2>
      {props.children}
    </dialog>
  );
}

/** Asks before something that cannot be undone, and does it. */
export function Confirm(props: {
  title: string;
  verb: string;
  action: Action<[]>;
  onClose: () => void;
  testid: string;
  /** Whether something is still missing. */
  notYet?: boolean;
  children: ComponentChildren;
}) {
  const confirm = async (): Promise<void> => {
    if (await props.action.start()) props.onClose();
  };
  // While it runs there is no way back, and its failure needs a place to show.
  const close = (): void => {
    if (!props.action.busy.value) props.onClose();
  };
  return (
    <Dialog title={props.title} onClose={close} testid={props.testid}>
      {props.children}
      <ErrorBanner error={props.action.error.value} />
      <div class="row row-end">
        <button type="button" class="button" disabled={props.action.busy.value} onClick={close} data-testid="cancel">
          Cancel
        </button>
        <button
          type="button"
          class="button button-danger"
          disabled={props.action.busy.value || props.notYet === true}
          onClick={() => void confirm()}
          data-testid="confirm"
        >
          {props.action.busy.value ? "One moment…" : props.verb}
        </button>
      </div>
    </Dialog>
  );
}
