import { CopyButton } from "../components/copy-button";
import { Page } from "../components/page";
import { Fingerprint } from "../components/words";
import { ChangePassphrase } from "../components/change-passphrase";
import { RenewKeys } from "../components/renew-keys";
import { EraseAccount } from "../components/erase-account";
import { ReportCompromise } from "../components/report-compromise";
import { Passkeys } from "../components/passkeys";
import { RecoveryCode } from "../components/recovery-code";
import { current } from "../state/session";

/** My identity, to read out. */
export function AccountPage() {
  const { me } = current();
  return (
    <Page title="My account" narrow>
      <section class="panel">
        <h2>My words</h2>
        <p>Twelve words stand for your identity key. Others compare them before they trust it.</p>
        <p data-testid="my-email">{me.email}</p>
        <Fingerprint words={me.words} fingerprint={me.fingerprint} testid="my-words" />
        <CopyButton text={me.words} what="words" />
      </section>
      <section class="panel">
        <h2>How to use them</h2>
        <ol class="steps">
          <li>Somebody who admits you or approves your request calls you, or you meet.</li>
          <li>You read the twelve words from this page, in order. They look at theirs.</li>
          <li>All the same: nobody sits in between. Anything else: stop, and tell them.</li>
        </ol>
        <p class="hint">
          The words are no secret. But send them over another channel than this relay, best by voice: who controls both channels
          can replace both.
        </p>
      </section>
      <RecoveryCode email={me.email} />
      <Passkeys email={me.email} />
      <ChangePassphrase email={me.email} />
      <RenewKeys email={me.email} />
      <ReportCompromise email={me.email} />
      <EraseAccount email={me.email} />
    </Page>
  );
}
