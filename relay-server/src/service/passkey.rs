//! Passkeys: added by who knows the passphrase, each with a lock of its own, and logging in by what they sign.

mod challenges;

use keyferry_protocol::audit::Operation;
use keyferry_protocol::wire::account::Session;
use keyferry_protocol::wire::bundle::{BundleKind, Lock};
use keyferry_protocol::wire::passkey::{NewPasskey, Passkey, PasskeyChallenge, PasskeyLogin};
use keyferry_protocol::{Bytes, Code, Digest, UserId};

use super::passphrase::{is_sealed_key, prove};
use super::{Caller, ServiceError, Visitor, bundle, session};
use crate::random::random;
use crate::state::State;
use crate::store::record::PasskeyRecord;
use crate::store::{Change, Commit, Event};
use crate::webauthn::{AuthenticatorData, Ceremony, ClientData, CredentialKey, Refused, host_of};

pub use challenges::Challenges;

const MAX_PASSKEYS: usize = 20;
const MAX_NAME_CHARS: usize = 64;

/// A fresh challenge, for whoever answers it first.
pub fn challenge(state: &State, now_ms: u64) -> Result<PasskeyChallenge, ServiceError> {
    let challenge = random()?;
    state.challenges.give(challenge, now_ms);
    Ok(PasskeyChallenge { challenge: Bytes(challenge.to_vec()) })
}

/// The caller's passkeys.
pub async fn mine(state: &State, caller: &Caller) -> Result<Vec<Passkey>, ServiceError> {
    let passkeys = state.registry.passkeys_of(caller.user).await?;
    let shown = passkeys.into_iter().map(|passkey| Passkey {
        credential: passkey.credential,
        name: passkey.name,
        rp_id: passkey.rp_id,
        created_at_ms: passkey.created_at_ms,
        used_at_ms: passkey.used_at_ms,
    });
    Ok(shown.collect())
}

/// Adds a passkey with its lock. Asking twice is harmless: the answer to the first may have been lost.
pub async fn add(state: &State, caller: &Caller, host: &str, new: NewPasskey) -> Result<(), ServiceError> {
    prove(state, caller, &new.current_login_key, Operation::PasskeyAdded).await?;
    let Lock::Passkey { rp_id, credential, nonce, ciphertext } = &new.lock else {
        return Err(ServiceError::value("A passkey's lock is of kind `passkey`."));
    };
    if !is_sealed_key(nonce, ciphertext) {
        return Err(ServiceError::value("A lock has a nonce of 12 bytes and 48 of ciphertext."));
    }
    let (document, mut identity) = bundle::load(state, caller.user.into(), BundleKind::Identity).await?;
    if identity.locks.contains(&new.lock) {
        return Ok(());
    }
    let page = Page { state, host, rp_id, now_ms: caller.now_ms };
    let record = page.registered(caller, credential, &new)?;
    if state.registry.passkey(credential.clone()).await?.is_some() {
        return Err(ServiceError::refused(Code::AlreadyExists, "This passkey was added before."));
    }
    let passkeys = identity.locks.iter().filter(|lock| matches!(lock, Lock::Passkey { .. })).count();
    if passkeys >= MAX_PASSKEYS {
        return Err(ServiceError::value("An account has at most 20 passkeys: remove one you do not use."));
    }
    bundle::check_version(&identity, new.bundle_version)?;
    identity.locks.push(new.lock);
    let stored = bundle::store(state, caller.user.into(), identity, Some(document), caller.now_ms).await?;
    let changes = vec![stored, Change::Passkey(record)];
    let events = vec![caller.event(Operation::PasskeyAdded)];
    bundle::commit(state, Commit { changes, events, ..caller.commit() }).await
}

/// Removes a passkey and its lock.
pub async fn remove(state: &State, caller: &Caller, credential: Bytes) -> Result<(), ServiceError> {
    let found = state.registry.passkey(credential.clone()).await?;
    found.filter(|passkey| passkey.user == caller.user).ok_or_else(ServiceError::not_found)?;
    let (document, mut identity) = bundle::load(state, caller.user.into(), BundleKind::Identity).await?;
    identity.locks.retain(|lock| !matches!(lock, Lock::Passkey { credential: of, .. } if *of == credential));
    let stored = bundle::store(state, caller.user.into(), identity, Some(document), caller.now_ms).await?;
    // Whoever has the device may be logged in by it.
    let ended = Change::EndSessions { user: caller.user, but: Some(caller.session) };
    let changes = vec![stored, Change::RemovePasskey { user: caller.user, credential }, ended];
    let events = vec![caller.event(Operation::PasskeyRemoved)];
    bundle::commit(state, Commit { changes, events, ..caller.commit() }).await?;
    state.notices.end_sessions(caller.user, Some(caller.session));
    Ok(())
}

/// Has every passkey of a person log in no more; the trail says so where there is one. Their locks go with the bundle.
pub async fn remove_all(
    state: &State,
    visitor: &Visitor,
    user: UserId,
) -> Result<(Change, Option<Event>), ServiceError> {
    let passkeys = state.registry.passkeys_of(user).await?.len();
    let told = (passkeys > 0).then(|| Event {
        details: Some(format!("all {passkeys}")),
        ..visitor.event(Operation::PasskeyRemoved, Some(user))
    });
    Ok((Change::RemovePasskeys(user), told))
}

