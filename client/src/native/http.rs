//! HTTP by `reqwest`.

use std::ops::Range;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, RANGE};
use reqwest::{Method, RequestBuilder};

use crate::platform::{
    LineStream, LinesAnswer, READ_HEADERS, RangeAnswer, Request, Response, Transport, TransportError,
};

/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long nothing may come on a connection that is open; the relay keeps notices alive more often.
const READ_TIMEOUT: Duration = Duration::from_secs(60);

/// HTTP to one relay.
pub struct HttpTransport {
    origin: String,
    client: reqwest::Client,
}

impl HttpTransport {
    pub(super) fn new(origin: &str) -> Result<Self, TransportError> {
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(READ_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(unreachable)?;
        Ok(HttpTransport { origin: origin.trim_end_matches('/').into(), client })
    }

    fn builder(&self, request: &Request<'_>) -> Result<RequestBuilder, TransportError> {
        let method =
            Method::from_bytes(request.method.as_bytes()).map_err(|_| TransportError("method".into()))?;
        let mut builder = self.client.request(method, format!("{}{}", self.origin, request.path));
        if let Some(bearer) = request.bearer {
            builder = builder.header(AUTHORIZATION, format!("Bearer {bearer}"));
        }
        for (name, value) in request.headers {
            builder = builder.header(*name, *value);
        }
        Ok(builder)
    }
}

impl Transport for HttpTransport {
    type Buffer = Bytes;
    type Lines = HttpLines;

    async fn request(&self, request: Request<'_>) -> Result<Response, TransportError> {
        let mut builder = self.builder(&request)?;
        if let Some(body) = request.body {
            builder = builder.header(CONTENT_TYPE, "application/json").body(body.to_vec());
        }
        whole(builder.send().await.map_err(unreachable)?).await
    }

    async fn patch(
        &self,
        request: Request<'_>,
        body: Bytes,
        progress: &dyn Fn(u64),
    ) -> Result<Response, TransportError> {
        let length = body.len() as u64;
        let response = whole(self.builder(&request)?.body(body).send().await.map_err(unreachable)?).await?;
        progress(length);
        Ok(response)
    }

    async fn get_range(
        &self,
        request: Request<'_>,
        range: Range<u64>,
        progress: &dyn Fn(u64),
    ) -> Result<RangeAnswer<Bytes>, TransportError> {
        let asked = format!("bytes={}-{}", range.start, range.end.saturating_sub(1));
        let mut response = self.builder(&request)?.header(RANGE, asked).send().await.map_err(unreachable)?;
        if !response.status().is_success() {
            return whole(response).await.map(RangeAnswer::Refused);
        }
        let total = response.headers().get("content-range").and_then(|value| value.to_str().ok());
        let total = total.and_then(|value| value.rsplit('/').next()).and_then(|total| total.parse().ok());
        let mut bytes = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
            bytes.extend_from_slice(&chunk);
            progress(bytes.len() as u64);
        }
        Ok(RangeAnswer::Content { bytes: bytes.freeze(), total })
    }

    async fn lines(&self, request: Request<'_>) -> Result<LinesAnswer<HttpLines>, TransportError> {
        let builder = self.builder(&request)?.header(ACCEPT, "text/event-stream");
        let response = builder.send().await.map_err(unreachable)?;
        if response.status().as_u16() != 200 {
            return whole(response).await.map(LinesAnswer::Refused);
        }
        Ok(LinesAnswer::Lines(HttpLines { response, pending: Vec::new() }))
    }
}

/// Lines of a response that is still coming.
pub struct HttpLines {
    response: reqwest::Response,
    pending: Vec<u8>,
}

impl LineStream for HttpLines {
    async fn next_line(&mut self) -> Result<Option<String>, TransportError> {
        loop {
            if let Some(end) = self.pending.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.pending.drain(..=end).collect();
                return Ok(Some(String::from_utf8_lossy(&line).trim_end().into()));
            }
            match self.response.chunk().await.map_err(unreachable)? {
                Some(chunk) => self.pending.extend_from_slice(&chunk),
                None => return Ok(None),
            }
        }
    }
}

async fn whole(response: reqwest::Response) -> Result<Response, TransportError> {
    let status = response.status().as_u16();
    let read = |name: &str| {
        let value = response.headers().get(name)?.to_str().ok()?;
        Some((name.to_owned(), value.to_owned()))
    };
    let headers = READ_HEADERS.iter().filter_map(|name| read(name)).collect();
    let body = response.bytes().await.map_err(unreachable)?.to_vec();
    Ok(Response { status, headers, body })
}

fn unreachable(error: reqwest::Error) -> TransportError {
    // Without the URL: identifiers in paths do not belong into messages.
    TransportError(error.without_url().to_string())
}
