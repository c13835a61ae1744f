//! Configuration: flags over environment (`KEYFERRY_*`) over a TOML file over defaults.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::log::LogFormat;
use crate::service::upload::UploadLimits;

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration file {path}: {cause}")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// The file is not of the documented shape.
    #[error("the configuration file {path} is not valid: {message}")]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// What the parser says.
        message: String,
    },
    /// A setting that needs another one.
    #[error("{0}")]
    Incomplete(&'static str),
}

/// Who may register.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum RegistrationMode {
    /// Anyone.
    #[default]
    Open,
    /// Whoever has a pending invitation into an organization, or knows the operator's registration secret.
    Invitation,
}

/// A secret setting. It has no Debug, Display or Serialize that prints it.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct SecretText(String);

impl SecretText {
    /// The secret, for the one use that the caller explains.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for SecretText {
    type Err = std::convert::Infallible;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(SecretText(text.to_owned()))
    }
}

impl std::fmt::Debug for SecretText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretText")
    }
}

/// What flags, environment or file say. Every setting may be absent.
#[derive(Clone, Debug, Default, clap::Args, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Options {
    /// A TOML file with these settings; flags and environment win over it.
    #[arg(long, env = "KEYFERRY_CONFIG", value_name = "FILE")]
    #[serde(skip)]
    pub config: Option<PathBuf>,
    /// Where registry.db, private-keys.db and content/ live. The one setting that must be given.
    #[arg(long, env = "KEYFERRY_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Address and port to listen on; port 0 takes a free one [default: 127.0.0.1:8460].
    #[arg(long, env = "KEYFERRY_LISTEN", value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
    /// Serve the web app from this folder.
    #[arg(long, env = "KEYFERRY_WEB_ROOT", value_name = "DIR")]
    pub web_root: Option<PathBuf>,
    /// Keep locked private keys in this MongoDB instead of private-keys.db.
    #[arg(long, env = "KEYFERRY_MONGODB_URI", value_name = "URI", hide_env_values = true)]
    pub mongodb_uri: Option<SecretText>,
    /// The database there [default: keyferry].
    #[arg(long, env = "KEYFERRY_MONGODB_DATABASE", value_name = "NAME")]
    pub mongodb_database: Option<String>,
    /// Keep ciphertext at this URL (file:///folder) instead of content/ in the data directory.
    #[arg(long, env = "KEYFERRY_CONTENT_URL", value_name = "URL", hide_env_values = true)]
    pub content_url: Option<SecretText>,
    /// TLS certificate chain, PEM; with --tls-key. Without both, the relay speaks plain HTTP.
    #[arg(long, env = "KEYFERRY_TLS_CERT", value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,
    /// TLS private key, PEM; with --tls-cert.
    #[arg(long, env = "KEYFERRY_TLS_KEY", value_name = "FILE")]
    pub tls_key: Option<PathBuf>,
    /// Let pages of this origin use the API; may be given several times.
    #[arg(long, env = "KEYFERRY_ALLOW_ORIGIN", value_name = "ORIGIN", value_delimiter = ',')]
    pub allow_origin: Vec<String>,
    /// Who may register [default: open].
    #[arg(long, env = "KEYFERRY_REGISTRATION", value_name = "MODE")]
    pub registration: Option<RegistrationMode>,
    /// With `--registration invitation`: a secret that lets anyone who knows it register.
    #[arg(long, env = "KEYFERRY_REGISTRATION_SECRET", value_name = "SECRET", hide_env_values = true)]
    pub registration_secret: Option<SecretText>,
    /// How long a session lives [default: 12].
    #[arg(long, env = "KEYFERRY_SESSION_HOURS", value_name = "N")]
    pub session_hours: Option<u32>,
    /// Days until an upload that nobody continues is swept [default: 7].
    #[arg(long, env = "KEYFERRY_UPLOAD_DAYS", value_name = "N")]
    pub upload_days: Option<u32>,
    /// The largest upload, in bytes [default: 1099511627776, a tebibyte].
    #[arg(long, env = "KEYFERRY_MAX_UPLOAD_BYTES", value_name = "N")]
    pub max_upload_bytes: Option<u64>,
    /// How log lines look [default: json].
    #[arg(long, env = "KEYFERRY_LOG_FORMAT", value_name = "FORMAT")]
    pub log_format: Option<LogFormat>,
    /// Requests a minute from one address [default: 30000].
    #[arg(long, env = "KEYFERRY_ADDRESS_REQUESTS_PER_MINUTE", value_name = "N")]
    pub address_requests_per_minute: Option<u32>,
    /// Requests a minute from one account [default: 12000].
    #[arg(long, env = "KEYFERRY_ACCOUNT_REQUESTS_PER_MINUTE", value_name = "N")]
    pub account_requests_per_minute: Option<u32>,
    /// Login attempts a minute for one e-mail address [default: 60].
    #[arg(long, env = "KEYFERRY_LOGINS_PER_MINUTE", value_name = "N")]
    pub logins_per_minute: Option<u32>,
}

