//! A few futures beside each other: platforms have more than one core, and every call into them takes a while.

use std::future::{Future, poll_fn};
use std::task::Poll;

/// As many lanes: more than most machines have cores, so that none waits for an answer on its way.
const LANES: usize = 16;

/// Runs `lane` as often as there are lanes, all beside each other, until every one has ended or one has failed. Lanes share what
/// is left to do; each takes its next piece when it is done with the one before.
///
/// # Errors
/// The first error of a lane.
pub async fn run<F: Future<Output = Result<(), E>>, E>(lane: impl Fn() -> F) -> Result<(), E> {
    let mut lanes: Vec<_> = (0..LANES).map(|_| Box::pin(lane())).collect();
    poll_fn(|context| {
        let mut place = 0;
        while let Some(lane) = lanes.get_mut(place) {
            match lane.as_mut().poll(context) {
                Poll::Ready(Ok(())) => drop(lanes.swap_remove(place)),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => place += 1,
            }
        }
        if lanes.is_empty() { Poll::Ready(Ok(())) } else { Poll::Pending }
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::task::{Context, Waker};

    /// Pending once, so that lanes take turns.
    async fn turn() {
        let mut waited = false;
        poll_fn(|_| if std::mem::replace(&mut waited, true) { Poll::Ready(()) } else { Poll::Pending }).await;
    }

    #[test]
    fn every_piece_is_done_once_and_the_first_failure_ends_it() {
        let (next, at_once, most) = (Cell::new(0), Cell::new(0), Cell::new(0));
        let lane = async || {
            while next.get() < 100 {
                let piece = next.replace(next.get() + 1);
                at_once.set(at_once.get() + 1);
                most.set(at_once.get().max(most.get()));
                turn().await;
                at_once.set(at_once.get() - 1);
                if piece == 50 {
                    return Err(piece);
                }
            }
            Ok(())
        };
        let mut running = Box::pin(run(lane));
        let mut context = Context::from_waker(Waker::noop());
        let ended = loop {
            if let Poll::Ready(ended) = running.as_mut().poll(&mut context) {
                break ended;
            }
        };
        assert_eq!((ended, most.get()), (Err(50), LANES));
        assert!(next.get() < 100, "nothing was begun after the failure");
    }
}
