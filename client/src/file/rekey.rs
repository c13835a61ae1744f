//! A file under another key: sealed again as its next version, and wrapped anew for those who remain.

use std::cell::Cell;
use std::rc::Rc;

use keyferry_protocol::grant::GrantState;
use keyferry_protocol::statement::{FileVersion, Grant};
use keyferry_protocol::wire::access::GrantEntry;
use keyferry_protocol::wire::file::{FileEntry, Rekey};
use keyferry_protocol::{Code, FileId, Role, UploadId, route};

use super::kept::Kept;
use super::open::{Content, OpenedFile};
use super::plaintext::Reopened;
use super::stream::ContentStream;
use super::transfer::plaintext_about;
use super::upload::{Described, Place, Uploaded};
use super::watch::Watch;
use super::{FileInfo, UploadOptions};
use crate::device::rollback;
use crate::error::ClientError;
use crate::organization::KnownOrganization;
use crate::people::Recipient;
use crate::person::Pin;
use crate::platform::Platform;
use crate::relay::Submission;
use crate::session::{Inner, Session};
use crate::verify::{Reader as GrantReader, check_grant, mismatch};

/// Somebody who may go on reading.
struct Reader {
    grant: Grant,
    recipient: Recipient,
}

impl<P: Platform> Session<P> {
    /// Seals the current version again and has it replaced.
    pub(super) async fn rekey_file(&self, file: FileId, watch: &Watch) -> Result<FileInfo, ClientError> {
        let opened = watch.abort.race(self.open_file(file)).await?;
        let before = &opened.content.version;
        let place = Place { organization: before.organization, file, version: before.version + 1 };
        let kept = Kept::of(&self.inner, place).await?;
        let begun = Cell::new(None);
        let rekeying = self.rekey_all(&opened, &kept, watch, &begun);
        let rekeyed = self.inner.watched(Box::pin(rekeying), watch, &begun, Some(&kept)).await?;
        // It is done, whatever this device can forget of it.
        let _ = kept.forget().await;
        Ok(rekeyed)
    }

    async fn rekey_all(
        &self,
        opened: &OpenedFile<P>,
        kept: &Kept<'_, P>,
        watch: &Watch,
        begun: &Cell<Option<UploadId>>,
    ) -> Result<FileInfo, ClientError> {
        let inner = &self.inner;
        let before = &opened.content.version;
        // Nothing is sealed that could not be wrapped to everybody who remains.
        inner.readers(before).await?;
        let at = kept.resumed().map_or(0, |(_, _, at)| plaintext_about(at));
        let mut content = Reopened::from(opened, at);
        let mut uploaded = inner.upload_content(kept.place, &mut content, watch, begun, Some(kept)).await?;
        if uploaded.resumed {
            // Two pages sealed it, perhaps of different bytes. Only the owner of the new DEK sealed what opens under it, whoever knew
            // the one before: so what is read here is what was sealed, and it has to be the whole of the file.
            let content = Content {
                session: self.clone(),
                path: route::upload(uploaded.upload),
                dek: uploaded.dek().clone(),
                version: uploaded.version_after(before),
                size: opened.size,
                sha256: opened.sha256,
            };
            let mut stream = ContentStream::begin(Rc::new(content), watch.clone());
            while stream.next().await?.is_some() {}
            uploaded.sealed.sha256 = opened.sha256;
        }
        if uploaded.sealed.sha256 != opened.sha256 {
            let message = "the content is not what its manifest says";
            return Err(ClientError::new(Code::ContentCorrupt, message));
        }
        let options = UploadOptions {
            label: opened.label.clone(),
            name: opened.name.clone(),
            media_type: opened.media_type.clone(),
            modified_at_ms: opened.modified_at_ms,
        };
        let described = inner.describe(&uploaded, options).await?;
        inner.replace(before, &uploaded, &described).await
    }
}

