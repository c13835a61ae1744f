//! Reading a fuzzer's bytes as a plan: what to build, what to change, where to cut.

/// Bytes read from the front. Past their end stand zeros, so that every input is a whole plan.
pub(crate) struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Input(bytes)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn array<const N: usize>(&mut self) -> [u8; N] {
        let (taken, rest) = self.0.split_at(N.min(self.0.len()));
        self.0 = rest;
        let mut array = [0; N];
        array[..taken.len()].copy_from_slice(taken);
        array
    }

    pub fn byte(&mut self) -> u8 {
        self.array::<1>()[0]
    }

    pub fn number(&mut self) -> u64 {
        u64::from_be_bytes(self.array())
    }

    /// A number below `end`, which is not 0.
    pub fn below(&mut self, end: usize) -> usize {
        u32::from_be_bytes(self.array()) as usize % end
    }

    /// What comes next up to a line's end, which is dropped.
    pub fn line(&mut self) -> &'a [u8] {
        let end = self.0.iter().position(|byte| *byte == b'\n').unwrap_or(self.0.len());
        let (line, rest) = self.0.split_at(end);
        self.0 = rest.get(1..).unwrap_or_default();
        line
    }

    pub fn rest(self) -> &'a [u8] {
        self.0
    }

    /// Changes `bytes` by what is left, until it is used up: bytes flipped, set, cut out, put in.
    pub fn edit(mut self, bytes: &mut Vec<u8>) {
        while !self.is_empty() {
            let step = self.byte();
            let at = self.below(bytes.len() + 1);
            match (step % 5, bytes.get_mut(at)) {
                (0, Some(byte)) => *byte ^= 1 << (step / 5 % 8),
                (1, Some(byte)) => *byte = self.byte(),
                (2, _) => bytes.truncate(at),
                (3, _) => bytes.insert(at, self.byte()),
                (4, Some(_)) => drop(bytes.remove(at)),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_change_and_end() {
        let edited = |plan: &[u8]| {
            let mut bytes = b"abc".to_vec();
            Input::new(plan).edit(&mut bytes);
            bytes
        };
        assert_eq!(edited(&[]), b"abc");
        assert_eq!(edited(&[5, 0, 0, 0, 0]), b"cbc");
        assert_eq!(edited(&[2, 0, 0, 0, 1]), b"a");
        assert_eq!(edited(&[3, 0, 0, 0, 3, b'd']), b"abcd");
        assert_eq!(edited(&[4, 0, 0, 0, 0]), b"bc");
    }
}
