//! Where fuzzing begins: the shared vectors, and one good input of every shape.

use keyferry_protocol::cbor::{Field, to_bytes};
use keyferry_protocol::context::WrapScope;
use keyferry_protocol::statement::{
    AccessRequest, Body, Checkpoint, Contacts, Denial, FileVersion, Grant, KeyCertificate, Membership,
    Policy, Report, Revocation, Rotation, Succession, Withdrawal, Wrap,
};
use keyferry_protocol::wire::bundle::BundleKind;
use keyferry_protocol::{
    Bytes, ChainHead, Digest, FileId, Fingerprint, GrantId, OrganizationId, OwnerId, RequestId, Role,
    Statement, Suite, UserId, route,
};

use crate::fixture::{hex, signer, vectors};

/// One input to begin with.
pub struct Seed {
    /// The target it is for.
    pub target: &'static str,
    /// A name for its file.
    pub name: String,
    /// The input.
    pub bytes: Vec<u8>,
}

const USER: UserId = UserId::from_random([1; 16]);
const ORGANIZATION: OrganizationId = OrganizationId::from_random([2; 16]);
const FILE: FileId = FileId::from_random([3; 16]);
const REQUEST: RequestId = RequestId::from_random([4; 16]);
const GRANT: GrantId = GrantId::from_random([5; 16]);
const HASH: Digest = Digest([6; 32]);

/// Every seed of every target.
#[must_use]
pub fn seeds() -> Vec<Seed> {
    let mut seeds = Seeds(Vec::new());
    seeds.statements();
    seeds.sealed();
    seeds.plans();
    seeds.texts();
    seeds.headers();
    seeds.0
}

struct Seeds(Vec<Seed>);

impl Seeds {
    fn add(&mut self, target: &'static str, bytes: impl Into<Vec<u8>>) {
        let number = self.0.iter().filter(|seed| seed.target == target).count();
        self.0.push(Seed { target, name: format!("seed-{number:02}"), bytes: bytes.into() });
    }

    /// The rest of an input behind its first byte.
    fn choice(&mut self, target: &'static str, choice: u8, rest: &[u8]) {
        self.add(target, [&[choice], rest].concat());
    }

    fn statements(&mut self) {
        let key = signer(3).key;
        self.body(1, KeyCertificate { suite: Suite::X25519Hpke, public_key: Bytes(vec![5; 32]), version: 1 });
        let name = "Acme".into();
        self.body(2, Policy { organization: ORGANIZATION, name, root_key: key, max_grant_ms: 1 << 40 });
        self.body(
            3,
            Membership {
                organization: ORGANIZATION,
                user: USER,
                identity_key: key,
                role: Role::Owner,
                active: true,
                epoch: 1,
                member_count: 1,
                member_root: HASH,
            },
        );
        let (salt, label) = ([7; 24], "Q3".into());
        self.body(
            4,
            FileVersion {
                organization: ORGANIZATION,
                file: FILE,
                version: 1,
                label,
                salt,
                commitment: HASH,
                content_bytes: 300,
                manifest: HASH,
                membership: HASH,
            },
        );
        self.body(
            5,
            AccessRequest {
                request: REQUEST,
                organization: ORGANIZATION,
                file: FILE,
                version: 1,
                reason: HASH,
                expires_at_ms: 1 << 41,
            },
        );
        self.body(
            6,
            Grant {
                grant: GRANT,
                organization: ORGANIZATION,
                file: FILE,
                version: 1,
                salt,
                commitment: HASH,
                recipient: USER,
                recipient_fingerprint: Fingerprint(HASH),
                request: HASH,
                expires_at_ms: 1 << 41,
                membership: HASH,
                epoch: 24,
            },
        );
        for scope in scopes() {
            self.body(
                7,
                Wrap {
                    scope,
                    recipient: USER.into(),
                    recipient_key: HASH,
                    commitment: HASH,
                    wrapped: HASH,
                    grant: Some(HASH),
                },
            );
        }
        let membership = HASH;
        self.body(8, Denial { organization: ORGANIZATION, request_id: REQUEST, request: HASH, membership });
        self.body(9, Withdrawal { request_id: REQUEST, request: HASH });
        self.body(10, Revocation { organization: ORGANIZATION, grant_id: GRANT, grant: HASH, membership });
        self.body(11, Contacts { version: 1, sealed: HASH });
        let operation = "private_key_decrypted".into();
        self.body(12, Report { operation, organization: Some(ORGANIZATION), file: Some(FILE), grant: None });
        for owner in [USER.into(), ORGANIZATION.into()] {
            self.body(15, Succession { owner, from: key, to: signer(4).key });
            self.body(14, Rotation { owner, from: HASH, to: HASH, wraps: 10_000, root: HASH });
        }
        for vector in vectors(include_str!("../../../tests/vectors/statement.json")) {
            self.choice("statement", 0, &hex(vector.0["expected"]["statement"].as_str().unwrap_or_default()));
        }
        self.choice("statement", 13, &[]);
        self.choice("statement", 13, &[0, 0, 0, 0, 60, 1, 0, 0, 0, 3, 9]);
        for scope in scopes() {
            self.add("cbor", to_bytes(&scope));
        }
        self.field(&OwnerId::Organization(ORGANIZATION));
        self.field(&Some(Checkpoint { size: 1 << 33, root: HASH }));
        self.field(&u64::MAX);
        self.field(&true);
        self.field(&"Bücher".to_owned());
        self.field(&key);
        self.field(&Role::Approver);
        self.field(&BundleKind::Vault);
        self.field(&Suite::RsaOaep3072);
    }