/// Starts a session for whoever has the passkey. One that is unknown and one that does not verify are refused alike; the
/// trail says why.
pub async fn login(
    state: &State,
    visitor: &Visitor,
    host: &str,
    login: PasskeyLogin,
) -> Result<Session, ServiceError> {
    state.login_limit.take(&Digest::of(&login.credential.0))?;
    let known = state.registry.passkey(login.credential.clone()).await?;
    let user = known.as_ref().map(|passkey| passkey.user);
    let verified = match &known {
        Some(passkey) => {
            Page { state, host, rp_id: &passkey.rp_id, now_ms: visitor.now_ms }.asserted(passkey, &login)
        }
        None => Err(Refused("It is unknown.")),
    };
    match (user, verified) {
        (Some(user), Ok(sign_count)) => {
            let used =
                Change::PasskeyUsed { credential: login.credential, sign_count, at_ms: visitor.now_ms };
            session::start(state, visitor.clone(), user, Some(used)).await
        }
        (user, verified) => {
            let why = verified.err().map(|refused| format!("by passkey: {refused}"));
            let event = Event { details: why, ..visitor.event(Operation::LoginFailed, user) };
            let refusal = ServiceError::refused(Code::LoginFailed, "This passkey does not log in here.");
            Err(session::failed(state, event, refusal).await)
        }
    }
}

/// The page an authenticator answered to.
struct Page<'a> {
    state: &'a State,
    /// The relay's own host and port, as the request named them.
    host: &'a str,
    rp_id: &'a str,
    now_ms: u64,
}

impl Page<'_> {
    /// A registration (§7.1).
    fn registered(
        &self,
        caller: &Caller,
        credential: &Bytes,
        new: &NewPasskey,
    ) -> Result<PasskeyRecord, ServiceError> {
        let length = new.name.chars().count();
        if length == 0 || length > MAX_NAME_CHARS || new.name.chars().any(char::is_control) {
            return Err(ServiceError::value("A passkey's name has 1 to 64 characters."));
        }
        let refused = |refused: Refused| ServiceError::value(refused.0);
        let (data, origin) =
            self.verify(&new.client_data, &new.authenticator_data, Ceremony::Create).map_err(refused)?;
        let attested = data.attested.ok_or(ServiceError::value("A registration brings a credential."))?;
        if attested.credential != credential.0 {
            return Err(ServiceError::value("The lock is for another credential."));
        }
        Ok(PasskeyRecord {
            credential: credential.clone(),
            user: caller.user,
            rp_id: self.rp_id.to_owned(),
            origin,
            name: new.name.clone(),
            public_key: attested.key.to_cose().into(),
            backup_eligible: data.backup_eligible,
            sign_count: data.sign_count,
            created_at_ms: self.now_ms,
            used_at_ms: None,
        })
    }

    /// An assertion (§7.2). Gives the count it signed.
    fn asserted(&self, passkey: &PasskeyRecord, login: &PasskeyLogin) -> Result<u32, Refused> {
        let (data, origin) = self.verify(&login.client_data, &login.authenticator_data, Ceremony::Get)?;
        // §13.4.9: what the request says is the relay's host, a program may say as well, and an RP id knows no port.
        if origin != passkey.origin {
            return Err(Refused("It was added on a page of another origin."));
        }
        // §7.2, the user handle: the person was not known before.
        if login.user != passkey.user {
            return Err(Refused("It is another person's."));
        }
        // §7.2, the backup state.
        if data.backup_eligible != passkey.backup_eligible {
            return Err(Refused(
                "It was made as one that may be copied, or was not, and now says otherwise.",
            ));
        }
        // §7.2, the signature: over authenticator data and the hash of the client data.
        let signed = [login.authenticator_data.as_ref(), &Digest::of(&login.client_data.0).0].concat();
        let key = CredentialKey::parse(&passkey.public_key.0)?;
        if !key.verifies(&signed, &login.signature.0) {
            return Err(Refused("Its signature does not verify."));
        }
        // §7.2, the signature counter: one that goes back is that of a copy. Zero means that nothing is counted.
        if data.sign_count <= passkey.sign_count && (data.sign_count, passkey.sign_count) != (0, 0) {
            return Err(Refused("Its counter went back: there may be a copy of it."));
        }
        Ok(data.sign_count)
    }

    /// What both have in common: challenge, origin, RP id and flags.
    fn verify(
        &self,
        client_data: &Bytes,
        authenticator_data: &Bytes,
        ceremony: Ceremony,
    ) -> Result<(AuthenticatorData, String), Refused> {
        let said = ClientData::parse(&client_data.0, ceremony)?;
        if !self.state.challenges.take(&said.challenge.0, self.now_ms) {
            return Err(Refused("The challenge was answered before, or is older than five minutes."));
        }
        self.check_origin(&said.origin)?;
        let data = AuthenticatorData::parse(&authenticator_data.0)?;
        // §7.1 and §7.2, rpIdHash.
        if data.rp_id_hash != Digest::of(self.rp_id.as_bytes()) {
            return Err(Refused("It is for pages of another host."));
        }
        Ok((data, said.origin))
    }

    /// §13.4.9: a page of the relay itself or of an origin that the operator allows. Its host is the RP id, so a page of a
    /// neighbouring domain, for which browsers would sign too, is none; and who claims to be the relay by another name of
    /// theirs gets no further than to a passkey for that name.
    fn check_origin(&self, origin: &str) -> Result<(), Refused> {
        let own = origin.split_once("://").is_some_and(|(_, authority)| authority == self.host);
        let allowed = own || self.state.config.allow_origin.iter().any(|allowed| allowed == origin);
        if allowed && host_of(origin) == Some(self.rp_id) {
            Ok(())
        } else {
            Err(Refused("The page is none of this relay's."))
        }
    }
}
