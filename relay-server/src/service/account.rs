//! Accounts: registration, identity, bundle, contacts, reports.

use keyferry_protocol::audit::Operation;
use keyferry_protocol::statement::{Contacts, KeyCertificate, Report};
use keyferry_protocol::wire::account::{
    Accepted, Account, NewReport, PublicIdentity, Registration, StoredContacts, email_is_normal,
};
use keyferry_protocol::wire::bundle::{Bundle, BundleKind, KeyField};
use keyferry_protocol::{ChainHead, Code, Digest, Role, UserId, Verified};
use subtle::ConstantTimeEq as _;

use super::authority::Member;
use super::chain::PersonalChain;
use super::{Caller, ServiceError, Visitor, bundle, passphrase};
use crate::config::RegistrationMode;
use crate::state::State;
use crate::store::record::AccountRecord;
use crate::store::{Change, Commit};

/// Makes an account with its bundle.
pub async fn register(
    state: &State,
    visitor: &Visitor,
    registration: Registration,
) -> Result<Account, ServiceError> {
    may_register(state, &registration).await?;
    let account = check(&registration, visitor.now_ms)?;
    let mut chain = PersonalChain::at(account.user, account.identity_key, ChainHead::EMPTY);
    let certificate = chain.accept::<KeyCertificate>(&registration.key_certificate)?;
    check_bundle(&registration, &certificate)?;
    let exists = state.registry.account(account.user).await?.is_some()
        || state.registry.account_by_email(account.email.clone()).await?.is_some();
    if exists {
        return Err(ServiceError::refused(
            Code::AlreadyExists,
            "The e-mail or the id has an account already.",
        ));
    }
    let stored = bundle::store(state, account.user.into(), registration.bundle, None, visitor.now_ms).await?;
    let made =
        Account { identity: account.public(), chain: chain.head(), created_at_ms: account.created_at_ms };
    let events = [Operation::AccountRegistered, Operation::KeypairGenerated]
        .map(|operation| visitor.event(operation, Some(account.user)));
    let changes = vec![Change::Account(account), chain.change(), stored];
    bundle::commit(state, Commit { changes, events: events.into(), ..Commit::default() }).await?;
    Ok(made)
}

async fn may_register(state: &State, registration: &Registration) -> Result<(), ServiceError> {
    if state.config.registration == RegistrationMode::Open {
        return Ok(());
    }
    let offered = registration.invitation.as_deref().unwrap_or_default();
    let secret = state.config.registration_secret.as_ref();
    // Exposed only to be compared, in constant time.
    if secret.is_some_and(|secret| bool::from(secret.expose().as_bytes().ct_eq(offered.as_bytes()))) {
        return Ok(());
    }
    if state.registry.invitations_for(registration.email.clone()).await?.is_empty() {
        return Err(ServiceError::refused(
            Code::RegistrationClosed,
            "This relay takes new accounts by invitation only: ask for one.",
        ));
    }
    Ok(())
}

fn check(registration: &Registration, now_ms: u64) -> Result<AccountRecord, ServiceError> {
    if !email_is_normal(&registration.email) {
        return Err(ServiceError::value("The e-mail is not in its normal form."));
    }
    Ok(AccountRecord {
        user: registration.user,
        email: registration.email.clone(),
        identity_key: registration.identity_key,
        key_certificate: registration.key_certificate.clone(),
        successions: Vec::new(),
        kdf: registration.kdf.clone(),
        login_verifier: Digest::of(&registration.login_key.0),
        recovery_verifier: None,
        recovery_tested_at_ms: None,
        suspended_at_ms: None,
        created_at_ms: now_ms,
    })
}

fn check_bundle(
    registration: &Registration,
    certificate: &Verified<KeyCertificate>,
) -> Result<(), ServiceError> {
    let certificate = certificate.body();
    let bundle = &registration.bundle;
    let keys = [
        (KeyField::Signing, registration.identity_key.as_bytes().as_slice()),
        (KeyField::Encryption, certificate.public_key.0.as_slice()),
    ];
    bundle::check_new(bundle, BundleKind::Identity, 1, &keys)?;
    if certificate.version != 1 || certificate.suite != bundle.suite {
        return Err(ServiceError::value("The first key certificate has version 1 and the bundle's suite."));
    }
    bundle::check_public_key(&certificate.key())?;
    match bundle.locks.as_slice() {
        [lock] => passphrase::check(&registration.kdf, &registration.login_key, lock),
        _ => Err(ServiceError::value("A new bundle has one lock, of kind `passphrase`.")),
    }
}

/// Who the caller is.
pub async fn me(state: &State, caller: &Caller) -> Result<Account, ServiceError> {
    describe(state, &own(state, caller).await?).await
}

/// What a person is told of their account.
pub async fn describe(state: &State, account: &AccountRecord) -> Result<Account, ServiceError> {
    let chain = state.registry.head(account.user.into()).await?;
    Ok(Account { identity: account.public(), chain, created_at_ms: account.created_at_ms })
}

/// The caller's account.
pub async fn own(state: &State, caller: &Caller) -> Result<AccountRecord, ServiceError> {
    state.registry.account(caller.user).await?.ok_or_else(ServiceError::not_found)
}