/// The settings in force.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where registry.db, private-keys.db and content/ live.
    pub data_dir: PathBuf,
    /// Address and port to listen on.
    pub listen: SocketAddr,
    /// The web app's folder, if served.
    pub web_root: Option<PathBuf>,
    /// MongoDB for locked private keys, if used.
    pub mongodb: Option<MongoDb>,
    /// The object store for ciphertext, if not `content/`.
    pub content_url: Option<SecretText>,
    /// TLS, if the relay itself speaks it.
    pub tls: Option<Tls>,
    /// Origins whose pages may use the API.
    pub allow_origin: Vec<String>,
    /// Who may register.
    pub registration: RegistrationMode,
    /// Lets whoever knows it register in invitation mode.
    pub registration_secret: Option<SecretText>,
    /// How long a session lives, in milliseconds.
    pub session_ms: u64,
    /// What uploads may be and how long they live.
    pub uploads: UploadLimits,
    /// How log lines look.
    pub log_format: LogFormat,
    /// Rate limits.
    pub limits: Limits,
}

/// Where MongoDB is.
#[derive(Clone, Debug)]
pub struct MongoDb {
    /// The connection string; may hold a password.
    pub uri: SecretText,
    /// The database.
    pub database: String,
}

/// The relay's own TLS.
#[derive(Clone, Debug)]
pub struct Tls {
    /// Certificate chain, PEM.
    pub certificate: PathBuf,
    /// Private key, PEM.
    pub key: PathBuf,
}

/// Requests a minute; a burst of one minute's worth is allowed.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// From one address.
    pub address_requests_per_minute: u32,
    /// From one account.
    pub account_requests_per_minute: u32,
    /// Login attempts for one e-mail address.
    pub logins_per_minute: u32,
}

impl Config {
    /// Merges `options` (flags and environment) with the file they name, and fills in the defaults.
    ///
    /// # Errors
    /// [`ConfigError`] for an unusable file or a setting that lacks its partner.
    pub fn load(options: Options) -> Result<Self, ConfigError> {
        let file = options.config.as_deref().map(read_file).transpose()?.unwrap_or_default();
        Config::from_options(options.or(file))
    }

