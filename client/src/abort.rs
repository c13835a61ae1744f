//! Stopping a flow from outside: what an `AbortSignal` becomes.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Poll, Waker};

use keyferry_protocol::{Code, SortedMap};

use crate::error::ClientError;

/// Stops every flow it was given to. Clones stop together; the default never stops.
#[derive(Clone, Default)]
pub struct Abort(Rc<State>);

#[derive(Default)]
struct State {
    aborted: Cell<bool>,
    /// Whoever waits, by the number of their race.
    waiting: RefCell<SortedMap<u64, Waker>>,
    races: Cell<u64>,
}

/// A race's place among those who wait; given up when the race ends or is dropped.
struct Place<'a> {
    state: &'a State,
    number: u64,
}

impl Place<'_> {
    fn wait(&self, waker: &Waker) {
        self.state.waiting.borrow_mut().insert(self.number, waker.clone());
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.state.waiting.borrow_mut().remove(&self.number);
    }
}

impl Abort {
    /// Stops what is running under this signal, and refuses what starts later.
    pub fn abort(&self) {
        self.0.aborted.set(true);
        self.0.waiting.take().into_values().for_each(Waker::wake);
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
        let place = Place { state: &self.0, number: self.0.races.replace(self.0.races.get() + 1) };
        std::future::poll_fn(|context| {
            if self.is_aborted() {
                return Poll::Ready(Err(ClientError::new(Code::Aborted, "the call was stopped")));
            }
            // Before the flow is polled: it may itself lead to the stop.
            place.wait(context.waker());
            flow.as_mut().poll(context)
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::task::{Context, Wake};

    use super::*;

    struct Woken(AtomicBool);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    #[test]
    fn a_stop_wakes_whoever_waits_and_keeps_nobody() {
        let abort = Abort::default();
        let woken = Arc::new(Woken(AtomicBool::new(false)));
        let waker = Waker::from(woken.clone());
        let mut context = Context::from_waker(&waker);
        let mut race = Box::pin(abort.race(std::future::pending::<Result<(), ClientError>>()));
        assert!(Pin::new(&mut race).poll(&mut context).is_pending());
        abort.clone().abort();
        assert!(woken.0.load(Ordering::Relaxed));
        let Poll::Ready(Err(error)) = Pin::new(&mut race).poll(&mut context) else { panic!("stopped") };
        assert_eq!(error.code, Code::Aborted);
        drop(race);
        assert!(abort.0.waiting.borrow().is_empty());
    }

    #[test]
    fn an_ended_race_leaves_no_waker_behind() {
        let abort = Abort::default();
        let mut context = Context::from_waker(Waker::noop());
        for _ in 0..3 {
            let mut race = Box::pin(abort.race(std::future::ready(Ok(()))));
            assert!(Pin::new(&mut race).poll(&mut context).is_ready());
        }
        assert!(abort.0.waiting.borrow().is_empty());
    }
}
