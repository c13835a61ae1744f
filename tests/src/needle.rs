//! Looking for secrets in bytes, in every encoding in which a slip would show them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use aho_corasick::AhoCorasick;
use base64ct::{Base64Unpadded, Base64UrlUnpadded, Encoding as _};
use walkdir::WalkDir;

/// A secret shorter than this would be found by chance.
const SHORTEST: usize = 12;

/// Secrets to look for.
#[derive(Default)]
pub struct Needles {
    names: Vec<String>,
    patterns: Vec<Vec<u8>>,
}

/// A secret that was found where it must not be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Which secret, in which encoding.
    pub what: String,
    /// Where.
    pub place: String,
}

impl Needles {
    /// Adds a secret: raw, in base64 and base64url at three alignments, in hex of both cases, and in UTF-16 of both
    /// byte orders (each byte a code unit). Encodings that come out the same are looked for once.
    pub fn add(&mut self, name: &str, secret: &[u8]) {
        assert!(secret.len() >= SHORTEST, "{name} is too short to be looked for");
        let mut encodings = vec![
            ("raw".to_owned(), secret.to_vec()),
            ("hex".to_owned(), hex(secret).into_bytes()),
            ("HEX".to_owned(), hex(secret).to_uppercase().into_bytes()),
            ("UTF-16LE".to_owned(), secret.iter().flat_map(|byte| [*byte, 0]).collect()),
            ("UTF-16BE".to_owned(), secret.iter().flat_map(|byte| [0, *byte]).collect()),
        ];
        for alignment in 0..3 {
            let standard = aligned(secret, alignment, Base64Unpadded::encode_string);
            let url = aligned(secret, alignment, Base64UrlUnpadded::encode_string);
            if standard != url {
                encodings.push((format!("base64url+{alignment}"), url));
            }
            encodings.push((format!("base64+{alignment}"), standard));
        }
        for (encoding, pattern) in encodings {
            self.names.push(format!("{name} ({encoding})"));
            self.patterns.push(pattern);
        }
    }

    /// How many patterns are looked for.
    #[must_use]
    pub fn len(&self) -> usize {
        self.patterns.len()
    }

    /// Whether nothing is looked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// What of it is in `hay`, which lies at `place`.
    #[must_use]
    pub fn find(&self, place: &str, hay: &[u8]) -> BTreeSet<Finding> {
        let machine = AhoCorasick::new(&self.patterns).expect("so few patterns fit");
        machine
            .find_overlapping_iter(hay)
            .map(|hit| Finding {
                what: self.names[hit.pattern().as_usize()].clone(),
                place: place.to_owned(),
            })
            .collect()
    }

    /// What of it is in any file under `folder`, or in a file's name.
    #[must_use]
    pub fn find_in_folder(&self, folder: &Path) -> BTreeSet<Finding> {
        let mut findings = BTreeSet::new();
        for entry in WalkDir::new(folder).into_iter().map(Result::unwrap) {
            let place = entry.path().strip_prefix(folder).unwrap().display().to_string();
            findings.append(&mut self.find(&format!("the name {place}"), place.as_bytes()));
            // A journal may be folded into its database while the folder is walked.
            if let Ok(bytes) = fs::read(entry.path()) {
                findings.append(&mut self.find(&place, &bytes));
            }
        }
        findings
    }
}

/// The characters of base64 that `secret` alone decides when `alignment` bytes (mod 3) come before it.
fn aligned(secret: &[u8], alignment: usize, encode: impl Fn(&[u8]) -> String) -> Vec<u8> {
    let mut shifted = vec![0; alignment];
    shifted.extend_from_slice(secret);
    let whole_groups = shifted.len() / 3 * 3;
    let text = encode(&shifted[..whole_groups]).into_bytes();
    // A first group with foreign bytes is not the secret's own.
    text[if alignment == 0 { 0 } else { 4 }..].to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    // Bytes whose base64 and base64url differ at every alignment.
    const SECRET: &[u8] = b"\xff\xff\xff\xffcanary in a coal mine\xff\xff\xff\xff";

    fn needles() -> Needles {
        let mut needles = Needles::default();
        needles.add("canary", SECRET);
        needles
    }

    fn assert_found(hay: &[u8], encoding: &str) {
        let findings = needles().find("hay", hay);
        assert!(findings.iter().any(|found| found.what.contains(encoding)), "{encoding}: {findings:?}");
    }

    #[test]
    fn a_secret_is_found_in_every_encoding() {
        assert_found(&[b"..".as_slice(), SECRET, b".."].concat(), "raw");
        assert_found(hex(SECRET).as_bytes(), "hex");
        assert_found(hex(SECRET).to_uppercase().as_bytes(), "HEX");
        assert_found(&SECRET.iter().flat_map(|byte| [*byte, 0]).collect::<Vec<_>>(), "UTF-16LE");
        assert_found(&SECRET.iter().flat_map(|byte| [0, *byte]).collect::<Vec<_>>(), "UTF-16BE");
        for before in 0..7 {
            let inside = [&vec![0x5a; before], SECRET, b"after"].concat();
            let alignment = before % 3;
            assert_found(Base64Unpadded::encode_string(&inside).as_bytes(), &format!("base64+{alignment}"));
            assert_found(
                Base64UrlUnpadded::encode_string(&inside).as_bytes(),
                &format!("base64url+{alignment}"),
            );
        }
    }

    #[test]
    fn nothing_is_found_where_nothing_is() {
        assert_eq!(needles().find("hay", b"canary in a coal mine"), BTreeSet::new());
    }

    #[test]
    fn a_planted_file_is_found_by_content_and_by_name() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("innocent"), hex(SECRET)).unwrap();
        fs::write(folder.path().join(hex(SECRET)), "innocent").unwrap();
        let findings = needles().find_in_folder(folder.path());
        assert_eq!(findings.len(), 2, "{findings:?}");
    }
}