    fn from_options(options: Options) -> Result<Self, ConfigError> {
        let tls = match (options.tls_cert, options.tls_key) {
            (Some(certificate), Some(key)) => Some(Tls { certificate, key }),
            (None, None) => None,
            _ => return Err(ConfigError::Incomplete("give both --tls-cert and --tls-key, or neither")),
        };
        Ok(Config {
            data_dir: options.data_dir.ok_or(ConfigError::Incomplete(
                "say where data lives: --data-dir, KEYFERRY_DATA_DIR, or data-dir in the configuration file",
            ))?,
            listen: options.listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8460))),
            web_root: options.web_root,
            mongodb: options.mongodb_uri.map(|uri| MongoDb {
                uri,
                database: options.mongodb_database.unwrap_or_else(|| "keyferry".to_owned()),
            }),
            content_url: options.content_url,
            tls,
            allow_origin: options.allow_origin,
            registration: options.registration.unwrap_or_default(),
            registration_secret: options.registration_secret,
            session_ms: u64::from(options.session_hours.unwrap_or(12)) * 3_600_000,
            uploads: UploadLimits {
                max_bytes: options.max_upload_bytes.unwrap_or(1 << 40),
                days: options.upload_days.unwrap_or(7),
            },
            log_format: options.log_format.unwrap_or_default(),
            limits: Limits {
                address_requests_per_minute: options.address_requests_per_minute.unwrap_or(30_000),
                account_requests_per_minute: options.account_requests_per_minute.unwrap_or(12_000),
                logins_per_minute: options.logins_per_minute.unwrap_or(60),
            },
        })
    }
}

impl Options {
    /// These settings, and where they are silent those of `other`.
    #[must_use]
    pub fn or(self, other: Options) -> Options {
        Options {
            config: self.config.or(other.config),
            data_dir: self.data_dir.or(other.data_dir),
            listen: self.listen.or(other.listen),
            web_root: self.web_root.or(other.web_root),
            mongodb_uri: self.mongodb_uri.or(other.mongodb_uri),
            mongodb_database: self.mongodb_database.or(other.mongodb_database),
            content_url: self.content_url.or(other.content_url),
            tls_cert: self.tls_cert.or(other.tls_cert),
            tls_key: self.tls_key.or(other.tls_key),
            allow_origin: if self.allow_origin.is_empty() { other.allow_origin } else { self.allow_origin },
            registration: self.registration.or(other.registration),
            registration_secret: self.registration_secret.or(other.registration_secret),
            session_hours: self.session_hours.or(other.session_hours),
            upload_days: self.upload_days.or(other.upload_days),
            max_upload_bytes: self.max_upload_bytes.or(other.max_upload_bytes),
            log_format: self.log_format.or(other.log_format),
            address_requests_per_minute: self
                .address_requests_per_minute
                .or(other.address_requests_per_minute),
            account_requests_per_minute: self
                .account_requests_per_minute
                .or(other.account_requests_per_minute),
            logins_per_minute: self.logins_per_minute.or(other.logins_per_minute),
        }
    }
}

fn read_file(path: &Path) -> Result<Options, ConfigError> {
    let text = std::fs::read_to_string(path)
        .map_err(|cause| ConfigError::Unreadable { path: path.to_owned(), cause })?;
    // The parser's own message quotes the offending line, which may hold a secret: only its first line is kept.
    toml::from_str(&text).map_err(|error| ConfigError::Malformed {
        path: path.to_owned(),
        message: error.message().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_win_over_the_file_and_the_file_over_defaults() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("relay.toml");
        std::fs::write(
            &path,
            "data-dir = \"from-file\"\nsession-hours = 3\nallow-origin = [\"https://a.example\"]\n",
        )
        .unwrap();
        let flags = Options { config: Some(path), session_hours: Some(5), ..Options::default() };
        let config = Config::load(flags).unwrap();
        assert_eq!(config.data_dir, PathBuf::from("from-file"));
        assert_eq!(config.session_ms, 5 * 3_600_000);
        assert_eq!(config.allow_origin, ["https://a.example"]);
        assert_eq!(config.registration, RegistrationMode::Open);
    }

    #[test]
    fn no_secret_setting_is_ever_formatted() {
        let secret = |text: &str| Some(text.parse::<SecretText>().unwrap());
        let options = Options {
            data_dir: Some("data".into()),
            mongodb_uri: secret("mongodb://u:canary@h"),
            content_url: secret("s3://canary"),
            registration_secret: secret("canary"),
            ..Options::default()
        };
        assert!(!format!("{options:?}").contains("canary"));
        let config = Config::load(options).unwrap();
        assert!(!format!("{config:?}").contains("canary"));
    }
}
