//! Typed calls to the relay: JSON both ways, refusals as errors, and patience where asking twice is harmless.

use std::rc::Rc;

use futures_util::future::LocalBoxFuture;
use keyferry_protocol::Code;
use keyferry_protocol::json::{Json, JsonError, Value, from_text};
use keyferry_protocol::wire::problem::Problem;
use zeroize::{Zeroize as _, Zeroizing};

use crate::error::{ClientError, Failure};
use crate::platform::{Platform, Request, Response, Transport as _};

/// How often a harmless call is made before its failure is told.
const TRIES: u32 = 4;
/// How often a piece of content is tried for before it is given up: half a minute of a broken line.
const CONTENT_TRIES: u32 = 10;
/// The first pause between tries, in milliseconds; it doubles.
const FIRST_PAUSE_MS: u64 = 250;
/// The longest the relay can make a client wait by itself, in milliseconds.
const LONGEST_PAUSE_MS: u64 = 5_000;

/// A way to the relay, with or without a session.
pub(crate) struct Relay<P: Platform> {
    platform: Rc<P>,
    // The token goes into the Authorization header of requests to the relay, and nowhere else.
    token: Option<Zeroizing<String>>,
}

/// A change to send: method, path and JSON body. Bodies may hold login keys, so they are wiped.
pub(crate) struct Submission {
    pub method: &'static str,
    pub path: String,
    pub body: Zeroizing<Vec<u8>>,
}

impl Submission {
    pub fn post(path: String, body: &impl Json) -> Result<Self, ClientError> {
        Self::new("POST", path, body)
    }

    pub fn put(path: String, body: &impl Json) -> Result<Self, ClientError> {
        Self::new("PUT", path, body)
    }

    pub fn new(method: &'static str, path: String, body: &impl Json) -> Result<Self, ClientError> {
        Ok(Self::of(method, path, body.to_json()))
    }

    /// Once for every type of body.
    #[inline(never)]
    fn of(method: &'static str, path: String, value: Value) -> Self {
        let body = Zeroizing::new(value.to_text().into_bytes());
        wipe(value);
        Submission { method, path, body }
    }
}

impl<P: Platform> Relay<P> {
    pub fn new(platform: Rc<P>, token: Option<Zeroizing<String>>) -> Self {
        Relay { platform, token }
    }

    pub fn bearer(&self) -> Option<&str> {
        self.token.as_ref().map(|token| token.as_str())
    }

    pub fn request<'a>(&'a self, method: &'static str, path: &'a str) -> Request<'a> {
        Request { method, path, bearer: self.bearer(), headers: &[], body: None }
    }

    /// GETs and reads JSON. Reading changes nothing, so a lost answer is asked for again.
    pub async fn get<T: Json>(&self, path: &str) -> Result<T, ClientError> {
        shaped(self.fetch(path).await?)
    }

    fn fetch<'a>(&'a self, path: &'a str) -> LocalBoxFuture<'a, Result<Value, ClientError>> {
        Box::pin(async move {
            let mut patience = Patience::short();
            loop {
                match self.send(self.request("GET", path)).await {
                    Ok(response) => return parsed(&response.body),
                    Err(error) => patience.after(&*self.platform, error).await?,
                }
            }
        })
    }

    /// Sends a change once; what came of a lost answer is the caller's to find out.
    pub fn submit<'a>(
        &'a self,
        submission: &'a Submission,
    ) -> LocalBoxFuture<'a, Result<Response, ClientError>> {
        let request = self.request(submission.method, &submission.path);
        Box::pin(self.send(Request { body: Some(&submission.body), ..request }))
    }

    /// Sends a change that may be sent twice, until it is answered.
    pub async fn put_until_answered(&self, submission: &Submission) -> Result<(), ClientError> {
        let mut patience = Patience::short();
        while let Err(error) = self.submit(submission).await {
            patience.after(&*self.platform, error).await?;
        }
        Ok(())
    }

    /// Sends a change once and reads JSON.
    pub async fn ask<T: Json>(&self, submission: &Submission) -> Result<T, ClientError> {
        decode(&self.submit(submission).await?.body)
    }

    /// Deletes something.
    pub async fn delete(&self, path: &str) -> Result<(), ClientError> {
        self.send(self.request("DELETE", path)).await.map(|_| ())
    }

    /// Sends a request; refusals are errors.
    pub async fn send(&self, request: Request<'_>) -> Result<Response, ClientError> {
        accepted(self.platform.transport().request(request).await?)
    }
}

/// Waits between tries, and gives up after a few.
pub(crate) struct Patience {
    tries: u32,
    most: u32,
}

impl Patience {
    /// For a call that a person waits for.
    pub const fn short() -> Self {
        Patience { tries: 0, most: TRIES }
    }

    /// For content, of which much may be lost.
    pub const fn long() -> Self {
        Patience { tries: 0, most: CONTENT_TRIES }
    }

