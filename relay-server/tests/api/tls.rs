//! The relay's own TLS, by a real handshake.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;

use relay_server::{Config, Options, tls};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use tempfile::TempDir;

use crate::relay::Relay;

/// A certificate for `localhost` that signs itself, in files that go with it.
pub struct Certificate {
    folder: TempDir,
    der: CertificateDer<'static>,
}

impl Certificate {
    pub fn make() -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("cert.pem"), made.cert.pem()).unwrap();
        std::fs::write(folder.path().join("key.pem"), made.signing_key.serialize_pem()).unwrap();
        Certificate { folder, der: made.cert.der().clone() }
    }

    /// Has a relay use it.
    pub fn serve(&self, options: &mut Options) {
        options.tls_cert = Some(self.folder.path().join("cert.pem"));
        options.tls_key = Some(self.folder.path().join("key.pem"));
    }

    /// A client that trusts it and nothing else.
    pub fn client(&self) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        roots.add(self.der.clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config =
            ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        config.with_root_certificates(roots).with_no_client_auth()
    }
}

/// The name in [`Certificate`]s.
pub fn localhost() -> ServerName<'static> {
    ServerName::try_from("localhost").unwrap()
}

#[test]
fn a_relay_with_a_certificate_speaks_tls_and_nothing_else() {
    let certificate = Certificate::make();
    let relay = Relay::with(|options| certificate.serve(options));
    let address = relay.url.strip_prefix("https://").expect("the URL says https").to_owned();

    let connection = ClientConnection::new(Arc::new(certificate.client()), localhost()).unwrap();
    let mut stream = StreamOwned::new(connection, TcpStream::connect(&address).unwrap());
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));

    let mut plain = TcpStream::connect(&address).unwrap();
    plain.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP/1.1 200"), "no plain text is answered");
}

#[test]
fn a_certificate_without_its_key_stops_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cert.pem");
    let only = Options { tls_cert: Some(path.clone()), data_dir: Some("data".into()), ..Options::default() };
    assert!(Config::load(only).is_err());
    std::fs::write(&path, "no pem").unwrap();
    let tls = relay_server::config::Tls { certificate: path.clone(), key: path };
    assert!(tls::server_config(&tls).is_err());
}
