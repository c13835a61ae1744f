//! Starts the relay, and stops it without cutting off what it is doing.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use actix_cors::Cors;
use actix_web::dev::ServerHandle;
use actix_web::http::header;
use actix_web::middleware::from_fn;
use actix_web::web::Data;
use actix_web::{App, HttpServer};
use tokio::signal::unix::{SignalKind, signal};

use crate::config::Config;
use crate::state::State;
use crate::store::StoreError;
use crate::tls::{TlsError, server_config};
use crate::{problem, routes};

/// How long running requests may take to end after a stop was asked for, in seconds.
const SHUTDOWN_SECONDS: u64 = 10;
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// How much of a body an HTTP/2 client sends ahead. PATCHes that wait for their turn fill their streams; there must be
/// room on the connection for the one they wait for.
const HTTP2_STREAM_BYTES: u32 = 1024 * 1024;
const HTTP2_CONNECTION_BYTES: u32 = 16 * 1024 * 1024;
/// How long a browser may remember what CORS allows, in seconds.
const PREFLIGHT_SECONDS: usize = 3600;

/// Why the relay does not run.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The data directory cannot be made.
    #[error("cannot make the data directory: {0}")]
    DataDirectory(std::io::Error),
    /// No relay ever ran there.
    #[error("there is no relay's data in {}", .0.display())]
    NoData(PathBuf),
    /// A store cannot be opened.
    #[error("cannot open a store: {0}")]
    Store(#[from] StoreError),
    /// TLS cannot start.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The address cannot be listened on, or serving failed.
    #[error("cannot serve: {0}")]
    Serve(#[from] std::io::Error),
}

/// A relay that listens.
pub struct Server {
    running: actix_web::dev::Server,
    address: SocketAddr,
    state: Data<State>,
}

/// Stops a relay from elsewhere.
#[derive(Clone)]
pub struct Stop {
    handle: ServerHandle,
    state: Data<State>,
}

impl Server {
    /// Opens the stores, listens, and starts to answer.
    ///
    /// # Errors
    /// [`ServerError`].
    pub async fn bind(config: Config) -> Result<Self, ServerError> {
        outlive_full_disks()?;
        let tls = config.tls.as_ref().map(server_config).transpose()?;
        let listen = config.listen;
        let state = Data::from(Arc::new(State::open(config).await?));
        actix_web::rt::spawn(state.uploads.clone().sweep_until(state.stopping.clone()));
        let shared = state.clone();
        let builder = HttpServer::new(move || {
            App::new()
                .app_data(shared.clone())
                .wrap(from_fn(routes::limit_time))
                .wrap(from_fn(routes::identify))
                .wrap(from_fn(routes::limit_address))
                .wrap(cors(&shared.config.allow_origin))
                .wrap(from_fn(problem::answer))
                .configure(routes::configure)
        })
        .keep_alive(KEEP_ALIVE)
        .h2_initial_window_size(HTTP2_STREAM_BYTES)
        .h2_initial_connection_window_size(HTTP2_CONNECTION_BYTES)
        .shutdown_timeout(SHUTDOWN_SECONDS)
        .disable_signals();
        let builder = match tls {
            Some(tls) => builder.bind_rustls_0_23(listen, tls)?,
            None => builder.bind(listen)?,
        };
        let address = builder.addrs().first().copied().unwrap_or(listen);
        Ok(Server { running: builder.run(), address, state })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL to reach it.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.state.config.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// Stops it from elsewhere.
    #[must_use]
    pub fn stop(&self) -> Stop {
        Stop { handle: self.running.handle(), state: self.state.clone() }
    }

    /// Answers until it is stopped.
    ///
    /// # Errors
    /// [`ServerError::Serve`].
    pub async fn run(self) -> Result<(), ServerError> {
        Ok(self.running.await?)
    }

    /// Answers until it is stopped, or SIGTERM or SIGINT comes.
    ///
    /// # Errors
    /// [`ServerError::Serve`].
    pub async fn run_until_signalled(self) -> Result<(), ServerError> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let stop = self.stop();
        let signalled = actix_web::rt::spawn(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            tracing::info!("stopping");
            stop.now().await;
        });
        let result = self.run().await;
        signalled.abort();
        result
    }
}

impl Stop {
    /// Ends event streams, waits for running requests, and returns when the relay stopped.
    pub async fn now(&self) {
        self.state.stopping.cancel();
        self.handle.stop(true).await;
    }
}

/// A write beyond a file-size limit (`ulimit -f`) kills a process that does not catch SIGXFSZ; caught, it fails like
/// any other full disk.
fn outlive_full_disks() -> std::io::Result<()> {
    signal(SignalKind::from_raw(libc::SIGXFSZ)).map(drop)
}

/// Only the listed origins, compared exactly, may read answers; there are no cookies to send.
fn cors(origins: &[String]) -> Cors {
    let uploads = [
        "tus-resumable",
        "upload-offset",
        "upload-length",
        "upload-defer-length",
        "upload-metadata",
        "upload-checksum",
        "upload-expires",
    ];
    let cors = Cors::default()
        .allowed_methods(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
        .allowed_headers([header::AUTHORIZATION, header::CONTENT_TYPE, header::RANGE, header::IF_RANGE])
        .allowed_headers(uploads)
        // What tus clients send when asked to.
        .allowed_headers(["x-http-method-override", "x-request-id"])
        .expose_headers(uploads)
        .expose_headers(["tus-version", "tus-extension", "tus-max-size", "tus-checksum-algorithm"])
        .expose_headers(["location", "content-range", "accept-ranges", "etag", "retry-after", "x-request-id"])
        .max_age(PREFLIGHT_SECONDS);
    origins.iter().fold(cors, |cors, origin| cors.allowed_origin(origin))
}
