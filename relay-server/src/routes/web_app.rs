//! The web app's files, under a policy that runs nothing but them.

use std::path::{Path, PathBuf};

use actix_files::NamedFile;
use actix_web::http::Method;
use actix_web::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_SECURITY_POLICY, ContentEncoding, HeaderMap, HeaderName,
    HeaderValue, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse};

use super::Answer;
use crate::service::ServiceError;
use crate::state::State;

/// No inline script or style, no eval but WebAssembly's, no HTML sinks (Trusted Types), no frames, no other origin.
/// The one policy `keyferry` is the SDK's: under Trusted Types its digest worker's address must come from one.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
     img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
     trusted-types keyferry";

const HEADERS: [(HeaderName, &str); 5] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Vite writes files with a hash in their name here, and only such.
const HASHED: &str = "assets";
const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// Serves a file of the web app; paths without an extension are the app's own pages, and so `index.html`.
pub async fn serve(state: Data<State>, request: HttpRequest) -> Answer {
    let root = state.config.web_root.as_deref().ok_or_else(ServiceError::not_found)?;
    if ![Method::GET, Method::HEAD].contains(request.method()) {
        return Err(ServiceError::not_found());
    }
    let relative = relative(request.path()).ok_or_else(ServiceError::not_found)?;
    let file = open(root, &relative, accepts_brotli(&request)).await.ok_or_else(ServiceError::not_found)?;
    // A disposition made from the compressed file's name would have browsers download the page.
    let mut response = file.disable_content_disposition().into_response(&request);
    add_headers(&mut response, &relative);
    Ok(response)
}

/// The file a path names, with plain names only: nothing hidden, nothing above.
fn relative(path: &str) -> Option<PathBuf> {
    let names: Vec<&str> = path.split('/').filter(|name| !name.is_empty()).collect();
    let plain = |name: &&str| {
        !name.starts_with('.')
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    };
    if names.first() == Some(&"v1") || !names.iter().all(plain) {
        return None;
    }
    let is_file = names.last().is_some_and(|name| name.contains('.'));
    Some(if is_file { names.iter().collect() } else { PathBuf::from("index.html") })
}

/// Opens the file, or the same one compressed beforehand next to it; in a thread that may block.
async fn open(root: &Path, relative: &Path, brotli: bool) -> Option<NamedFile> {
    let path = root.join(relative);
    let opened =
        web::block(move || open_compressed(&path, brotli).or_else(|| NamedFile::open(&path).ok())).await;
    opened.ok().flatten().filter(|file| file.metadata().is_file())
}

fn open_compressed(path: &Path, brotli: bool) -> Option<NamedFile> {
    let mut name = path.file_name().filter(|_| brotli)?.to_owned();
    name.push(".br");
    let file = NamedFile::open(path.with_file_name(name)).ok()?;
    let plain = actix_files::file_extension_to_mime(path.extension()?.to_str()?);
    Some(file.set_content_type(plain).set_content_encoding(ContentEncoding::Brotli))
}

fn accepts_brotli(request: &HttpRequest) -> bool {
    let accepted = request.headers().get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|value| value.split(',').any(|coding| coding.trim() == "br"))
}

fn add_headers(response: &mut HttpResponse, relative: &Path) {
    let headers: &mut HeaderMap = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.append(VARY, HeaderValue::from_static("accept-encoding"));
    let caching = if relative.starts_with(HASHED) { IMMUTABLE } else { "no-cache" };
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(caching));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leads_out_of_the_web_root() {
        for path in
            ["/../secret.txt", "/a/../../b.txt", "/.env", "/a/.git/config", "/a%2f..%2fb.js", "/a\\b.js"]
        {
            assert_eq!(relative(path), None, "{path}");
        }
        assert_eq!(relative("/assets/app-1a2b.js"), Some("assets/app-1a2b.js".into()));
        assert_eq!(relative("/"), Some("index.html".into()));
        assert_eq!(relative("/organizations/ab"), Some("index.html".into()));
        assert_eq!(relative("/v1/unknown"), None);
    }
}
