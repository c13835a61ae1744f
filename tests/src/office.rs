//! An organization with people in it, ready to work.

use std::time::{SystemTime, UNIX_EPOCH};

use keyferry_client::native::MemoryDevice;
use keyferry_client::platform::Source;
use keyferry_client::{
    Client, Credentials, FileInfo, Grant, Pin, Registration, Session, UploadOptions, Watch,
};
use keyferry_protocol::{FileId, OrganizationId, Role, Suite};

use crate::platform::Watched;
use crate::spy::Known;

/// An hour, in milliseconds.
const HOUR_MS: u64 = 3_600_000;

/// An owner and a consultant who verified each other's keys.
pub struct Office {
    /// Signs, uploads, approves.
    pub owner: Session<Watched>,
    /// Asks and reads.
    pub consultant: Session<Watched>,
    /// Theirs.
    pub organization: OrganizationId,
    /// What the owner's device remembers.
    pub device: MemoryDevice,
    name: String,
}

impl Office {
    /// Registers both at `url`, founds an organization and admits the consultant. `name` makes e-mails and passphrases.
    pub async fn found(url: &str, suite: Suite, name: &str, known: &Known) -> Self {
        let device = MemoryDevice::default();
        let at = Watched::on(url, known.clone(), device.clone());
        let owner = register_on(at, suite, &format!("owner-{name}")).await;
        let consultant = register(url, suite, &format!("consultant-{name}"), known).await;
        let made = owner.organizations().create(name, suite).await.unwrap();
        let office = Self { owner, consultant, organization: made.id, device, name: name.into() };
        office.admit(&office.consultant, Role::Consultant).await;
        office
    }

    /// The owner's client died; they log in with a new one, on the same device.
    pub async fn owner_again(&mut self, url: &str, known: &Known) {
        let (email, passphrase) = credentials(&format!("owner-{}", self.name));
        let client = Client::new(Watched::on(url, known.clone(), self.device.clone()));
        self.owner = client.login(Credentials::new(&email, &passphrase)).await.unwrap();
    }

    /// Registers one more person and makes them a second owner.
    pub async fn second_owner(&self, url: &str, suite: Suite, name: &str, known: &Known) -> Session<Watched> {
        let second = register(url, suite, name, known).await;
        self.admit(&second, Role::Owner).await;
        second
    }

    /// The owner and `person` compare fingerprints, and the owner signs.
    async fn admit(&self, person: &Session<Watched>, role: Role) {
        let (organizations, id) = (self.owner.organizations(), self.organization);
        let fingerprint = organizations.get(id).await.unwrap().fingerprint;
        let invitation = organizations.invite(id, &person.me().email, role).await.unwrap();
        person.people().pin_organization(id, fingerprint, Pin::Verified).await.unwrap();
        person.invitations().accept(invitation.id).await.unwrap();
        let fingerprint = person.me().fingerprint;
        self.owner.people().pin(person.me().user, fingerprint, Pin::Verified).await.unwrap();
        organizations.admit(id, invitation.id, fingerprint).await.unwrap();
    }

    /// The owner uploads.
    pub async fn upload(
        &self,
        source: impl Source<Buffer = bytes::Bytes>,
        options: UploadOptions,
    ) -> FileInfo {
        self.owner.files().upload(self.organization, source, options, &Watch::default()).await.unwrap()
    }

    /// The consultant asks, the owner approves.
    pub async fn grant(&self, file: FileId, reason: &str) -> Grant {
        let until = now_ms() + HOUR_MS;
        let request = self.consultant.requests().create(file, reason, until).await.unwrap();
        let fingerprint = self.consultant.me().fingerprint;
        self.owner.requests().approve(request.id, fingerprint, None).await.unwrap()
    }

    /// The consultant opens a file and reads all of it.
    pub async fn read(&self, file: FileId) -> Vec<u8> {
        let opened = self.consultant.files().open(file, &Watch::default()).await.unwrap();
        let mut stream = opened.stream(&Watch::default());
        let mut content = Vec::new();
        while let Some(piece) = stream.next().await.unwrap() {
            content.extend_from_slice(&piece);
        }
        content
    }
}

/// A new account; its passphrase holds its name.
async fn register(url: &str, suite: Suite, name: &str, known: &Known) -> Session<Watched> {
    register_on(Watched::new(url, known.clone()), suite, name).await
}

async fn register_on(platform: Watched, suite: Suite, name: &str) -> Session<Watched> {
    let (email, passphrase) = credentials(name);
    let registration = Registration { email: &email, passphrase: &passphrase, suite, invitation: None };
    Client::new(platform).register(registration).await.unwrap()
}

/// E-mail and passphrase.
fn credentials(name: &str) -> (String, String) {
    (format!("{name}@example.org"), format!("passphrase canary of {name}"))
}

fn now_ms() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970");
    u64::try_from(now.as_millis()).expect("it is before the year 500 million")
}
