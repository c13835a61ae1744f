//! The people of the tests, and the organization most of them need.

use bytes::Bytes;
use keyferry_client::native::{BytesSource, MemoryDevice};
use keyferry_client::platform::{Request, Transport as _};
use keyferry_client::{
    Client, ClientError, Credentials, FileInfo, Organization, Person, Pin, Registration, Session,
    UploadOptions, Watch,
};
use keyferry_protocol::{Code, OrganizationId, Role, Suite};

use crate::relay::Relay;
use crate::wire::Wired;

pub const PASSPHRASE: &str = "correct horse battery staple";
pub const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// Somebody at a device.
pub struct Someone {
    pub email: String,
    pub device: MemoryDevice,
    pub client: Client<Wired>,
    pub session: Session<Wired>,
}

impl Someone {
    pub async fn register(relay: &Relay, name: &str) -> Self {
        let email = format!("{name}@example.org");
        let device = MemoryDevice::default();
        let client = Client::new(Wired::new(&relay.url, device.clone()));
        let registration = Registration {
            email: &email,
            passphrase: PASSPHRASE,
            suite: Suite::X25519Hpke,
            invitation: None,
        };
        let session = client.register(registration).await.unwrap();
        Someone { email, device, client, session }
    }

    /// The same person at a device that was never used.
    pub async fn elsewhere(&self, relay: &Relay) -> Self {
        self.at(relay, MemoryDevice::default()).await
    }

    /// The same person on a new page of the same device.
    pub async fn again(&self, relay: &Relay) -> Self {
        self.at(relay, self.device.clone()).await
    }

    async fn at(&self, relay: &Relay, device: MemoryDevice) -> Self {
        let client = Client::new(Wired::new(&relay.url, device.clone()));
        // Keys are derived on this thread, and on a busy machine a connection begun beside that would time out.
        let there = Request { method: "GET", path: "/healthz", bearer: None, headers: &[], body: None };
        client.platform().wire().request(there).await.unwrap();
        let session = client.login(Credentials::new(&self.email, PASSPHRASE)).await.unwrap();
        Someone { email: self.email.clone(), device, client, session }
    }

    pub fn me(&self) -> Person {
        self.session.me()
    }

    pub fn wire(&self) -> &crate::wire::Wire {
        self.client.platform().wire()
    }

    pub fn now_ms(&self) -> u64 {
        use keyferry_client::Platform as _;
        self.client.platform().now_ms()
    }

    pub async fn pin(&self, other: &Someone) {
        let Person { user, fingerprint, .. } = other.me();
        let pinned = self.session.people().pin(user, fingerprint, Pin::Verified).await.unwrap();
        assert_eq!(pinned.pin, Pin::Verified);
    }

    /// Uploads `content` as a file of a known size.
    pub async fn upload(&self, organization: OrganizationId, content: &Bytes) -> FileInfo {
        let source = BytesSource::file(content.clone());
        self.session.files().upload(organization, source, options(), &Watch::default()).await.unwrap()
    }

    /// Reads a whole file by its stream.
    pub async fn read(&self, file: &FileInfo) -> Result<Vec<u8>, ClientError> {
        let opened = self.session.files().open(file.id, &Watch::default()).await?;
        let mut stream = opened.stream(&Watch::default());
        let mut all = Vec::new();
        while let Some(piece) = stream.next().await? {
            all.extend_from_slice(&piece);
        }
        Ok(all)
    }
}

pub fn options() -> UploadOptions {
    UploadOptions {
        label: "Q3 ledger".into(),
        name: "ledger-q3.xlsx".into(),
        media_type: "application/vnd.ms-excel".into(),
        modified_at_ms: Some(1_700_000_000_000),
    }
}

/// Bytes that repeat only after long.
pub fn content(bytes: usize) -> Bytes {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    std::iter::repeat_with(next).flatten().take(bytes).collect()
}

/// Takes somebody into an organization, every fingerprint compared.
pub async fn admit(owner: &Someone, person: &Someone, organization: &Organization, role: Role) {
    let organizations = owner.session.organizations();
    let invitation = organizations.invite(organization.id, &person.email, role).await.unwrap();
    let refused = person.session.invitations().accept(invitation.id).await.unwrap_err();
    assert_eq!(refused.code, Code::KeyUnverified, "an organization is compared before it is joined");
    let people = person.session.people();
    people.pin_organization(organization.id, organization.fingerprint, Pin::Verified).await.unwrap();
    person.session.invitations().accept(invitation.id).await.unwrap();
    let fingerprint = person.me().fingerprint;
    let refused = organizations.admit(organization.id, invitation.id, fingerprint).await.unwrap_err();
    assert_eq!(refused.code, Code::KeyUnverified, "a person is compared before they are admitted");
    owner.pin(person).await;
    let other = owner.me().fingerprint;
    let refused = organizations.admit(organization.id, invitation.id, other).await.unwrap_err();
    assert_eq!(refused.code, Code::KeyUnverified, "the fingerprint compared is the one pinned");
    let after = organizations.admit(organization.id, invitation.id, fingerprint).await.unwrap();
    assert!(after.members.iter().any(|member| member.person.user == person.me().user && member.role == role));
}

/// An organization of an owner, an approver and a consultant.
pub struct Acme {
    pub relay: Relay,
    pub owner: Someone,
    pub approver: Someone,
    pub consultant: Someone,
    pub organization: Organization,
}

impl Acme {
    pub async fn found() -> Self {
        let relay = Relay::start();
        let owner = Someone::register(&relay, "owner").await;
        let approver = Someone::register(&relay, "approver").await;
        let consultant = Someone::register(&relay, "consultant").await;
        let organization = owner.session.organizations().create("Acme", Suite::X25519Hpke).await.unwrap();
        admit(&owner, &approver, &organization, Role::Approver).await;
        admit(&owner, &consultant, &organization, Role::Consultant).await;
        Acme { relay, owner, approver, consultant, organization }
    }

    /// The consultant asks, the approver has compared fingerprints and grants.
    pub async fn grant(&self, file: &FileInfo, days: u64) -> keyferry_client::Grant {
        self.grant_to(&self.consultant, file, days).await
    }

    /// As [`Acme::grant`], for another consultant.
    pub async fn grant_to(&self, reader: &Someone, file: &FileInfo, days: u64) -> keyferry_client::Grant {
        let until = reader.now_ms() + days * DAY_MS;
        let request = reader.session.requests().create(file.id, "Audit of Q3", until).await.unwrap();
        self.approver.pin(reader).await;
        let fingerprint = reader.me().fingerprint;
        self.approver.session.requests().approve(request.id, fingerprint, None).await.unwrap()
    }

    /// One more member.
    pub async fn join(&self, name: &str, role: Role) -> Someone {
        let person = Someone::register(&self.relay, name).await;
        admit(&self.owner, &person, &self.organization, role).await;
        person
    }
}
