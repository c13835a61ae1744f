//! age-encryption (typage): a file to one X25519 recipient.
import * as age from "age-encryption";

export const name = "age";
export const about = "age-encryption (typage), X25519";

export async function prepare(input) {
  const identity = await age.generateX25519Identity();
  const recipient = await age.identityToRecipient(identity);
  const state = { input, identity, recipient };
  state.sealed = await encrypt(state);
  return state;
}

function encrypt({ input, recipient }) {
  const encrypter = new age.Encrypter();
  encrypter.addRecipient(recipient);
  return encrypter.encrypt(input);
}

export async function seal(state) {
  return { bytes: (await encrypt(state)).length };
}

export async function open({ sealed, identity }) {
  const decrypter = new age.Decrypter();
  decrypter.addIdentity(identity);
  return { bytes: (await decrypter.decrypt(sealed)).length };
}
