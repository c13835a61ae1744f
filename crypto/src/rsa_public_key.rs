//! The only RSA public keys we wrap to: SubjectPublicKeyInfo DER with exactly the suite's modulus size and e = 65537.

/// AlgorithmIdentifier rsaEncryption with NULL parameters (RFC 8017 A.1, RFC 3279 §2.3.1).
const RSA_ENCRYPTION: [u8; 15] = [0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0];
/// INTEGER 65537.
const EXPONENT: [u8; 5] = [2, 3, 1, 0, 1];

/// Whether `spki` is the DER of an RSA key of exactly `modulus_bits` with exponent 65537 and an odd modulus.
///
/// With size and exponent fixed the encoding has one shape, so it is compared and not parsed: nothing trails, nothing
/// is encoded twice, and no smaller key hides behind leading zeros.
pub(crate) fn is_acceptable(spki: &[u8], modulus_bits: usize) -> bool {
    let prefix = prefix(modulus_bits / 8);
    let Some(rest) = spki.strip_prefix(prefix.as_slice()) else { return false };
    let Some(modulus) = rest.strip_suffix(EXPONENT.as_slice()) else { return false };
    modulus.len() == modulus_bits / 8 && modulus[0] & 0x80 != 0 && modulus[modulus.len() - 1] & 1 == 1
}

/// Everything before the modulus's first byte.
fn prefix(modulus_bytes: usize) -> Vec<u8> {
    // INTEGER: tag, 3 length bytes, and a zero that keeps the number positive.
    let integer = modulus_bytes + 1;
    let key = 4 + integer + EXPONENT.len();
    let bits = 1 + 4 + key;
    let whole = RSA_ENCRYPTION.len() + 4 + bits;
    let mut prefix = Vec::with_capacity(33);
    prefix.extend(header(0x30, whole));
    prefix.extend(RSA_ENCRYPTION);
    prefix.extend(header(0x03, bits));
    prefix.push(0); // no unused bits
    prefix.extend(header(0x30, key));
    prefix.extend(header(0x02, integer));
    prefix.push(0);
    prefix
}

/// Tag and two-byte length: every length here is between 256 and 65535 (X.690 §8.1.3.5).
fn header(tag: u8, length: usize) -> [u8; 4] {
    let [.., high, low] = length.to_be_bytes();
    [tag, 0x82, high, low]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spki(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
        [&prefix(modulus.len()), modulus, exponent].concat()
    }

    #[test]
    fn only_the_exact_size_and_exponent_are_accepted() {
        for bits in [2048, 3072, 4096] {
            let modulus = vec![0xff; bits / 8];
            assert!(is_acceptable(&spki(&modulus, &EXPONENT), bits));
            for other in [2048, 3072, 4096].into_iter().filter(|other| *other != bits) {
                assert!(!is_acceptable(&spki(&modulus, &EXPONENT), other));
            }
            assert!(!is_acceptable(&spki(&modulus, &[2, 1, 1]), bits), "e = 1");
            assert!(!is_acceptable(&spki(&modulus, &[2, 1, 3]), bits), "e = 3");
        }
    }

    #[test]
    fn short_even_or_trailing_moduli_are_refused() {
        let mut short = vec![0xff; 256];
        short[0] = 0x7f;
        assert!(!is_acceptable(&spki(&short, &EXPONENT), 2048), "2047 bits");
        let mut even = vec![0xff; 256];
        even[255] = 0xfe;
        assert!(!is_acceptable(&spki(&even, &EXPONENT), 2048), "even");
        let mut trailing = spki(&vec![0xff; 256], &EXPONENT);
        trailing.push(0);
        assert!(!is_acceptable(&trailing, 2048), "trailing byte");
        assert!(!is_acceptable(&[], 2048), "empty");
    }
}
