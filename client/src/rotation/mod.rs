//! Rotation of an encryption key, one's own or a vault's: everything that is wrapped to it is wrapped to the next, page by page;
//! then one submission puts the next in its place, whole, or nothing has changed.

mod person;
mod root;
mod vault;

use std::cell::{Cell, RefCell};

use keyferry_crypto::DecryptionKey;
use keyferry_crypto::content::ContentHeader;
use keyferry_crypto::sealed_box::{open_box, seal_box};
use keyferry_crypto::wrap::{unwrap_dek, wrap_dek};
use keyferry_protocol::context::{WrapScope, content_context};
use keyferry_protocol::statement::{AccessRequest, Rotation, Wrap};
use keyferry_protocol::wire::rotation::{
    HeldDek, NewRotation, RotatedDek, RotatedReason, RotatedWraps, Unrotated,
};
use keyferry_protocol::wire::sealed_box::SealedBox;
use keyferry_protocol::{Bytes, Code, Digest, EncryptionKey, OrganizationId, OwnerId, RequestId, route};

use crate::chain::Pen;
use crate::error::ClientError;
use crate::file::{Phase, Watch};
use crate::lanes;
use crate::organization::KnownOrganization;
use crate::platform::Platform;
use crate::relay::Submission;
use crate::request::check_request;
use crate::session::Inner;
use crate::verify::mismatch;

pub use person::NewKeys;

/// A rotation while its wraps are made.
struct Rotating<P: Platform> {
    organization: Option<OrganizationId>,
    owner: OwnerId,
    old: DecryptionKey<P::Engine>,
    new: EncryptionKey,
    /// The hashes of the wrap statements the relay took.
    wraps: RefCell<Vec<Digest>>,
}

/// A reason that is sealed to the old key.
struct HeldReason {
    scope: WrapScope,
    request: RequestId,
    /// The digest its requester signed.
    signed: Digest,
    sealed: SealedBox,
}

/// A page, wrapped to the new key and not yet signed.
struct Page {
    deks: Vec<(HeldDek, Vec<u8>)>,
    reasons: Vec<(HeldReason, SealedBox)>,
    unreadable: Vec<RequestId>,
}

impl<P: Platform> Rotating<P> {
    fn statement(&self) -> Rotation {
        let wraps = self.wraps.borrow().clone();
        let (from, to) = (self.old.public.id(), self.new.id());
        Rotation { owner: self.owner, from, to, wraps: wraps.len() as u64, root: Rotation::root_of(wraps) }
    }

    fn wrap(&self, scope: WrapScope, commitment: Digest, wrapped: &[u8], grant: Option<Digest>) -> Wrap {
        let (recipient, recipient_key) = (self.owner, self.new.id());
        Wrap { scope, recipient, recipient_key, commitment, wrapped: Digest::of(wrapped), grant }
    }
}

impl<P: Platform> Inner<P> {
    async fn begin_rotation(&self, rotating: &Rotating<P>) -> Result<(), ClientError> {
        let new = NewRotation { organization: rotating.organization, key: rotating.new.clone() };
        let path = route::rotation(rotating.new.id());
        self.relay.put_until_answered(&Submission::put(path, &new)?).await
    }

    /// Wraps whatever is left to the new key until nothing is.
    async fn rewrap_all(&self, rotating: &Rotating<P>, watch: &Watch) -> Result<(), ClientError> {
        let key = rotating.new.id();
        loop {
            let left: Unrotated = self.relay.get(&route::rotation(key)).await?;
            let done = rotating.wraps.borrow().len() as u64;
            let total = done + left.remaining;
            watch.tell(Phase::Rewrapping, done, Some(total));
            if left.deks.is_empty() && left.reasons.is_empty() {
                return Ok(());
            }
            let tell = |more: usize| watch.tell(Phase::Rewrapping, done + more as u64, Some(total));
            let page = self.rewrap(rotating, left, &tell).await?;
            let taken = self
                .append_with(async |pen| {
                    let (wraps, hashes) = self.sign_page(pen, rotating, &page).await?;
                    Ok((Submission::post(route::rotation_wraps(key), &wraps)?, hashes))
                })
                .await?;
            rotating.wraps.borrow_mut().extend(taken);
        }
    }

