//! Statements that follow a person's chain.

use keyferry_protocol::context::WrapScope;
use keyferry_protocol::statement::{Body, Succession, Wrap};
use keyferry_protocol::{Bytes, ChainHead, Digest, IdentityKey, KeyId, OwnerId, UserId, Verified};

use super::error::ServiceError;
use crate::state::State;
use crate::store::Change;

/// A person's chain while statements of one request are accepted onto it.
#[derive(Clone)]
pub struct PersonalChain {
    user: UserId,
    key: IdentityKey,
    from: ChainHead,
    to: ChainHead,
    statements: Vec<Bytes>,
}

impl PersonalChain {
    /// The chain as it stands.
    pub async fn load(state: &State, user: UserId) -> Result<Self, ServiceError> {
        let account = state.registry.account(user).await?.ok_or_else(ServiceError::not_found)?;
        let head = state.registry.head(user.into()).await?;
        Ok(Self::at(user, account.identity_key, head))
    }

    /// A chain that stands at `head`.
    #[must_use]
    pub fn at(user: UserId, key: IdentityKey, head: ChainHead) -> Self {
        PersonalChain { user, key, from: head, to: head, statements: Vec::new() }
    }

    /// Verifies the person's next statement.
    ///
    /// # Errors
    /// The statement's own code: encoding, kind, signature, issuer or `chain_conflict`.
    pub fn accept<B: Body>(&mut self, bytes: &Bytes) -> Result<Verified<B>, ServiceError> {
        let verified = Verified::<B>::check(&bytes.0, self.user.into(), &self.key)?;
        self.to = self.to.after(&verified)?;
        self.statements.push(bytes.clone());
        Ok(verified)
    }

    /// Verifies that the next two statements put another identity key in the place of the person's, and gives it: what
    /// follows is signed by it.
    ///
    /// # Errors
    /// As [`PersonalChain::accept`]; `statement_invalid` when they say something else.
    pub fn accept_succession(&mut self, successions: &[Bytes]) -> Result<IdentityKey, ServiceError> {
        let [by_old, by_new] = successions else {
            return Err(ServiceError::value(
                "A succession is two statements: by the key until now and by the next.",
            ));
        };
        let said = self.accept::<Succession>(by_old)?;
        let Succession { owner, from, to } = *said.body();
        if owner != self.user.into() || from != self.key || to == self.key {
            return Err(ServiceError::statement("The succession is of another key, or to the same."));
        }
        self.key = to;
        if self.accept::<Succession>(by_new)?.body() == said.body() {
            return Ok(to);
        }
        Err(ServiceError::statement("The next key says something else than the key until now."))
    }

    /// Verifies that the next statement vouches for exactly `expected`.
    ///
    /// # Errors
    /// As [`PersonalChain::accept`], and `statement_invalid` when it says something else.
    pub fn accept_wrap(&mut self, bytes: &Bytes, expected: &ExpectedWrap<'_>) -> Result<(), ServiceError> {
        let wrap = self.accept::<Wrap>(bytes)?;
        if *wrap.body() != expected.body() {
            return Err(ServiceError::statement("The wrap statement vouches for something else."));
        }
        Ok(())
    }

    /// The head after what was accepted.
    #[must_use]
    pub const fn head(&self) -> ChainHead {
        self.to
    }

    /// The change that stores what was accepted.
    #[must_use]
    pub fn change(self) -> Change {
        Change::Append { owner: self.user.into(), from: self.from, statements: self.statements, to: self.to }
    }
}

/// What a wrap statement must say.
pub struct ExpectedWrap<'a> {
    /// What the key is for.
    pub scope: WrapScope,
    /// The person or organization it is for.
    pub recipient: OwnerId,
    /// The key it is wrapped to.
    pub recipient_key: KeyId,
    /// The commitment of the DEK or of the bundle.
    pub commitment: Digest,
    /// The wrapped bytes themselves.
    pub wrapped: &'a Bytes,
    /// The grant it serves.
    pub grant: Option<Digest>,
}

impl ExpectedWrap<'_> {
    fn body(&self) -> Wrap {
        Wrap {
            scope: self.scope,
            recipient: self.recipient,
            recipient_key: self.recipient_key,
            commitment: self.commitment,
            wrapped: Digest::of(&self.wrapped.0),
            grant: self.grant,
        }
    }
}
