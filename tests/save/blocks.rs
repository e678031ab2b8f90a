//! pcapng blocks made by hand, in either byte order.

/// The byte order of a section.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Order {
    Little,
    Big,
}

impl Order {
    pub(crate) fn word(self, value: u32) -> [u8; 4] {
        match self {
            Self::Little => value.to_le_bytes(),
            Self::Big => value.to_be_bytes(),
        }
    }

    pub(crate) fn half(self, value: u16) -> [u8; 2] {
        match self {
            Self::Little => value.to_le_bytes(),
            Self::Big => value.to_be_bytes(),
        }
    }

    fn padded(bytes: &[u8]) -> Vec<u8> {
        let mut padded = bytes.to_vec();
        padded.resize(bytes.len().next_multiple_of(4), 0);
        padded
    }

    pub(crate) fn block(self, kind: u32, body: &[u8]) -> Vec<u8> {
        let body = Self::padded(body);
        let length = self.word(body.len() as u32 + 12);
        [&self.word(kind)[..], &length, &body, &length].concat()
    }

    pub(crate) fn option(self, code: u16, value: &[u8]) -> Vec<u8> {
        [&self.half(code)[..], &self.half(value.len() as u16), &Self::padded(value)].concat()
    }

    pub(crate) fn section(self, options: &[u8]) -> Vec<u8> {
        let version = [self.half(1), self.half(0)].concat();
        self.block(0x0a0d_0d0a, &[&self.word(0x1a2b_3c4d)[..], &version, &[0xff; 8], options].concat())
    }

    pub(crate) fn interface(self, link: u16, options: &[u8]) -> Vec<u8> {
        self.block(1, &[&self.half(link)[..], &[0; 2], &self.word(262_144), options].concat())
    }

    pub(crate) fn packet(self, interface: u32, ticks: u64, data: &[u8], options: &[u8]) -> Vec<u8> {
        let words = [interface, (ticks >> 32) as u32, ticks as u32, data.len() as u32, data.len() as u32];
        let head = words.map(|word| self.word(word)).concat();
        self.block(6, &[&head[..], &Self::padded(data), options].concat())
    }
}

/// The end of a list of options.
pub(crate) const END: [u8; 4] = [0; 4];

/// An Ethernet frame that holds an ARP request.
pub(crate) fn frame() -> Vec<u8> {
    let mut frame = vec![0xff; 6];
    frame.extend([2, 0, 0, 0, 0, 1, 0x08, 0x06, 0, 1, 0x08, 0, 6, 4, 0, 1]);
    frame.extend([2, 0, 0, 0, 0, 1, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 192, 0, 2, 2]);
    frame
}
