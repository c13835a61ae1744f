import { useSignal } from "@preact/signals";

/** Copies text that is no secret. */
export function CopyButton(props: { text: string; what: string }) {
  const said = useSignal("");
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(props.text);
      said.value = "Copied";
    } catch {
      said.value = "The browser does not allow copying; select the text instead";
    }
  };
  return (
    <>
      <button type="button" class="button button-small" onClick={() => void copy()}>
        Copy {props.what}
      </button>
      <span class="hint" role="status">
        {said.value}
      </span>
    </>
  );
}