impl<P: Platform> Inner<P> {
    /// Signs the version and every grant that remains, and has the relay swap them in at once. Whenever the relay knows of
    /// other grants, they are asked for and signed again; nothing is sealed again.
    async fn replace(
        &self,
        before: &FileVersion,
        uploaded: &Uploaded,
        described: &Described,
    ) -> Result<FileInfo, ClientError> {
        self.append(async |pen| {
            let (known, readers) = self.readers(before).await?;
            let (new, version) = self.sign_version(pen, &known, uploaded, described).await?;
            let mut grants = Vec::with_capacity(readers.len());
            for Reader { grant, recipient } in readers {
                let grant = self.moved(&known, grant, &version)?;
                grants.push(self.sign_grant(pen, grant, &recipient.key, uploaded.dek()).await?);
            }
            Submission::post(route::rekey(before.file), &Rekey { version: new, grants })
        })
        .await?;
        let known = self.organization(before.organization).await?;
        let entry: FileEntry = self.relay.get(&route::file(before.file)).await?;
        // What the relay took, it also serves.
        let next = before.version.saturating_add(1);
        self.memory.update(|memory| memory.see_version(before.file, next)).await?;
        if entry.version < next {
            return Err(rollback("the file"));
        }
        self.file_info(&known, &entry).await
    }

    /// A grant as it was, for another version, by me.
    fn moved(
        &self,
        known: &KnownOrganization,
        grant: Grant,
        version: &FileVersion,
    ) -> Result<Grant, ClientError> {
        let FileVersion { version, salt, commitment, .. } = *version;
        let membership = self.my_membership(known, Role::holds_vault)?;
        Ok(Grant { version, salt, commitment, membership, epoch: known.state.epoch, ..grant })
    }

    /// Whose grants open this version now, with the keys to wrap to.
    async fn readers(
        &self,
        version: &FileVersion,
    ) -> Result<(Rc<KnownOrganization>, Vec<Reader>), ClientError> {
        let known = self.trusted_organization(version.organization).await?;
        self.my_membership(&known, Role::holds_vault)?;
        let mut readers = Vec::new();
        for entry in self.grant_entries(version.organization).await? {
            if (entry.file.file, entry.file.version) == (version.file, version.version) {
                readers.extend(self.reader_of(&known, &entry, version).await?);
            }
        }
        Ok((known, readers))
    }

    /// The reader by a grant, if it opens the version still and they are a consultant still, by the identity the root signed. Where
    /// I have no pin of my own, the comparison of the approver who signed the grant counts, as long as they hold the vault.
    async fn reader_of(
        &self,
        known: &KnownOrganization,
        entry: &GrantEntry,
        version: &FileVersion,
    ) -> Result<Option<Reader>, ClientError> {
        let grant = check_grant(known, &entry.statement, &entry.granter, version)?.statement.body;
        let reader = GrantReader { user: entry.recipient.user, keys: entry.recipient.keys() };
        if grant.grant != entry.grant || !reader.is(grant.recipient, grant.recipient_fingerprint) {
            return Err(mismatch("grant"));
        }
        let revoked = self.memory.read(|memory| memory.revoked.contains(&grant.grant));
        if entry.state == GrantState::Active && revoked {
            return Err(rollback("a grant"));
        }
        let open = entry.state.check(grant.expires_at_ms, self.platform.now_ms()).is_ok();
        let Some(member) = known.state.member(grant.recipient).filter(|_| open) else { return Ok(None) };
        if member.identity_key != entry.recipient.identity_key || !member.role.may_request() {
            let message = "a grant's reader is no consultant by the identity the root signed";
            return Err(ClientError::new(Code::MembershipUnsigned, message));
        }
        let granter = known.state.member(entry.granter.user);
        let compared = granter.is_some_and(|granter| {
            granter.role.holds_vault() && granter.identity_key == entry.granter.key_of(&entry.statement.0)
        });
        let pin = match self.person(&entry.recipient).pin {
            Pin::Unverified if compared => Pin::Trusted,
            pin => pin,
        };
        // One identity led to the other, and the root signed it: who compared the one need not compare the other.
        let recipient_fingerprint = member.fingerprint();
        let recipient = Recipient::check(&entry.recipient, pin, recipient_fingerprint)?;
        self.memory.update(|memory| memory.see_key(recipient.user, recipient.key_version)).await?;
        Ok(Some(Reader { grant: Grant { recipient_fingerprint, ..grant }, recipient }))
    }
}