    fn body<B: Body>(&mut self, choice: u8, body: B) {
        let mut statement = Statement::following(ChainHead::EMPTY, USER.into(), 1_700_000_000_000, body);
        if choice.is_multiple_of(2) {
            statement.checkpoint = Some(Checkpoint { size: 9, root: HASH });
        }
        self.choice("statement", choice, &to_bytes(&statement));
        self.field(&statement);
    }

    fn field(&mut self, value: &impl Field) {
        self.add("cbor", to_bytes(value));
    }

    fn sealed(&mut self) {
        for vector in vectors(include_str!("../../../tests/vectors/wrap.json")) {
            match vector.text("suite") {
                "x25519-hpke" => self.choice("wrap", 0, &vector.bytes("wrapped")),
                "rsa-oaep-2048" => self.choice("wrap", 1, &vector.bytes("wrapped")),
                _ => {}
            }
        }
        for vector in vectors(include_str!("../../../tests/vectors/public_key.json")) {
            let suite =
                Suite::ALL.iter().position(|suite| suite.id() == vector.text("suite")).unwrap_or_default();
            self.add("wrap", [&[4, suite as u8], vector.bytes("public_key").as_slice()].concat());
        }
        let all = vectors(include_str!("../../../tests/vectors/bundle.json"));
        // Among those that must fail are some whose maker had our keys, and locked another bundle key with them.
        for vector in all.into_iter().filter(|vector| !vector.0["expected"].is_null()) {
            let text = vector.0["inputs"]["bundle"].to_string();
            if text.len() < 1_500 {
                self.choice("bundle", 0, text.as_bytes());
            }
        }
        for vector in vectors(include_str!("../../../tests/vectors/manifest.json")) {
            self.choice("manifest", 0, &vector.bytes("sealed"));
        }
        for modified in ["80", "811b0000019ec0000000"] {
            let manifest = format!("8663612e706064{}1901f4{modified}5820{}6151", "74657874", "06".repeat(32));
            self.choice("manifest", 1, &hex(&manifest));
            self.add("cbor", hex(&manifest));
        }
        self.choice("manifest", 2, &[]);
        self.choice("manifest", 2, &[2, 0, 0, 0, 11]);
        for vector in vectors(include_str!("../../../tests/vectors/sealed_box.json")) {
            // Others that its maker sealed to the same key open too.
            if vector.0["name"] == "x25519-hpke" {
                let base64 = |name: &str| Bytes(vector.bytes(name)).to_string();
                let id = vector.decryption_key().public.id();
                let (wrapped, nonce, ciphertext) = (base64("wrapped"), base64("nonce"), base64("ciphertext"));
                let text = format!(
                    r#"{{"suite":"x25519-hpke","recipient_key":"{id}","wrapped":"{wrapped}","nonce":"{nonce}","ciphertext":"{ciphertext}"}}"#
                );
                self.choice("sealed_box", 0, text.as_bytes());
                let sealed: keyferry_protocol::wire::sealed_box::SealedBox =
                    serde_json::from_str(&text).expect("a box");
                self.choice("sealed_box", 1, &to_bytes(&sealed));
            }
        }
        for part in 0..4 {
            self.add("sealed_box", [2, part, 0, 0, 0, 0, 3]);
        }
        let opens = vectors(include_str!("../../../tests/vectors/content.json"));
        let small = opens.iter().filter(|vector| (1..8_000).contains(&vector.text("ciphertext").len()));
        let good = small.filter(|vector| !vector.0["expected"].is_null());
        for (number, vector) in good.enumerate() {
            self.choice("content_bytes", number as u8, &vector.bytes("ciphertext"));
        }
        for length in [0, 20, 56, 71, 72] {
            self.choice("content_bytes", 2, &opens[2].bytes("ciphertext")[..length]);
        }
    }

