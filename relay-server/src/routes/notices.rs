//! Live notices, as server-sent events read by `fetch` with the bearer token.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::{Bytes, Data};
use futures_util::Stream;
use keyferry_protocol::route;
use keyferry_protocol::wire::notice::Notice;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, interval_at, sleep};

use crate::service::notice::Told;
use crate::service::{Caller, session};
use crate::state::State;

const HEARTBEAT: Duration = Duration::from_secs(15);

/// Listens to live notices.
#[utoipa::path(get, path = route::NOTICES,
    responses((status = 200, description = "An event stream; each `data:` line is a notice.", body = Notice,
        content_type = "text/event-stream")))]
pub async fn listen(state: Data<State>, caller: Caller) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/event-stream"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header(("x-accel-buffering", "no"))
        .streaming(events(state, caller))
}

/// Ends with the session, with the server, or when the listener fell too far behind; it then connects again and
/// looks at everything.
fn events(state: Data<State>, caller: Caller) -> impl Stream<Item = Result<Bytes, std::convert::Infallible>> {
    let mut told = state.notices.listen();
    let lifetime = Duration::from_millis(caller.session_expires_at_ms.saturating_sub(caller.now_ms));
    async_stream::stream! {
        let mut heartbeat = interval_at(Instant::now() + HEARTBEAT, HEARTBEAT);
        let mut end = std::pin::pin!(sleep(lifetime));
        yield Ok(Bytes::from_static(b": connected\n\n"));
        loop {
            tokio::select! {
                () = &mut end => break,
                () = state.stopping.cancelled() => break,
                _ = heartbeat.tick() => {
                    // The operator's command line is another process: nobody tells of a session that it ended.
                    if session::in_force(&state, caller.session).await.is_err() {
                        break;
                    }
                    yield Ok(Bytes::from_static(b": alive\n\n"));
                }
                heard = told.recv() => match heard {
                    Ok(Told::Notice { audience, notice }) if audience.contains(&caller.user) => {
                        yield Ok(line(&notice));
                    }
                    Ok(Told::SessionEnded(session)) if session == caller.session => break,
                    Ok(Told::SessionsEnded(user, but)) if user == caller.user && but != Some(caller.session) => {
                        break;
                    }
                    Ok(_) => {}
                    Err(RecvError::Lagged(_) | RecvError::Closed) => break,
                },
            }
        }
    }
}

fn line(notice: &Notice) -> Bytes {
    // A notice holds only ids: there is nothing in it that JSON could not say.
    let json = serde_json::to_string(notice).unwrap_or_default();
    Bytes::from(format!("data: {json}\n\n"))
}
