import { reportCompromise } from "../state/departure";
import { DangerForm } from "./danger-form";

/** For the day one's keys may be in someone else's hands. */
export function ReportCompromise(props: { email: string }) {
  return (
    <DangerForm
      title="My keys may be in someone else’s hands"
      verb="Report it and suspend my account"
      email={props.email}
      testid="report-compromise"
      run={reportCompromise}
    >
      <p>
        A stolen device that was unlocked, a stolen passphrase, a sheet with your recovery code in the wrong hands: then say so here,
        at once. You are logged out everywhere, everything you were granted ends, and your keys are deleted from the relay. Your
        organizations are told, and replace the keys you held. You see what was fetched in your name.
      </p>
      <p>
        <strong>Only a recovery code that you tried out above brings your account back. Without one it is closed for good.</strong>
      </p>
    </DangerForm>
  );
}