/// The caller's locked bundle.
pub async fn my_bundle(state: &State, caller: &Caller) -> Result<Bundle, ServiceError> {
    let events = vec![caller.event(Operation::BundleServed)];
    state.registry.commit(Commit { events, ..caller.commit() }).await?;
    bundle::serve(state, caller, caller.user.into(), BundleKind::Identity).await
}

/// Another person's public identity: to those who share an organization with them and need it, and to the other side
/// of an invitation.
pub async fn identity(state: &State, caller: &Caller, user: UserId) -> Result<PublicIdentity, ServiceError> {
    if user != caller.user && !may_see(state, caller, user).await? {
        return Err(ServiceError::not_found());
    }
    let account = state.registry.account(user).await?.ok_or_else(ServiceError::not_found)?;
    Ok(account.public())
}

async fn may_see(state: &State, caller: &Caller, user: UserId) -> Result<bool, ServiceError> {
    for organization in state.registry.organizations_of(caller.user).await? {
        let member = Member::of(state, caller, organization).await?;
        let other = member.organization.member(user).map(|other| other.role);
        if other.is_some_and(|role| member.role() != Role::Consultant || role.holds_vault()) {
            return Ok(true);
        }
        if member.role().holds_root() {
            let invitations = state.registry.invitations_of(organization).await?;
            if invitations.iter().any(|invitation| invitation.invited == Some(user)) {
                return Ok(true);
            }
        }
    }
    let email = own(state, caller).await?.email;
    let invitations = state.registry.invitations_for(email).await?;
    Ok(invitations.iter().any(|invitation| invitation.inviter == user))
}

/// The caller's contact list; none before the first.
pub async fn contacts(state: &State, caller: &Caller) -> Result<Option<StoredContacts>, ServiceError> {
    Ok(state.registry.contacts(caller.user).await?)
}

/// Stores the caller's next contact list.
pub async fn store_contacts(
    state: &State,
    caller: &Caller,
    contacts: StoredContacts,
) -> Result<Accepted, ServiceError> {
    let account = own(state, caller).await?;
    let before = state.registry.contacts(caller.user).await?;
    let mut chain = PersonalChain::load(state, caller.user).await?;
    accept_contacts(&mut chain, &account, before.as_ref(), &contacts)?;
    let chain_head = chain.head();
    let changes = vec![chain.change(), Change::Contacts { user: caller.user, contacts }];
    let events = vec![caller.event(Operation::ContactsStored)];
    state.registry.commit(Commit { changes, events, ..caller.commit() }).await?;
    Ok(Accepted { chain: chain_head })
}

/// Accepts the person's next contact list, sealed to the key of `account`.
///
/// # Errors
/// Those of a statement; `value_invalid` for a list that is sealed to another key.
pub fn accept_contacts(
    chain: &mut PersonalChain,
    account: &AccountRecord,
    before: Option<&StoredContacts>,
    contacts: &StoredContacts,
) -> Result<(), ServiceError> {
    let statement = chain.accept::<Contacts>(&contacts.statement)?;
    let next = before.map_or(Ok(1), |old| version_of(account, old).map(|version| version + 1))?;
    if statement.body().version != next || statement.body().sealed != contacts.sealed.digest() {
        return Err(ServiceError::statement(
            "The contacts statement has another version or covers another list.",
        ));
    }
    bundle::check_box(&contacts.sealed, &bundle::encryption_key(account)?)
}

fn version_of(account: &AccountRecord, contacts: &StoredContacts) -> Result<u64, ServiceError> {
    let key = account.public().key_of(&contacts.statement.0);
    let statement = Verified::<Contacts>::check(&contacts.statement.0, account.user.into(), &key)?;
    Ok(statement.body().version)
}

/// Writes down what only the caller's client can know, by its signature.
pub async fn report(state: &State, caller: &Caller, report: NewReport) -> Result<Accepted, ServiceError> {
    let mut chain = PersonalChain::load(state, caller.user).await?;
    let statement = chain.accept::<Report>(&report.statement)?;
    let body = statement.body();
    let operation = [Operation::KeyUnwrapped, Operation::PrivateKeyDecrypted]
        .into_iter()
        .find(|operation| operation.name() == body.operation)
        .ok_or(ServiceError::value("A client reports `key_unwrapped` or `private_key_decrypted`."))?;
    check_report(state, caller, body).await?;
    let mut event = caller.event(operation);
    (event.organization, event.file, event.grant, event.reported) =
        (body.organization, body.file, body.grant, true);
    let chain_head = chain.head();
    let changes = vec![chain.change()];
    state.registry.commit(Commit { changes, events: vec![event], ..caller.commit() }).await?;
    Ok(Accepted { chain: chain_head })
}

/// A report names only what its signer may see, so that nobody writes into a stranger's trail.
async fn check_report(state: &State, caller: &Caller, report: &Report) -> Result<(), ServiceError> {
    if let Some(organization) = report.organization {
        Member::of(state, caller, organization).await?;
    }
    if let Some(file) = report.file {
        let version = state.registry.current_version(file).await?;
        if version.map(|version| Some(version.organization)) != Some(report.organization) {
            return Err(ServiceError::not_found());
        }
    }
    if let Some(grant) = report.grant {
        let grant = state.registry.grant(grant).await?.filter(|grant| grant.recipient == caller.user);
        if grant.map(|grant| (Some(grant.organization), Some(grant.file)))
            != Some((report.organization, report.file))
        {
            return Err(ServiceError::not_found());
        }
    }
    Ok(())
}