    /// Wraps the keys of a page to the new key, a few beside each other: the platform has more than one core.
    async fn rewrap(
        &self,
        rotating: &Rotating<P>,
        left: Unrotated,
        tell: &dyn Fn(usize),
    ) -> Result<Page, ClientError> {
        let Unrotated { deks, reasons, .. } = left;
        let wrapped: Vec<_> = deks.iter().map(|_| RefCell::new(Vec::new())).collect();
        let (next, done) = (Cell::new(0), Cell::new(0));
        let lane = async || {
            while let Some(dek) = deks.get(next.get()) {
                let place = next.replace(next.get() + 1);
                *wrapped[place].borrow_mut() = self.rewrap_dek(rotating, dek).await?;
                done.set(done.get() + 1);
                tell(done.get());
            }
            Ok::<(), ClientError>(())
        };
        lanes::run(lane).await?;
        let wrapped = wrapped.into_iter().map(RefCell::into_inner);
        let mut page = Page {
            deks: deks.into_iter().zip(wrapped).collect(),
            reasons: Vec::new(),
            unreadable: Vec::new(),
        };
        if !reasons.is_empty() {
            let organization = rotating.organization.ok_or_else(|| mismatch("rotation"))?;
            let known = self.trusted_organization(organization).await?;
            for request in reasons {
                let reason = self.believed_reason(&known, request).await?;
                match self.reseal(rotating, &reason).await {
                    Ok(sealed) => page.reasons.push((reason, sealed)),
                    // Whoever asked may have sealed anything; nobody could read it before, either.
                    Err(error) if error.code == Code::UnlockFailed => page.unreadable.push(request),
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(page)
    }

    /// The reason as a reader of the request believes it. Anybody can seal one to a vault, and what I vouch for is believed: whose
    /// words they were, nobody could tell then.
    async fn believed_reason(
        &self,
        known: &KnownOrganization,
        request: RequestId,
    ) -> Result<HeldReason, ClientError> {
        let entry = self.request_entry(request).await?;
        let AccessRequest { organization, file, reason: signed, .. } =
            check_request(known, &entry)?.0.statement.body;
        let scope = WrapScope::Reason { organization, file, request };
        Ok(HeldReason { scope, request, signed, sealed: entry.reason })
    }

    /// The DEK, wrapped to the new key. It is the one the version's commitment names: who opens the file later compares
    /// that with what its author signed.
    async fn rewrap_dek(&self, rotating: &Rotating<P>, held: &HeldDek) -> Result<Vec<u8>, ClientError> {
        let engine = self.platform.engine();
        let HeldDek { organization, file, version, wrapped_dek, .. } = held;
        let dek = unwrap_dek(engine, &rotating.old, *organization, *file, *version, &wrapped_dek.0).await?;
        let context = content_context(*organization, *file, *version);
        let header = held.salt.0.as_slice().try_into();
        let header = header.map(|salt| ContentHeader { salt, commitment: held.commitment.0 });
        if !header.is_ok_and(|header| header.belongs_to(&dek, &context)) {
            let message = format!("the key of file {file} is not the one that was signed");
            return Err(ClientError::new(Code::CommitmentMismatch, message));
        }
        Ok(wrap_dek(engine, &rotating.new, *organization, *file, *version, &dek).await?)
    }

    async fn reseal(&self, rotating: &Rotating<P>, held: &HeldReason) -> Result<SealedBox, ClientError> {
        let engine = self.platform.engine();
        let text = open_box(engine, &rotating.old, held.scope, &held.sealed).await?;
        Ok(seal_box(engine, &rotating.new, held.scope, &text).await?)
    }

    /// Vouches for every wrap of a page; gives the statements' hashes, too.
    async fn sign_page(
        &self,
        pen: &mut Pen<'_, P>,
        rotating: &Rotating<P>,
        page: &Page,
    ) -> Result<(RotatedWraps, Vec<Digest>), ClientError> {
        let mut hashes = Vec::with_capacity(page.deks.len() + page.reasons.len());
        let mut wraps =
            RotatedWraps { deks: Vec::new(), reasons: Vec::new(), unreadable: page.unreadable.clone() };
        for (held, wrapped) in &page.deks {
            let HeldDek { organization, file, version, .. } = *held;
            let scope = WrapScope::Dek { organization, file, version };
            let wrap = rotating.wrap(scope, held.commitment, wrapped, held.grant_hash);
            wraps.deks.push(RotatedDek {
                file,
                version,
                grant: held.grant,
                wrapped_dek: wrapped.clone().into(),
                wrap: self.vouch(pen, wrap, &mut hashes).await?,
            });
        }
        for (held, sealed) in &page.reasons {
            let wrap = rotating.wrap(held.scope, held.signed, &sealed.canonical(), None);
            wraps.reasons.push(RotatedReason {
                request: held.request,
                reason: sealed.clone(),
                wrap: self.vouch(pen, wrap, &mut hashes).await?,
            });
        }
        Ok((wraps, hashes))
    }

    async fn vouch(
        &self,
        pen: &mut Pen<'_, P>,
        wrap: Wrap,
        hashes: &mut Vec<Digest>,
    ) -> Result<Bytes, ClientError> {
        let signed = pen.sign(wrap).await?;
        hashes.push(signed.hash);
        Ok(signed.bytes)
    }
}
