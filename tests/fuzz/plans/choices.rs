//! Choices made by arbitrary bytes.

/// Bytes that decide.
#[derive(Clone, Debug)]
pub struct Choices<'a> {
    rest: &'a [u8],
}

impl<'a> Choices<'a> {
    /// All of `bytes` are still to be used.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Whether the bytes are used up.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut array = [0; N];
        let taken = self.take(N);
        array[..taken.len()].copy_from_slice(taken);
        array
    }

    /// The next byte; 0 at the end, as with all numbers.
    pub fn byte(&mut self) -> u8 {
        self.array::<1>()[0]
    }

    /// The next 16 bits.
    pub fn word(&mut self) -> u16 {
        u16::from_be_bytes(self.array())
    }

    /// The next 32 bits.
    pub fn long(&mut self) -> u32 {
        u32::from_be_bytes(self.array())
    }

    /// A number below `end`, which is at least 1 and at most 65,536.
    pub fn below(&mut self, end: usize) -> usize {
        if end <= 256 { usize::from(self.byte()) % end } else { usize::from(self.word()) % end }
    }

    /// True once in so many times, never at the end.
    pub fn one_in(&mut self, times: u8) -> bool {
        self.byte() % times == times - 1
    }

    /// One of them.
    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// The next `len` bytes, or as many as there are.
    pub fn take(&mut self, len: usize) -> &'a [u8] {
        let (taken, rest) = self.rest.split_at(len.min(self.rest.len()));
        self.rest = rest;
        taken
    }

    /// All that is left.
    pub fn rest(&mut self) -> &'a [u8] {
        self.take(usize::MAX)
    }

    /// The bytes up to the first NUL, which is dropped.
    pub fn until_nul(&mut self) -> &'a [u8] {
        let end = self.rest.iter().position(|&byte| byte == 0).unwrap_or(self.rest.len());
        let taken = self.take(end);
        self.take(1);
        taken
    }
}

/// Numbers that only look random: what a plan needs many of, from one choice.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// The same numbers for the same seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// The next number.
    pub fn roll(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below `end`, or 0.
    pub fn below(&mut self, end: usize) -> usize {
        (self.roll() >> 11) as usize % end.max(1)
    }

    /// So many bytes.
    pub fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| (self.roll() >> 24) as u8).collect()
    }
}
