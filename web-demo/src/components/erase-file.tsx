import type { FileInfo } from "@keyferry/sdk";
import { useSignal } from "@preact/signals";
import { useAction } from "../state/action";
import { files } from "../state/data";
import { current } from "../state/session";
import { toast } from "../state/toasts";
import { Confirm } from "./dialog";
import { isTyped, TypedWord } from "./typed-word";

/** Without a label there is still something to type. */
const UNLABELLED = "erase";

/** Asks an owner to type the label, and erases the file. */
export function EraseFile(props: { file: FileInfo; onClose: () => void }) {
  const { file } = props;
  const word = file.label.trim() === "" ? UNLABELLED : file.label;
  const typed = useSignal("");
  const erase = useAction(async () => {
    await current().files.erase(file.id);
    await files(file.organization).reload();
    toast(`“${file.label}” is erased.`);
  });
  return (
    <Confirm
      title="Erase this file?"
      verb="Erase it"
      action={erase}
      onClose={props.onClose}
      testid="erase-dialog"
      notYet={!isTyped(typed, word)}
    >
      <p>
        “{file.label}” is deleted from the relay with every version, its keys, and all requests and grants for it. This cannot be
        undone. Who fetched it keeps what they have; copies in the operator’s backups go when those do.
      </p>
      <TypedWord label="The file’s label" word={word} value={typed} testid="erase-typed" />
    </Confirm>
  );
}
