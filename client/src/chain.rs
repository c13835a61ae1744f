//! Adding statements to one's own chain: one at a time, each after the one before.

use std::cell::RefCell;
use std::pin::Pin;

use futures_util::lock::Mutex;
use keyferry_crypto::SigningKey;
use keyferry_crypto::sign::sign_statement;
use keyferry_protocol::statement::{Body, Succession, Unsigned};
use keyferry_protocol::wire::account::Account;
use keyferry_protocol::{Bytes, ChainHead, Code, Digest, Statement, route};

use crate::error::ClientError;
use crate::platform::Platform;
use crate::relay::{Patience, Submission};
use crate::session::Inner;

/// How often a submission is signed anew because the chain grew elsewhere.
const TRIES: u32 = 5;

/// Where one's own chain stands.
pub(crate) struct Chain(Mutex<Place>);

struct Place {
    head: ChainHead,
    /// False after a submission whose end is not known: the head is asked for before the next.
    certain: bool,
}

impl Chain {
    pub fn new(head: ChainHead) -> Self {
        Chain(Mutex::new(Place { head, certain: true }))
    }
}

/// Signs statements that follow each other, for one submission.
pub(crate) struct Pen<'a, P: Platform> {
    inner: &'a Inner<P>,
    head: ChainHead,
    signing: SigningKey<P::Engine>,
}

/// A signed statement.
pub(crate) struct Signed {
    pub bytes: Bytes,
    pub hash: Digest,
}

impl<P: Platform> Pen<'_, P> {
    /// Signs the next statement.
    pub fn sign<B: Body>(&mut self, body: B) -> Signing<'_> {
        let me = &self.inner.me;
        let statement = Statement::following(self.head, me.user.into(), self.inner.platform.now_ms(), body);
        Box::pin(self.sign_next(statement.unsigned()))
    }

    async fn sign_next(&mut self, statement: Unsigned) -> Result<Signed, ClientError> {
        let bytes = sign_statement(self.inner.platform.engine(), &self.signing, &statement).await?;
        let hash = Digest::of(&bytes);
        self.head = ChainHead { sequence: self.head.sequence + 1, hash };
        Ok(Signed { bytes: bytes.into(), hash })
    }

    /// Signs that `next` takes the place of the identity, with both; what follows is signed by `next`.
    pub async fn succeed(&mut self, next: &SigningKey<P::Engine>) -> Result<Vec<Bytes>, ClientError> {
        let succession =
            Succession { owner: self.inner.me.user.into(), from: self.signing.public, to: next.public };
        let by_old = self.sign(succession.clone()).await?.bytes;
        self.signing = next.clone();
        Ok(vec![by_old, self.sign(succession).await?.bytes])
    }
}

type Signing<'a> = Pin<Box<dyn Future<Output = Result<Signed, ClientError>> + 'a>>;
type Written<'a> = Pin<Box<dyn Future<Output = Result<Submission, ClientError>> + 'a>>;

/// What writes a submission's statements.
trait Write<P: Platform> {
    fn write<'a>(&'a self, pen: &'a mut Pen<'_, P>) -> Written<'a>;
}

struct Boxed<F>(F);

impl<P: Platform, F: AsyncFn(&mut Pen<'_, P>) -> Result<Submission, ClientError>> Write<P> for Boxed<F> {
    fn write<'a>(&'a self, pen: &'a mut Pen<'_, P>) -> Written<'a> {
        Box::pin((self.0)(pen))
    }
}

impl<P: Platform> Inner<P> {
    /// Signs what `write` says and submits it. When the chain grew meanwhile, `write` is asked again. When an answer
    /// is lost, the chain's head tells whether the relay took the statements, so nothing is said twice.
    pub async fn append(
        &self,
        write: impl AsyncFn(&mut Pen<'_, P>) -> Result<Submission, ClientError>,
    ) -> Result<(), ClientError> {
        self.append_by(&Boxed(write)).await.map(drop)
    }

    /// The same for what is written beside a submission, as it goes with the one the relay took: not always the last.
    pub async fn append_with<T>(
        &self,
        write: impl AsyncFn(&mut Pen<'_, P>) -> Result<(Submission, T), ClientError>,
    ) -> Result<T, ClientError> {
        let written = RefCell::new(Vec::new());
        let write = async |pen: &mut Pen<'_, P>| {
            let (submission, beside) = write(pen).await?;
            written.borrow_mut().push(beside);
            Ok(submission)
        };
        let taken = self.append_by(&Boxed(write)).await?;
        Ok(written.into_inner().swap_remove(taken))
    }

    /// The same for every writer, so that a browser downloads it once.
    /// Gives which of its submissions, from 0, the relay took.
    async fn append_by(&self, write: &dyn Write<P>) -> Result<usize, ClientError> {
        let mut place = self.chain.0.lock().await;
        let mut submitted = Vec::new();
        let mut patience = Patience::short();
        let mut conflict = None;
        for _ in 0..TRIES {
            if !place.certain {
                self.find(&mut place).await?;
            }
            if let Some(taken) = submitted.iter().position(|head| *head == place.head) {
                return Ok(taken);
            }
            let mut pen = Pen { inner: self, head: place.head, signing: self.me.signing.clone() };
            let submission = write.write(&mut pen).await?;
            submitted.push(pen.head);
            // Until the answer is here; also when this future is dropped.
            place.certain = false;
            match self.relay.submit(&submission).await {
                Ok(_) => return self.advance(&mut place, pen.head).await.map(|()| submitted.len() - 1),
                Err(error) if error.code == Code::ChainConflict => conflict = Some(error),
                Err(error) if error.is_transient() => patience.after(&*self.platform, error).await?,
                Err(error) => {
                    place.certain = true;
                    return Err(error);
                }
            }
        }
        Err(conflict
            .unwrap_or_else(|| ClientError::new(Code::ChainConflict, "the chain kept growing elsewhere")))
    }

    async fn advance(&self, place: &mut Place, head: ChainHead) -> Result<(), ClientError> {
        *place = Place { head, certain: true };
        self.memory.update(|memory| memory.see_chain(head)).await
    }

    async fn find(&self, place: &mut Place) -> Result<(), ClientError> {
        let account: Account = self.relay.get(&route::me()).await?;
        self.advance(place, account.chain).await
    }
}