    /// Inputs that are plans: a few of even noise reach most of what they can say.
    fn plans(&mut self) {
        for (target, first) in
            [("organization", Some(0)), ("content", Some(7)), ("content_range", Some(5)), ("bundle", Some(1))]
        {
            for length in [0, 8, 24, 40, 90, 200] {
                let noise = noise(target.len() as u8 + length);
                let bytes: Vec<u8> = first.into_iter().chain(noise.take(length.into())).collect();
                self.add(target, bytes);
            }
        }
        // Found, admit, promote, remove, certify.
        self.add("organization", [0, 0, 1, 0, 0, 1, 2, 0, 1, 2, 0, 0, 2, 0, 0, 1, 2, 0, 5, 1, 1, 0, 2]);
        self.add("organization", [7, b'a', b'\n', b'b']);
    }

    fn texts(&mut self) {
        for name in [
            "rsa-oaep-3072",
            "x25519-hpke",
            "owner",
            "vault",
            "signing",
            "not_found",
            "login",
            "pending",
            "AA",
        ] {
            self.add("names", name);
        }
        self.add("names", USER.to_string());
        self.add("names", HASH.to_string());
        for email in
            ["ada@example.com", " ADA@Example.COM ", "\u{ff21}da@example.com", "\u{130}\u{3a3}@\u{1e9e}.com"]
        {
            self.add("names", email);
        }
        for (choice, text) in objects() {
            self.choice("json", choice, text.as_bytes());
        }
        for text in [
            "null",
            "[1,18446744073709551615,true,false]",
            "{\"a\":{\"\\u00e9\\ud83d\\ude00\":[[[]]]}}",
            " \"\\n\" ",
        ] {
            self.choice("json", 0xff, text.as_bytes());
        }
        let problem = r#"{"type":"urn:keyferry:problem:not_found","status":404,"code":"not_found","detail":"It is not.","instance":"ab""#;
        self.add("problem", format!("{problem}}}"));
        self.add("problem", format!("{problem},\"down\":[\"registry\"]}}"));
        self.add("problem", "{\"type\":\"about:blank\",\"status\":70000}");
    }

    fn headers(&mut self) {
        let metadata = route::upload_metadata(ORGANIZATION);
        self.add("tus", format!("{metadata}\n5000000000"));
        self.add("tus", format!("{metadata}\n\n1"));
        self.add("tus", "\n\n\napplication/offset+octet-stream\n0\nsha256 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n77");
        self.add("tus", "\n9\n\napplication/offset+octet-stream\n9\nsha1 2jmj7l5rSw0yVb/vlWAYkK/YBwk=");
        self.add("tus", "name YQ==,organization AA==\n9223372036854775808\n2");
        for asked in
            ["bytes=0-99", "bytes=500-", "bytes=-72", "bytes=9-1", "bytes=0-1,4-5", "lines=1-2", "bytes=-0"]
        {
            let (length, tag) = ([0, 0, 0, 0, 0, 0, 4, 0], "\"0123456789abcdef0123456789abcdef\"");
            for (conditioned, condition) in [(0, ""), (1, tag)] {
                let lines = format!("{condition}\n{asked}");
                self.add("range", [&length, [conditioned].as_slice(), lines.as_bytes()].concat());
            }
        }
    }
}

