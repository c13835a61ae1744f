//! A request, the grant it leads to and the grant's end, in any order of what people and the clock may do.

use keyferry_protocol::GrantId;
use keyferry_protocol::grant::{GrantRefusal, GrantState};
use keyferry_protocol::request::RequestState;
use proptest::prelude::*;

/// What anybody may try.
#[derive(Clone, Copy, Debug)]
enum Attempt {
    Approve { grant: u8, lasts_ms: u64 },
    Deny,
    Withdraw,
    Revoke,
    Read,
    Wait { ms: u64 },
}

fn attempt() -> impl Strategy<Value = Attempt> {
    prop_oneof![
        (any::<u8>(), 0..40u64).prop_map(|(grant, lasts_ms)| Attempt::Approve { grant, lasts_ms }),
        Just(Attempt::Deny),
        Just(Attempt::Withdraw),
        Just(Attempt::Revoke),
        Just(Attempt::Read),
        (0..20u64).prop_map(|ms| Attempt::Wait { ms }),
    ]
}

/// What is stored of one request.
struct Story {
    request: RequestState,
    grant: Option<(GrantState, u64)>,
    now_ms: u64,
}

/// What has happened, told apart from what is stored.
#[derive(Default)]
struct Told {
    decisions: Vec<&'static str>,
    revoked_at_ms: Option<u64>,
}

impl Story {
    /// Tries it; what is accepted is stored, and whether it was is the answer.
    fn attempt(&mut self, attempt: Attempt) -> bool {
        match attempt {
            Attempt::Approve { grant, lasts_ms } => {
                let decided = self.request.approve(GrantId::from_random([grant; 16]));
                if decided.is_ok() {
                    self.grant = Some((GrantState::Active, self.now_ms + lasts_ms));
                }
                self.decide(decided.ok())
            }
            Attempt::Deny => self.decide(self.request.deny().ok()),
            Attempt::Withdraw => self.decide(self.request.withdraw().ok()),
            Attempt::Revoke => match self.grant {
                Some((state, expires_at_ms)) => {
                    let ended = state.revoke(self.now_ms).ok();
                    self.grant = Some((ended.unwrap_or(state), expires_at_ms));
                    ended.is_some()
                }
                None => false,
            },
            Attempt::Read => self
                .grant
                .is_some_and(|(state, expires_at_ms)| state.check(expires_at_ms, self.now_ms).is_ok()),
            Attempt::Wait { ms } => {
                self.now_ms += ms;
                true
            }
        }
    }

    fn decide(&mut self, decided: Option<RequestState>) -> bool {
        self.request = decided.unwrap_or(self.request);
        decided.is_some()
    }
}

proptest! {
    #[test]
    fn no_order_of_events_reads_without_a_grant_in_force(attempts in prop::collection::vec(attempt(), 0..40)) {
        let mut story = Story { request: RequestState::Pending, grant: None, now_ms: 1_000 };
        let mut told = Told::default();
        for attempt in attempts {
            let (before, grant_before) = (story.request, story.grant);
            let accepted = story.attempt(attempt);
            match attempt {
                Attempt::Approve { .. } if accepted => told.decisions.push("approved"),
                Attempt::Deny if accepted => told.decisions.push("denied"),
                Attempt::Withdraw if accepted => told.decisions.push("withdrawn"),
                Attempt::Revoke if accepted => {
                    prop_assert_eq!(told.revoked_at_ms, None, "it ended twice");
                    told.revoked_at_ms = Some(story.now_ms);
                }
                Attempt::Read if accepted => {
                    prop_assert_eq!(&told.decisions, &["approved"]);
                    prop_assert_eq!(told.revoked_at_ms, None);
                    prop_assert!(story.grant.is_some_and(|(_, expires_at_ms)| story.now_ms < expires_at_ms));
                }
                Attempt::Wait { .. } => {}
                // Whatever is refused changes nothing.
                _ => prop_assert_eq!((story.request, story.grant), (before, grant_before)),
            }
            prop_assert!(told.decisions.len() <= 1, "decided twice: {:?}", told.decisions);
            prop_assert_eq!(story.request == RequestState::Pending, told.decisions.is_empty());
            let approved = matches!(story.request, RequestState::Approved { .. });
            prop_assert_eq!(approved, story.grant.is_some(), "a grant without its request, or the other way");
            if let (Some((state, expires_at_ms)), Some(at_ms)) = (story.grant, told.revoked_at_ms) {
                prop_assert_eq!(state, GrantState::Revoked { revoked_at_ms: at_ms });
                prop_assert_eq!(state.check(expires_at_ms, story.now_ms), Err(GrantRefusal::Revoked));
            }
        }
    }
}
