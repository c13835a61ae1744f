//! Bits as words: the 2,048 English words of BIP-39, eleven bits each. People read them aloud, and write them down.

/// One a line, ascending.
const WORDS: &[u8] = include_bytes!("words.txt");
/// The words as a browser downloads them, a quarter smaller: see [`front_coded`].
static CODED_WORDS: [u8; CODED_BYTES] = front_coded().0;
const CODED_BYTES: usize = front_coded::<{ WORDS.len() }>().1;
/// Bits that a word stands for.
pub const WORD_BITS: usize = 11;

/// The first `count` times eleven bits of `bytes` as words, separated by one space.
///
/// # Panics
/// Without so many bits.
#[must_use]
pub fn of_bits(bytes: &[u8], count: usize) -> String {
    let index = |place| {
        (place * WORD_BITS..(place + 1) * WORD_BITS)
            .fold(0, |index, at| index << 1 | usize::from(bytes[at / 8] >> (7 - at % 8) & 1))
    };
    let words: Vec<String> = (0..count).map(|place| word(index(place))).collect();
    words.join(" ")
}

/// The number of a word; `None` for any other text.
#[must_use]
pub fn index_of(text: &str) -> Option<usize> {
    first(&|_, word| word == text).map(|(index, _)| index)
}

/// Each word as how many letters it shares with the one before, in one byte, and its other letters; and how many bytes
/// that makes.
const fn front_coded<const N: usize>() -> ([u8; N], usize) {
    let (mut coded, mut length) = ([0; N], 0);
    let (mut previous, mut at) = (0, 0);
    while at < WORDS.len() {
        let mut shared = 0;
        while at > 0 && WORDS[previous + shared] == WORDS[at + shared] {
            shared += 1;
        }
        coded[length] = shared as u8;
        length += 1;
        previous = at;
        at += shared;
        while WORDS[at] != b'\n' {
            coded[length] = WORDS[at];
            length += 1;
            at += 1;
        }
        at += 1;
    }
    (coded, length)
}

/// The word of a number below 2,048.
fn word(index: usize) -> String {
    first(&|at, _| at == index).map(|(_, word)| word).unwrap_or_default()
}

/// Reads the list until a number and its word fit.
fn first(fits: &dyn Fn(usize, &str) -> bool) -> Option<(usize, String)> {
    let mut word = String::new();
    let mut begun = 0;
    // A byte after the last word ends it.
    for &byte in CODED_WORDS.iter().chain([&0]) {
        if byte.is_ascii_lowercase() {
            word.push(byte.into());
            continue;
        }
        if begun > 0 && fits(begun - 1, &word) {
            return Some((begun - 1, word));
        }
        begun += 1;
        word.truncate(byte.into());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_that_of_its_line_and_has_its_number() {
        let words: Vec<String> = (0..1 << WORD_BITS).map(word).collect();
        assert_eq!(words.join("\n") + "\n", include_str!("words.txt"));
        for index in [0, 1, 1023, 2047] {
            assert_eq!(index_of(&words[index]), Some(index));
        }
        assert_eq!(index_of("keyferry"), None);
        assert_eq!(index_of(""), None);
    }
}
