import { eraseAccount } from "../state/departure";
import { DangerForm } from "./danger-form";

/** For who wants to leave, and leave nothing behind. */
export function EraseAccount(props: { email: string }) {
  return (
    <DangerForm
      title="Erase my account"
      verb="Erase my account"
      email={props.email}
      testid="erase-account"
      run={eraseAccount}
    >
      <p>
        Your address, your locked keys, your contacts, your requests and everything you were granted are deleted from the relay.
        Nothing opens this account again, a recovery code neither; your address can register anew, as somebody new.
      </p>
      <p>
        What you uploaded belongs to your organizations and stays. So does what you signed, under a number instead of your name.
        Copies in the operator’s backups go when those do.
      </p>
    </DangerForm>
  );
}