fn scopes() -> [WrapScope; 4] {
    let (organization, file) = (ORGANIZATION, FILE);
    [
        WrapScope::Dek { organization, file, version: 1 },
        WrapScope::Lock { owner: USER.into(), bundle: BundleKind::Vault, version: 2 },
        WrapScope::Reason { organization, file, request: REQUEST },
        WrapScope::Contacts { user: USER, version: 256 },
    ]
}

fn noise(seed: u8) -> impl Iterator<Item = u8> {
    let mut state = u32::from(seed) + 1;
    core::iter::repeat_with(move || {
        // Numerical Recipes' generator: any will do.
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    })
}

/// A text for each choice of [`crate::json`], in its order.
fn objects() -> Vec<(u8, String)> {
    let templates = [
        r#"{"token":"AA","user":"ID","expires_at_ms":5,"account":ACCOUNT,"bundle":BUNDLE,"contacts":{"sealed":BOX,"statement":"AA"}}"#,
        r#"{"user":"ID","email":"a@b","kdf":KDF,"login_key":"AA","identity_key":"KEY","key_certificate":"AA","bundle":BUNDLE,"invitation":null}"#,
        r#"{"email":"a@b"}"#,
        r#"{"kdf":KDF}"#,
        r#"{"email":"a@b","login_key":"AA"}"#,
        "ACCOUNT",
        "PERSON",
        r#"{"sealed":BOX,"statement":"AA"}"#,
        r#"{"statement":"AA"}"#,
        r#"{"chain":{"sequence":1,"hash":"HASH"}}"#,
        "KDF",
        r#"{"field":"signing","public_key":"AA","nonce":"AA","ciphertext":"AA"}"#,
        r#"{"kind":"member","user":"ID","recipient_key":"HASH","wrapped":"AA","statement":"AA","signer":"ID"}"#,
        r#"{"statement":"AA","reason":BOX}"#,
        r#"{"request":"ID","statement":"AA","reason":BOX,"resealed":{"statement":"AA","wrapper":PERSON},"requester":PERSON,"file":ENTRY,"state":{"state":"approved","grant":"ID"},"created_at_ms":5}"#,
        r#"{"grant":"AA","wrapped_dek":"AA","wrap":"AA"}"#,
        r#"{"statement":"AA"}"#,
        r#"{"grant":"ID","statement":"AA","granter":PERSON,"recipient":PERSON,"file":ENTRY,"state":{"state":"revoked","revoked_at_ms":5},"revocation":"AA","created_at_ms":5}"#,
        r#"{"events":[EVENT],"next_before":7}"#,
        "EVENT",
        r#"{"organization":"ID","upload":"ID","statement":"AA","manifest":"AA","wrapped_dek":"AA","wrap":"AA"}"#,
        "ENTRY",
        r#"{"entry":ENTRY,"manifest":"AA","wrapped_dek":"AA","wrap":"AA","wrapper":PERSON,"grant":PROOF}"#,
        "PROOF",
        r#"{"kind":"file","organization":"ID","file":"ID"}"#,
        r#"{"organization":"ID","chain":["AA","AQ"],"root":BUNDLE,"vault":BUNDLE}"#,
        r#"{"organization":"ID","chain":["AA"],"members":[PERSON],"vouchers":[{"user":"ID","statement":"AA"}]}"#,
        r#"{"email":"a@b","role":"consultant"}"#,
        r#"{"invitation":"ID","organization":"ID","organization_name":"Acme","policy":"AA","successions":["AA","AQ"],"email":"a@b","role":"owner","inviter":PERSON,"state":"accepted","invited":PERSON,"created_at_ms":5}"#,
        r#"{"membership":"AA","invitation":"ID","locks":[{"bundle":"vault","lock":LOCK}]}"#,
        r#"{"bundle":"root","lock":LOCK}"#,
        r#"{"sequence":0,"hash":"HASH"}"#,
        r#"{"suite":"x25519-hpke","public_key":"AA"}"#,
        r#"{"state":"approved","grant":"ID"}"#,
        r#"{"state":"revoked","revoked_at_ms":5}"#,
        r#"[{"kind":"grant","organization":"ID","grant":"ID"},{"kind":"invitation","invitation":"ID","organization":"ID"}]"#,
        r#"{"version":{"organization":"ID","upload":"ID","statement":"AA","manifest":"AA","wrapped_dek":"AA","wrap":"AA"},"grants":[{"grant":"AA","wrapped_dek":"AA","wrap":"AA"}]}"#,
        r#"{"organization":"ID","key":{"suite":"x25519-hpke","public_key":"AA"}}"#,
        r#"{"deks":[{"organization":"ID","file":"ID","version":1,"grant":null,"grant_hash":"HASH","salt":"AA","commitment":"HASH","wrapped_dek":"AA"}],"reasons":["ID"],"remaining":2}"#,
        r#"{"deks":[{"file":"ID","version":1,"grant":"ID","wrapped_dek":"AA","wrap":"AA"}],"reasons":[{"request":"ID","reason":BOX,"wrap":"AA"}],"unreadable":["ID"]}"#,
        r#"{"current_login_key":"AA","login_key":"AA","recovery_login_key":null,"bundle":BUNDLE,"successions":["AA","AQ"],"memberships":[{"organization":"ID","membership":"AA"}],"key_certificate":"AA","locks":[{"organization":"ID","lock":{"bundle":"vault","lock":LOCK}}],"contacts":{"sealed":BOX,"statement":"AA"},"rotation":"AA"}"#,
        r#"{"certificate":"AA","bundle":BUNDLE,"rotation":"AA"}"#,
        r#"{"successions":["AA","AQ"],"bundle":BUNDLE,"voucher":"AA"}"#,
        r#"{"statement":"AA"}"#,
        r#"{"challenge":"AA"}"#,
        r#"{"credential":"AA","user":"ID","client_data":"AA","authenticator_data":"AA","signature":"AA"}"#,
        r#"{"current_login_key":"AA","name":"Laptop","bundle_version":1,"lock":{"kind":"passkey","rp_id":"app.example","credential":"AA","nonce":"AA","ciphertext":"AA"},"client_data":"AA","authenticator_data":"AA"}"#,
        r#"[{"credential":"AA","name":"Laptop","rp_id":"app.example","created_at_ms":5,"used_at_ms":null}]"#,
    ];
    let parts = [
        ("ACCOUNT", r#"{"identity":PERSON,"chain":{"sequence":1,"hash":"HASH"},"created_at_ms":5}"#),
        (
            "PROOF",
            r#"{"grant":"ID","statement":"AA","granter":PERSON,"request":"AA","state":{"state":"active"}}"#,
        ),
        (
            "ENTRY",
            r#"{"organization":"ID","file":"ID","version":1,"statement":"AA","author":PERSON,"created_at_ms":5}"#,
        ),
        (
            "PERSON",
            r#"{"user":"ID","email":"a@b","identity_key":"KEY","key_certificate":"AA","successions":["AA","AQ"]}"#,
        ),
        ("BUNDLE", r#"{"kind":"identity","suite":"x25519-hpke","version":1,"keys":[],"locks":[LOCK]}"#),
        ("LOCK", r#"{"kind":"passphrase","kdf":KDF,"nonce":"AA","ciphertext":"AA"}"#),
        ("KDF", r#"{"iterations":600000,"salt":"AA"}"#),
        (
            "BOX",
            r#"{"suite":"rsa-oaep-3072","recipient_key":"HASH","wrapped":"AA","nonce":"AA","ciphertext":"AA"}"#,
        ),
        (
            "EVENT",
            r#"{"number":1,"at_ms":5,"operation":"login","user":"ID","organization":null,"file":null,"request":null,"grant":null,"success":true,"reported":false,"address":"::1","details":null}"#,
        ),
    ];
    let identity = Bytes(signer(3).key.as_bytes().to_vec()).to_string();
    let filled = |template: &str| {
        let text = parts.iter().fold(template.to_owned(), |text, (name, part)| text.replace(name, part));
        text.replace("\"KEY\"", &format!("\"{identity}\""))
            .replace("HASH", &HASH.to_string())
            .replace("\"ID\"", &format!("\"{USER}\""))
    };
    templates.iter().enumerate().map(|(choice, template)| (choice as u8, filled(template))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_of_json_is_read() {
        for (choice, text) in objects() {
            assert!(crate::json::reads(choice, text.as_bytes()), "{choice}: {text}");
        }
    }
}
