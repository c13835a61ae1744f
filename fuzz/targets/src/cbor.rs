//! Deterministic CBOR, whatever it holds.

use core::fmt::Debug;

use keyferry_crypto::manifest::Manifest;
use keyferry_protocol::cbor::{Field, from_bytes, to_bytes};
use keyferry_protocol::context::WrapScope;
use keyferry_protocol::statement::{
    AccessRequest, Checkpoint, Contacts, Denial, FileVersion, Grant, KeyCertificate, Membership, Policy,
    Report, Revocation, Rotation, Statement, Succession, Withdrawal, Wrap,
};
use keyferry_protocol::wire::bundle::{BundleKind, KeyField};
use keyferry_protocol::wire::sealed_box::SealedBox;
use keyferry_protocol::{Bytes, Digest, Fingerprint, IdentityKey, OwnerId, Role, Suite, UserId};

/// Whatever is accepted is made of the few items of docs/formats.md §1.1, in the one way to write them, and neither
/// begins nor ends another encoding.
pub fn cbor(bytes: &[u8]) {
    macro_rules! each {
        ($($kind:ty),* $(,)?) => { $(same::<$kind>(bytes);)* };
    }
    each!(
        u64,
        u32,
        bool,
        String,
        Bytes,
        [u8; 24],
        Digest,
        Fingerprint,
        IdentityKey,
        UserId,
        OwnerId,
        Suite,
        Role
    );
    each!(
        BundleKind,
        KeyField,
        WrapScope,
        Checkpoint,
        SealedBox,
        Option<u64>,
        Option<Digest>,
        Option<OwnerId>
    );
    each!(Statement<KeyCertificate>, Statement<Policy>, Statement<Membership>, Statement<FileVersion>);
    each!(Statement<AccessRequest>, Statement<Grant>, Statement<Wrap>, Statement<Denial>);
    each!(Statement<Withdrawal>, Statement<Revocation>, Statement<Contacts>, Statement<Report>);
    each!(Statement<Rotation>);
    each!(Statement<Succession>);
    // A manifest is secret, so it has no Debug.
    if let Ok(manifest) = from_bytes::<Manifest>(bytes) {
        canonical(bytes, &to_bytes(&manifest));
        assert!(from_bytes(bytes).is_ok_and(|again: Manifest| again == manifest));
    }
}

fn same<T: Field + PartialEq + Debug>(bytes: &[u8]) {
    let Ok(value) = from_bytes::<T>(bytes) else { return };
    canonical(bytes, &to_bytes(&value));
    assert_eq!(from_bytes::<T>(bytes).as_ref(), Ok(&value));
    assert!(from_bytes::<T>(&[bytes, &[0]].concat()).is_err(), "something trails");
    assert!(from_bytes::<T>(&bytes[..bytes.len() - 1]).is_err(), "something is missing");
}

fn canonical(bytes: &[u8], written: &[u8]) {
    assert_eq!(written, bytes, "another encoding was accepted");
    assert_eq!(item(bytes), Some(&[] as &[u8]), "not one deterministic item: {bytes:02x?}");
}

/// What follows the item at the front, if that is one of ours, written the only way. A second reader, made from the
/// document alone.
pub(crate) fn item(bytes: &[u8]) -> Option<&[u8]> {
    let (first, rest) = bytes.split_first()?;
    let (major, info) = (first >> 5, first & 0x1f);
    if major == 7 {
        return matches!(info, 20 | 21).then_some(rest);
    }
    let (argument, rest) = argument(info, rest)?;
    match major {
        0 => Some(rest),
        1 => (argument == 7).then_some(rest),
        2 => rest.get(usize::try_from(argument).ok()?..),
        3 => {
            let (text, rest) = rest.split_at_checked(usize::try_from(argument).ok()?)?;
            core::str::from_utf8(text).ok().map(|_| rest)
        }
        4 => (0..argument).try_fold(rest, |rest, _| item(rest)),
        5 => entries(argument, rest),
        _ => {
            if argument == 18 {
                item(rest)
            } else {
                None
            }
        }
    }
}

fn entries(count: u64, mut rest: &[u8]) -> Option<&[u8]> {
    let mut before = None;
    for _ in 0..count {
        let (first, after) = rest.split_first()?;
        let (key, after) = if first >> 5 == 0 { argument(first & 0x1f, after)? } else { return None };
        if before.is_some_and(|before| before >= key) {
            return None;
        }
        before = Some(key);
        rest = item(after)?;
    }
    Some(rest)
}

fn argument(info: u8, rest: &[u8]) -> Option<(u64, &[u8])> {
    let bytes = match info {
        0..24 => return Some((info.into(), rest)),
        24..28 => 1 << (info - 24),
        _ => return None,
    };
    let (digits, rest) = rest.split_at_checked(bytes)?;
    let value = digits.iter().fold(0, |value, digit| value << 8 | u64::from(*digit));
    // The shortest form, or none.
    let least = if bytes == 1 { 24 } else { 1 << (bytes * 4) };
    (value >= least).then_some((value, rest))
}

#[cfg(test)]
mod tests {
    use super::item;

    #[test]
    fn the_second_reader_takes_only_the_shortest() {
        for good in
            [&[0x17][..], &[0x18, 24], &[0x19, 1, 0], &[0x27], &[0x82, 0xf4, 0x61, b'a'], &[0xa1, 1, 0x40]]
        {
            assert_eq!(item(good), Some(&[][..]), "{good:02x?}");
        }
        for bad in
            [&[0x18, 23][..], &[0x19, 0, 255], &[0x20], &[0xf6], &[0x5f], &[0x61, 0xff], &[0xa2, 2, 0, 1, 0]]
        {
            assert_eq!(item(bad), None, "{bad:02x?}");
        }
    }
}
