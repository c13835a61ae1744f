//! openpgp.js: a whole binary message under a session key, as it comes (RFC 4880 CFB with MDC), and as it can be set to
//! do (RFC 9580 AEAD with GCM).
import * as openpgp from "openpgp";

const about = "openpgp.js, session key";

export const asItComes = candidate("openpgp", `${about}, SEIPDv1 (CFB), its default`, {}, {});
export const withGcm = candidate(
  "openpgp-gcm",
  `${about}, SEIPDv2 (GCM)`,
  { aeadAlgorithm: "gcm" },
  { aeadProtect: true, preferredAEADAlgorithm: openpgp.enums.aead.gcm },
);

function candidate(name, about, key, config) {
  const encrypt = async ({ input, sessionKey }) => {
    const message = await openpgp.createMessage({ binary: input });
    return openpgp.encrypt({ message, sessionKey, format: "binary", config });
  };
  return {
    name,
    about,
    async prepare(input) {
      const sessionKey = { data: crypto.getRandomValues(new Uint8Array(32)), algorithm: "aes256", ...key };
      return { input, sessionKey, sealed: await encrypt({ input, sessionKey }) };
    },
    async seal(state) {
      return { bytes: (await encrypt(state)).length };
    },
    async open({ sealed, sessionKey }) {
      const message = await openpgp.readMessage({ binaryMessage: sealed, config });
      const { data } = await openpgp.decrypt({ message, sessionKeys: sessionKey, format: "binary", config });
      return { bytes: data.length };
    },
  };
}
