// Passkeys of this page's host: WebAuthn with the PRF extension, as sdk-wasm/src/platform/passkey.rs calls it. What an
// authenticator answers is taken apart here, so that what its PRF gave cannot go along to the relay by accident.
import { KeyferryError } from "../error.js";
import type { Bytes } from "../engine/rope.js";
import type { Code } from "../wasm/keyferry.js";

/** What an authenticator answers: credential id, client data, authenticator data, signature, user handle, PRF output. The
 * last is wiped by who takes it. */
export type Answer = readonly [Bytes, Bytes, Bytes, Bytes, Bytes, Bytes];

/** The passkeys of a page's host. Byte arguments are views of wasm memory. */
export interface PasskeyHost {
  readonly rpId: string;
  create(challenge: Bytes, salt: Bytes, user: Bytes, email: string, others: Bytes[]): Promise<Answer>;
  get(challenge: Bytes, salt: Bytes): Promise<Answer>;
  /** The relay does not know it: where the browser can, it is offered no more. */
  forget(id: string): void;
}

const NONE = new ArrayBuffer(0);
export const WITHOUT_PRF = "passkeys here have no WebAuthn PRF";

/** Why there is no passkey, by the name of what the browser threw. */
const REASONS: Record<string, [Code, string]> = {
  NotAllowedError: ["aborted", "no passkey was used: cancelled, too late, or none is here"],
  InvalidStateError: ["already_exists", "this device has a passkey of the account"],
};

/** Whether passkeys that open keys may be had on this page. A browser that does not say is asked when one is made. */
export async function supportsPasskeys(): Promise<boolean> {
  // An IP address is no RP id (WebAuthn Level 3 §5.1.2).
  if (!("PublicKeyCredential" in globalThis) || /^[\d.]+$|^\[/.test(location.hostname)) return false;
  const can = await PublicKeyCredential.getClientCapabilities?.();
  return can?.["extension:prf"] !== false;
}

export const passkeyHost: PasskeyHost = {
  get rpId() {
    return location.hostname;
  },

  async create(challenge, salt, user, email, others) {
    const id = passkeyHost.rpId;
    const first = salt.slice();
    const made = await asked(
      navigator.credentials.create({
        publicKey: {
          rp: { id, name: id },
          user: { id: user.slice(), name: email, displayName: email },
          challenge: challenge.slice(),
          // ES256 and EdDSA: what the relay verifies.
          pubKeyCredParams: [-7, -8].map((alg) => ({ type: "public-key", alg })),
          excludeCredentials: named(others),
          authenticatorSelection: { residentKey: "required", userVerification: "required" },
          attestation: "none",
          extensions: { prf: { eval: { first } } },
        },
      }),
    );
    try {
      const { prf } = made.getClientExtensionResults();
      const { clientDataJSON } = made.response;
      const data = (made.response as AuthenticatorAttestationResponse).getAuthenticatorData();
      // Most authenticators evaluate their PRF only when they sign. The relay need not see that signature.
      const evaluated = async () => prfOf(await signed(crypto.getRandomValues(new Uint8Array(32)), first, [made.rawId]));
      const output = prf?.enabled ? (prf.results?.first ?? (await evaluated())) : undefined;
      return answer([made.rawId, clientDataJSON, data, NONE, NONE], output);
    } catch (error) {
      passkeyHost.forget(made.id);
      throw error;
    }
  },

  async get(challenge, salt) {
    const given = await signed(challenge.slice(), salt.slice(), []);
    const { clientDataJSON, authenticatorData, signature, userHandle } = given.response as AuthenticatorAssertionResponse;
    return answer([given.rawId, clientDataJSON, authenticatorData, signature, userHandle ?? NONE], prfOf(given));
  },

  forget(credentialId) {
    // Whether it was heard changes nothing here.
    void PublicKeyCredential.signalUnknownCredential?.({ rpId: passkeyHost.rpId, credentialId }).catch(() => {});
  },
};

/** Has a credential sign: one of `allowed`, or whichever the person chooses. */
function signed(challenge: Bytes, first: Bytes, allowed: BufferSource[]): Promise<PublicKeyCredential> {
  return asked(
    navigator.credentials.get({
      publicKey: {
        rpId: passkeyHost.rpId,
        challenge,
        allowCredentials: named(allowed),
        userVerification: "required",
        extensions: { prf: { eval: { first } } },
      },
    }),
  );
}

const prfOf = (given: PublicKeyCredential) => given.getClientExtensionResults().prf?.results?.first;

/** Views of what the browser gave, so that wiping one wipes it. */
function answer(parts: BufferSource[], output: BufferSource | undefined): Answer {
  if (output?.byteLength !== 32) throw new KeyferryError("platform_unsupported", WITHOUT_PRF);
  return [...parts, output].map((part) => new Uint8Array(part as ArrayBuffer)) as unknown as Answer;
}

const named = (ids: BufferSource[]) => ids.map((id) => ({ type: "public-key" as const, id }));

async function asked(answer: Promise<Credential | null>): Promise<PublicKeyCredential> {
  try {
    return (await answer) as PublicKeyCredential;
  } catch (error) {
    const { name, message } = error as DOMException;
    throw new KeyferryError(...(REASONS[name] ?? (["platform_unsupported", message] as const)));
  }
}
