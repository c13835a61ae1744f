//! JSON of the HTTP API: by the clients' codec and by the relay's, which must say the same.

use core::fmt::Debug;

use keyferry_protocol::audit::AuditEvent;
use keyferry_protocol::grant::GrantState;
use keyferry_protocol::json::{Json, Value, from_text, to_text};
use keyferry_protocol::request::RequestState;
use keyferry_protocol::wire::access::{AuditPage, Decision, GrantEntry, NewGrant, NewRequest, RequestEntry};
use keyferry_protocol::wire::account::{
    Accepted, Account, Login, LoginParameters, LoginParametersQuery, NewReport, PublicIdentity, Registration,
    Session, StoredContacts,
};
use keyferry_protocol::wire::bundle::{KdfParameters, Lock, SealedKey};
use keyferry_protocol::wire::file::{FileEntry, GrantProof, NewVersion, Rekey, WrappedDek};
use keyferry_protocol::wire::notice::Notice;
use keyferry_protocol::wire::organization::{
    Invitation, NewInvitation, NewLock, NewMembership, NewOrganization, NewVoucher, OrganizationView,
    RootRotation,
};
use keyferry_protocol::wire::passkey::{NewPasskey, Passkey, PasskeyChallenge, PasskeyLogin};
use keyferry_protocol::wire::problem::Problem;
use keyferry_protocol::wire::rotation::{KeyRotation, NewRotation, RotatedWraps, Unrotated, VaultRotation};
use keyferry_protocol::{ChainHead, EncryptionKey};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The first byte chooses a type, or any value; the rest is its text.
pub fn json(bytes: &[u8]) {
    match bytes.split_first() {
        Some((0xf0.., text)) => value(text),
        Some((choice, text)) => drop(reads(*choice, text)),
        None => {}
    }
}

/// Whether the type of this number reads `text`.
pub(crate) fn reads(choice: u8, text: &[u8]) -> bool {
    macro_rules! each {
        ($($kind:ty),* $(,)?) => { &[$(|text| agree::<$kind>(text).is_some()),*] };
    }
    let read: &[fn(&[u8]) -> bool] = each!(
        Session,
        Registration,
        LoginParametersQuery,
        LoginParameters,
        Login,
        Account,
        PublicIdentity,
        StoredContacts,
        NewReport,
        Accepted,
        KdfParameters,
        SealedKey,
        Lock,
        NewRequest,
        RequestEntry,
        NewGrant,
        Decision,
        GrantEntry,
        AuditPage,
        AuditEvent,
        NewVersion,
        FileEntry,
        WrappedDek,
        GrantProof,
        Notice,
        NewOrganization,
        OrganizationView,
        NewInvitation,
        Invitation,
        NewMembership,
        NewLock,
        ChainHead,
        EncryptionKey,
        RequestState,
        GrantState,
        Vec<Notice>,
        Rekey,
        NewRotation,
        Unrotated,
        RotatedWraps,
        KeyRotation,
        VaultRotation,
        RootRotation,
        NewVoucher,
        PasskeyChallenge,
        PasskeyLogin,
        NewPasskey,
        Vec<Passkey>,
    );
    read[usize::from(choice) % read.len()](text)
}

/// Refusals, which may have names that nobody knows yet.
pub fn problem(text: &[u8]) {
    let Ok(read) = from_text::<Problem>(text) else { return };
    assert_eq!(serde_json::from_slice::<Problem>(text).ok().as_ref(), Some(&read));
    written_and_read(&read);
}

/// Reads `text` by both codecs: a value that both read is the same, and written the same. What only one reads is one of
/// the looser forms serde takes of its own.
pub(crate) fn agree<T: Json + Serialize + DeserializeOwned + PartialEq + Debug>(text: &[u8]) -> Option<T> {
    let ours = from_text::<T>(text);
    let serdes = serde_json::from_slice::<T>(text);
    match (ours, serdes) {
        (Ok(ours), Ok(serdes)) => {
            assert_eq!(ours, serdes);
            written_and_read(&ours);
            Some(ours)
        }
        (Ok(ours), Err(error)) => unreachable!("the relay refuses what clients take, {ours:?}: {error}"),
        (Err(error), Ok(serdes)) => {
            written_and_read(&serdes);
            let read: serde_json::Value = serde_json::from_slice(text).expect("it was read before");
            let written = serde_json::to_value(&serdes).expect("wire types are JSON");
            assert!(looser(&read, &written), "clients refuse what the relay takes, {serdes:?}: {error}");
            None
        }
        (Err(_), Err(_)) => None,
    }
}

fn written_and_read<T: Json + Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    let text = to_text(value);
    assert_eq!(serde_json::to_string(value).ok().as_ref(), Some(&text));
    assert_eq!(from_text::<T>(text.as_bytes()).as_ref(), Ok(value));
    assert_eq!(serde_json::from_str::<T>(&text).ok().as_ref(), Some(value));
}

/// Whether `read` says `written` and somewhere in one of the forms that serde derives beside the documented one: an
/// object's values as an array, a name without content as an object of it, `{"name": null}`, or unknown names beside a
/// request's or grant's state (which no request to a relay has).
fn looser(read: &serde_json::Value, written: &serde_json::Value) -> bool {
    use serde_json::Value::{Array, Object, String};
    match (read, written) {
        (Array(_), Object(_)) => true,
        (Object(read), String(name)) => {
            read.len() == 1 && read.get(name).is_some_and(serde_json::Value::is_null)
        }
        (Array(read), Array(written)) => {
            read.iter().zip(written).any(|(read, written)| looser(read, written))
        }
        (Object(read), Object(written)) if written.contains_key("state") && read.len() > written.len() => {
            true
        }
        (Object(read), Object(written)) => {
            written.iter().any(|(name, written)| read.get(name).is_some_and(|read| looser(read, written)))
        }
        _ => false,
    }
}

/// Any value of the kinds that occur on our wire: what is read is JSON, and survives being written.
fn value(text: &[u8]) {
    let Ok(value) = Value::parse(text) else { return };
    let serdes: serde_json::Value = serde_json::from_slice(text).expect("what we read is JSON");
    same(&value, &serdes);
    assert_eq!(Value::parse(value.to_text().as_bytes()).as_ref(), Ok(&value));
}

fn same(ours: &Value, serdes: &serde_json::Value) {
    use serde_json::Value as Serdes;
    match (ours, serdes) {
        (Value::Null, Serdes::Null) => {}
        (Value::Bool(ours), Serdes::Bool(serdes)) => assert_eq!(ours, serdes),
        (Value::Number(ours), Serdes::Number(serdes)) => assert_eq!(Some(*ours), serdes.as_u64()),
        (Value::String(ours), Serdes::String(serdes)) => assert_eq!(ours, serdes),
        (Value::Array(ours), Serdes::Array(serdes)) => {
            assert_eq!(ours.len(), serdes.len());
            ours.iter().zip(serdes).for_each(|(ours, serdes)| same(ours, serdes));
        }
        (Value::Object(ours), Serdes::Object(serdes)) => {
            assert_eq!(ours.len(), serdes.len());
            ours.iter().for_each(|(name, value)| same(value, &serdes[name]));
        }
        _ => unreachable!("{ours:?} is not {serdes}"),
    }
}
