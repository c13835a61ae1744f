//! Keys in somebody else's hands, and the way back.

use keyferry_client::{Credentials, GrantStanding, LostPassphrase, Pin};
use keyferry_protocol::{Code, Role};

use crate::passphrase::{NEW, elsewhere, refused};
use crate::people::{Acme, PASSPHRASE, Someone, admit, content};
use crate::relay::Relay;

#[tokio::test]
async fn a_compromised_consultant_reads_nothing_more_and_the_approver_sees_why() {
    let Acme { relay, owner, approver, consultant, organization } = Acme::found().await;
    let acme = Acme { relay, owner, approver, consultant, organization };
    let file = acme.owner.upload(acme.organization.id, &content(70_000)).await;
    acme.grant(&file, 1).await;
    acme.consultant.read(&file).await.unwrap();
    let session = &acme.consultant.session;
    assert_eq!(session.report_compromise("not the passphrase").await.unwrap_err().code, Code::LoginFailed);
    let told = session.report_compromise(PASSPHRASE).await.unwrap();
    let names: Vec<_> = told.iter().map(|event| (event.operation.name(), event.file)).collect();
    let expected = [
        ("account_compromised", None),
        ("account_compromised", None),
        ("file_downloaded", Some(file.id)),
        ("wrapped_key_served", Some(file.id)),
    ];
    assert_eq!(names, expected);
    assert_eq!(acme.consultant.read(&file).await.unwrap_err().code, Code::SessionInvalid);
    let again = Credentials::new(&acme.consultant.email, PASSPHRASE);
    assert_eq!(refused(&elsewhere(&acme.relay), again).await, Code::AccountSuspended);
    let grants = acme.approver.session.grants().list(acme.organization.id).await.unwrap();
    assert_eq!(grants[0].standing, GrantStanding::Revoked, "though no approver signed it");
}

#[tokio::test]
async fn an_owner_whose_keys_are_lost_is_seen_by_those_who_can_rotate() {
    let Acme { relay, owner, approver, consultant, organization } = Acme::found().await;
    let due = async |someone: &Someone| {
        let seen = someone.session.organizations().get(organization.id).await.unwrap();
        [seen.root_due_since_ms, seen.vault_due_since_ms].map(|since| since.is_some())
    };
    let alone = owner.session.report_compromise(PASSPHRASE).await.unwrap_err();
    assert_eq!(alone.code, Code::LastOwner);
    assert!(alone.message.contains("Acme"), "{}", alone.message);
    let second = Someone::register(&relay, "second").await;
    admit(&owner, &second, &organization, Role::Owner).await;
    owner.session.report_compromise(PASSPHRASE).await.unwrap();
    for someone in [&second, &approver] {
        assert_eq!(due(someone).await, [true, true]);
    }
    assert_eq!(due(&consultant).await, [false, false]);
}

#[tokio::test]
async fn a_tested_code_is_the_way_back_and_testing_does_not_use_it_up() {
    let relay = Relay::start();
    let ann = Someone::register(&relay, "ann").await;
    let organization = ann.session.organizations().create("Acme", Default::default()).await.unwrap();
    let file = ann.upload(organization.id, &content(10_000)).await;
    let code = ann.session.create_recovery_code(PASSPHRASE).await.unwrap();
    let another = format!("{}address", "abandon ".repeat(14));
    assert_eq!(ann.session.test_recovery_code("abandon").await.unwrap_err().code, Code::ValueInvalid);
    assert_eq!(ann.session.test_recovery_code(&another).await.unwrap_err().code, Code::UnlockFailed);
    let untested = ann.session.report_compromise(PASSPHRASE).await.unwrap_err();
    assert_eq!(untested.code, Code::LastOwner);
    ann.session.test_recovery_code(&code).await.unwrap();
    ann.session.report_compromise(PASSPHRASE).await.unwrap();

    let device = elsewhere(&relay);
    let lost = LostPassphrase { email: &ann.email, code: &code, passphrase: NEW };
    device.recover(lost).await.unwrap();
    let client = elsewhere(&relay);
    let session = client.login(Credentials::new(&ann.email, NEW)).await.unwrap();
    session
        .people()
        .pin_organization(organization.id, organization.fingerprint, Pin::Verified)
        .await
        .unwrap();
    let recovered = Someone { email: ann.email.clone(), device: Default::default(), client, session };
    assert_eq!(recovered.read(&file).await.unwrap(), content(10_000), "the last owner kept the vault");
    let seen = recovered.session.organizations().get(organization.id).await.unwrap();
    assert!(seen.root_due_since_ms.is_some() && seen.vault_due_since_ms.is_some());
}

#[tokio::test]
async fn an_erased_file_is_gone_for_everybody_and_only_an_owner_erases() {
    let acme = Acme::found().await;
    let file = acme.owner.upload(acme.organization.id, &content(70_000)).await;
    acme.grant(&file, 1).await;
    let refused = acme.approver.session.files().erase(file.id).await.unwrap_err();
    assert_eq!(refused.code, Code::RoleInsufficient);
    acme.consultant.read(&file).await.unwrap();
    acme.owner.session.files().erase(file.id).await.unwrap();
    for someone in [&acme.owner, &acme.approver, &acme.consultant] {
        assert_eq!(someone.read(&file).await.unwrap_err().code, Code::NotFound);
        assert_eq!(someone.session.files().list(acme.organization.id).await.unwrap(), []);
    }
    assert_eq!(acme.consultant.session.grants().mine().await.unwrap(), []);
    assert_eq!(acme.approver.session.requests().list(acme.organization.id).await.unwrap(), []);
    // Statements of everybody who signed about it still follow their chains.
    let next = acme.owner.upload(acme.organization.id, &content(100)).await;
    acme.grant(&next, 1).await;
    assert_eq!(acme.consultant.read(&next).await.unwrap(), content(100));
}

#[tokio::test]
async fn an_erased_account_leaves_a_name_that_everybody_can_still_verify() {
    let Acme { relay, owner, approver, consultant, organization } = Acme::found().await;
    let file = approver.upload(organization.id, &content(10_000)).await;
    let acme = Acme { relay, owner, approver, consultant, organization };
    acme.grant(&file, 1).await;
    let wrong = acme.approver.session.erase_account("not the passphrase").await.unwrap_err();
    assert_eq!(wrong.code, Code::LoginFailed);
    let told = acme.approver.session.erase_account(PASSPHRASE).await.unwrap();
    let names = told.iter().map(|event| (event.operation.name(), event.file));
    let expected =
        [("account_erased", None), ("account_erased", None), ("wrapped_key_served", Some(file.id))];
    assert_eq!(names.collect::<Vec<_>>()[..], expected[..], "they opened the key to approve");
    assert_eq!(acme.consultant.read(&file).await.unwrap(), content(10_000), "what they granted stands");
    let seen = acme.owner.session.organizations().get(acme.organization.id).await.unwrap();
    let left = seen.members.iter().find(|member| member.person.user == acme.approver.me().user).unwrap();
    assert_eq!(left.person.email, format!("erased-{}", acme.approver.me().user));
    assert_eq!(left.person.fingerprint, acme.approver.me().fingerprint);
    assert!(seen.vault_due_since_ms.is_some() && seen.root_due_since_ms.is_none());
    let left = acme.owner.session.organizations().remove(acme.organization.id, acme.approver.me().user).await;
    assert_eq!(left.unwrap().members.len(), 2);
    let again = Someone::register(&acme.relay, "approver").await;
    assert_ne!(again.me().user, acme.approver.me().user);
}