    /// Waits after a failure that may pass; hands back any other, and the last.
    pub async fn after<P: Platform>(&mut self, platform: &P, error: ClientError) -> Result<(), ClientError> {
        self.tries += 1;
        if self.tries >= self.most || !error.is_transient() || error.code == Code::Internal {
            return Err(error);
        }
        let pause = error.retry_after_ms.unwrap_or(FIRST_PAUSE_MS << self.tries.min(4));
        if pause > LONGEST_PAUSE_MS {
            return Err(error);
        }
        platform.sleep_ms(pause).await;
        Ok(())
    }
}

/// The answer, if its status says success.
pub(crate) fn accepted(response: Response) -> Result<Response, ClientError> {
    if (200..300).contains(&response.status) { Ok(response) } else { Err(refusal(&response)) }
}

/// What a refusal says.
pub(crate) fn refusal(response: &Response) -> ClientError {
    let problem = from_text::<Problem>(&response.body).ok();
    let (code, message) = match &problem {
        Some(problem) => (problem.code, problem.detail.clone()),
        None => (code_of_status(response.status), format!("the relay answered {}", response.status)),
    };
    let request_id =
        problem.map(|problem| problem.instance).or_else(|| response.header("x-request-id").map(String::from));
    let retry_after_ms = response.header("retry-after").and_then(|value| value.parse::<u64>().ok());
    let retry_after_ms = retry_after_ms.map(|seconds| seconds.saturating_mul(1000));
    Failure { code, message, request_id, retry_after_ms }.into()
}

/// For answers without a body (HEAD) and those of proxies in between.
fn code_of_status(status: u16) -> Code {
    match status {
        401 => Code::SessionInvalid,
        404 => Code::NotFound,
        409 => Code::UploadOffset,
        410 => Code::UploadGone,
        413 => Code::BodyTooLarge,
        429 => Code::RateLimited,
        500 => Code::Internal,
        502..=504 => Code::StoreUnavailable,
        _ => Code::ResponseInvalid,
    }
}

/// Reads JSON that must be of the documented shape.
pub(crate) fn decode<T: Json>(body: &[u8]) -> Result<T, ClientError> {
    shaped(parsed(body)?)
}

fn parsed(body: &[u8]) -> Result<Value, ClientError> {
    Value::parse(body).map_err(not_understood)
}

fn shaped<T: Json>(value: Value) -> Result<T, ClientError> {
    T::from_json(value).map_err(not_understood)
}

fn not_understood(error: JsonError) -> ClientError {
    ClientError::new(error.code(), format!("the relay's answer was not understood: {error}"))
}

/// A request's texts may hold a login key.
fn wipe(value: Value) {
    match value {
        Value::String(mut text) => text.zeroize(),
        Value::Array(items) => items.into_iter().for_each(wipe),
        Value::Object(entries) => entries.into_iter().for_each(|entry| wipe(entry.1)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use keyferry_protocol::wire::account::LoginParameters;
    use keyferry_protocol::wire::account::PublicIdentity;
    use keyferry_protocol::wire::bundle::Bundle;

    fn code<T: Json>(json: &str) -> Code {
        decode::<T>(json.as_bytes()).map(|_| ()).unwrap_err().code
    }

    #[test]
    fn answers_of_another_shape_are_told_apart() {
        assert_eq!(code::<LoginParameters>("{}"), Code::ResponseInvalid);
        let twice = r#"{"kdf":{"iterations":1,"iterations":2,"salt":"AA"}}"#;
        assert_eq!(code::<LoginParameters>(twice), Code::Encoding);
        let padded = r#"{"kdf":{"iterations":1,"salt":"AA=="}}"#;
        assert_eq!(code::<LoginParameters>(padded), Code::Encoding);
        let legacy = r#"{"kind":"identity","suite":"rsa-pkcs1-v1.5","version":1,"keys":[],"locks":[]}"#;
        assert_eq!(code::<Bundle>(legacy), Code::SuiteUnsupported);
        let weak = format!(
            r#"{{"user":"{}","email":"a@b","identity_key":"{}","key_certificate":"","successions":[]}}"#,
            "00".repeat(16),
            keyferry_protocol::Bytes(vec![0; 32])
        );
        assert_eq!(code::<PublicIdentity>(&weak), Code::KeyInvalid);
    }

    #[test]
    fn a_refusal_carries_code_request_id_and_patience() {
        let problem = Problem {
            kind: "urn:keyferry:problem:rate_limited".into(),
            status: 429,
            code: Code::RateLimited,
            detail: "wait".into(),
            instance: "abc".into(),
        };
        let headers = vec![("retry-after".into(), "3".into())];
        let response =
            Response { status: 429, headers, body: keyferry_protocol::json::to_text(&problem).into_bytes() };
        let error = refusal(&response);
        assert_eq!((error.code, error.retry_after_ms), (Code::RateLimited, Some(3000)));
        assert_eq!(error.request_id.as_deref(), Some("abc"));
        let bare = Response { status: 502, headers: Vec::new(), body: b"<html>".to_vec() };
        assert_eq!(refusal(&bare).code, Code::StoreUnavailable);
    }
}
