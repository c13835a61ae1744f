//! The relay's own TLS: rustls with ring.

use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::config::Tls;

/// Why TLS cannot start.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A PEM file cannot be read, or holds something else.
    #[error("cannot read PEM from {path}: {cause}")]
    Pem {
        /// Which file.
        path: String,
        /// Why.
        cause: rustls::pki_types::pem::Error,
    },
    /// Certificate and key do not fit.
    #[error("the TLS certificate and key cannot be used: {0}")]
    Unusable(#[from] rustls::Error),
}

/// TLS 1.2 and 1.3 with this certificate.
///
/// # Errors
/// [`TlsError`] for unreadable files or a key that is not the certificate's.
pub fn server_config(tls: &Tls) -> Result<ServerConfig, TlsError> {
    let at = |path: &Path, cause| TlsError::Pem { path: path.display().to_string(), cause };
    let chain = CertificateDer::pem_file_iter(&tls.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|cause| at(&tls.certificate, cause))?;
    let key = PrivateKeyDer::from_pem_file(&tls.key).map_err(|cause| at(&tls.key, cause))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?)
}
