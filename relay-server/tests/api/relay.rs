//! A relay in this process, and the HTTP to talk to it.

use std::sync::mpsc;

use keyferry_protocol::Code;
use keyferry_protocol::wire::problem::Problem;
use relay_server::{Config, Options, Server};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tempfile::TempDir;
use ureq::http;

/// An answer, whatever its status.
pub struct Reply {
    pub status: u16,
    pub headers: http::HeaderMap,
    pub body: Vec<u8>,
}

impl Reply {
    /// The body of a success.
    pub fn json<T: DeserializeOwned>(&self) -> T {
        assert!(
            (200..300).contains(&self.status),
            "{}: {}",
            self.status,
            String::from_utf8_lossy(&self.body)
        );
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The problem of a refusal; its shape is checked every time.
    pub fn problem(&self) -> Problem {
        let text = String::from_utf8_lossy(&self.body);
        assert!(self.status >= 400, "not refused: {} {text}", self.status);
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{text}");
        let problem: Problem = serde_json::from_slice(&self.body).unwrap();
        assert_eq!(problem.status, self.status);
        assert_eq!(problem.code.status(), Some(self.status), "{text}");
        assert_eq!(problem.kind, format!("urn:keyferry:problem:{}", problem.code.name()));
        assert_eq!(Some(problem.instance.as_str()), self.header("x-request-id"));
        problem
    }

    /// The code of a refusal.
    pub fn code(&self) -> Code {
        self.problem().code
    }

    /// A header's text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// Where a relay answers.
#[derive(Clone)]
pub struct Http {
    agent: ureq::Agent,
    pub url: String,
}

impl Http {
    pub fn new(url: &str) -> Self {
        let config = ureq::Agent::config_builder().http_status_as_error(false).build();
        Http { agent: config.into(), url: url.to_owned() }
    }

    /// Sends anything.
    pub fn raw(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        let mut request = http::Request::builder().method(method).uri(format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut answer = if body.is_empty() {
            self.agent.run(request.body(()).unwrap()).unwrap()
        } else {
            self.agent.run(request.body(body).unwrap()).unwrap()
        };
        let body = answer.body_mut().with_config().limit(1 << 30).read_to_vec().unwrap();
        Reply { status: answer.status().as_u16(), headers: answer.headers().clone(), body }
    }

    /// Opens a stream of lines.
    pub fn stream(&self, path: &str, bearer: &str) -> impl std::io::BufRead + use<> {
        let uri = format!("{}{path}", self.url);
        let request = http::Request::get(uri).header("authorization", bearer).body(()).unwrap();
        let answer = self.agent.run(request).unwrap();
        assert_eq!(answer.status(), 200);
        std::io::BufReader::new(answer.into_body().into_reader())
    }

    pub fn get(&self, path: &str, bearer: Option<&str>) -> Reply {
        self.call("GET", path, bearer, None::<&()>)
    }

    pub fn call(
        &self,
        method: &str,
        path: &str,
        bearer: Option<&str>,
        body: Option<&impl Serialize>,
    ) -> Reply {
        let mut headers = Vec::new();
        headers.extend(bearer.map(|bearer| ("authorization", bearer)));
        let body = body.map(|body| serde_json::to_vec(body).unwrap()).unwrap_or_default();
        if !body.is_empty() {
            headers.push(("content-type", "application/json"));
        }
        self.raw(method, path, &headers, &body)
    }
}

/// A relay in a thread of its own, which lives as long as the test process; its data goes with the test.
pub struct Relay {
    pub http: Http,
    pub data: TempDir,
}

impl std::ops::Deref for Relay {
    type Target = Http;
    fn deref(&self) -> &Http {
        &self.http
    }
}

impl Relay {
    pub fn start() -> Self {
        Self::with(|_| {})
    }

    pub fn with(adjust: impl FnOnce(&mut Options)) -> Self {
        let data = tempfile::tempdir().unwrap();
        let mut options = Options {
            data_dir: Some(data.path().to_owned()),
            listen: Some(([127, 0, 0, 1], 0).into()),
            ..Options::default()
        };
        adjust(&mut options);
        let config = Config::load(options).unwrap();
        let (started, url) = mpsc::channel();
        std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = Server::bind(config).await.unwrap();
                started.send(server.url()).unwrap();
                server.run().await.unwrap();
            });
        });
        Relay { http: Http::new(&url.recv().unwrap()), data }
    }
}
