//! The web app's files, their policy, and the relay's own TLS.

use keyferry_protocol::{Code, route};

use crate::relay::Relay;

fn with_web_app() -> (Relay, tempfile::TempDir) {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("app");
    std::fs::create_dir_all(folder.join("assets")).unwrap();
    std::fs::write(root.path().join("secret.txt"), "secret").unwrap();
    std::fs::write(folder.join("index.html"), "<!doctype html>").unwrap();
    std::fs::write(folder.join("assets/app-1a2b.js"), "plain").unwrap();
    std::fs::write(folder.join("assets/app-1a2b.js.br"), "brotli").unwrap();
    std::fs::write(folder.join("assets/keyferry-3c4d.wasm"), [0, b'a', b's', b'm']).unwrap();
    std::os::unix::fs::symlink(root.path().join("secret.txt"), folder.join("..hidden")).unwrap();
    let relay = Relay::with(|options| options.web_root = Some(folder));
    (relay, root)
}

#[test]
fn the_web_app_runs_nothing_but_itself() {
    let (relay, _root) = with_web_app();
    for path in ["/", "/organizations/1", "/index.html"] {
        let page = relay.get(path, None);
        assert_eq!((page.status, page.body.as_slice()), (200, b"<!doctype html>".as_slice()), "{path}");
        assert_eq!(page.header("cache-control"), Some("no-cache"));
        let policy = page.header("content-security-policy").unwrap();
        for rule in [
            "default-src 'none'",
            "script-src 'self' 'wasm-unsafe-eval'",
            "require-trusted-types-for 'script'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ] {
            assert!(policy.contains(rule), "{rule}");
        }
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"));
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(page.header("cross-origin-opener-policy"), Some("same-origin"));
        assert_eq!(page.header("cross-origin-resource-policy"), Some("same-origin"));
    }
}

#[test]
fn hashed_files_are_kept_for_ever_and_come_compressed() {
    let (relay, _root) = with_web_app();
    let plain = relay.get("/assets/app-1a2b.js", None);
    assert_eq!(plain.body, b"plain");
    assert!(plain.header("cache-control").unwrap().contains("immutable"));
    assert!(plain.header("vary").unwrap().contains("accept-encoding"));
    let compressed = relay.raw("GET", "/assets/app-1a2b.js", &[("accept-encoding", "gzip, br")], &[]);
    assert_eq!(compressed.body, b"brotli");
    assert_eq!(compressed.header("content-encoding"), Some("br"));
    assert_eq!(compressed.header("content-disposition"), None, "a page is shown, not downloaded");
    assert!(compressed.header("content-type").unwrap().contains("javascript"));
    assert_eq!(
        relay.get("/assets/keyferry-3c4d.wasm", None).header("content-type"),
        Some("application/wasm")
    );
}

#[test]
fn nothing_outside_the_web_root_is_served() {
    let (relay, _root) = with_web_app();
    for path in
        ["/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/..hidden", "/assets/none.js", "/v1/x"]
    {
        assert_eq!(relay.get(path, None).code(), Code::NotFound, "{path}");
    }
    assert_eq!(relay.call("POST", "/index.html", None, Some(&1)).code(), Code::NotFound);
    assert_eq!(relay.get(route::ME, None).code(), Code::SessionInvalid, "the API is where it was");
}
