//! Stopping a flow from outside: what an `AbortSignal` becomes.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Poll, Waker};

use keyferry_protocol::Code;

use crate::error::ClientError;

/// Stops every flow it was given to. Clones stop together; the default never stops.
#[derive(Clone, Default)]
pub struct Abort(Rc<State>);

#[derive(Default)]
struct State {
    aborted: Cell<bool>,
    waiting: RefCell<Vec<Waker>>,
}

impl Abort {
    /// Stops what is running under this signal, and refuses what starts later.
    pub fn abort(&self) {
        self.0.aborted.set(true);
        self.0.waiting.take().into_iter().for_each(Waker::wake);
    }

    /// Whether it was stopped.
    #[must_use]
    pub fn is_aborted(&self) -> bool {
        self.0.aborted.get()
    }

    /// Runs `flow` until it ends or the signal stops it; a stopped flow is dropped where it stands, and its
    /// transport gives up what is in flight.
    ///
    /// # Errors
    /// `aborted`, or the flow's own.
    pub async fn race<T>(
        &self,
        flow: impl Future<Output = Result<T, ClientError>>,
    ) -> Result<T, ClientError> {
        let mut flow = pin!(flow);
        std::future::poll_fn(|context| {
            if self.is_aborted() {
                return Poll::Ready(Err(ClientError::new(Code::Aborted, "the call was stopped")));
            }
            let polled = flow.as_mut().poll(context);
            if polled.is_pending() {
                self.wait(context.waker());
            }
            polled
        })
        .await
    }

    fn wait(&self, waker: &Waker) {
        let mut waiting = self.0.waiting.borrow_mut();
        if !waiting.iter().any(|other| other.will_wake(waker)) {
            waiting.push(waker.clone());
        }
    }
}
