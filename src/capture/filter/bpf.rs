//! Programs of the classic BPF machine (McCanne and Jacobson, "The BSD Packet Filter", 1993), run and listed.
//!
//! They are run here and not by libpcap's interpreter, because the `pcap` crate tells that one the captured length
//! for the length on the wire, and because it wants all bytes of a frame in one piece.

use std::fmt;

use ::pcap::BpfProgram;

use super::tags::View;
use crate::capture::live::FULL_SNAPLEN;

/// Cells of scratch memory.
const MEMORY: usize = 16;

/// Instructions after which a program is given up. Only `protochain` jumps back, over a header each time.
const MAX_STEPS: u32 = 1 << 16;

/// Offsets from here on ask the Linux kernel (`SKF_AD_OFF` in linux/filter.h).
const KERNEL: u32 = 0xffff_f000;

/// Snap length of the handle for which programs are compiled; stands for "all".
const DEAD_SNAPLEN: u32 = 65_535;

/// One instruction.
#[derive(Clone, Copy, Debug)]
struct Op {
    code: u16,
    /// Instructions to pass over if a comparison holds, and if it does not.
    jt: u8,
    jf: u8,
    k: u32,
}

/// A compiled filter.
#[derive(Debug)]
pub(in crate::capture) struct Program {
    ops: Vec<Op>,
}

/// Where a program stands.
#[derive(Default)]
struct Machine {
    a: u32,
    x: u32,
    memory: [u32; MEMORY],
}

impl Program {
    /// Takes over what libpcap compiled. The `pcap` crate gives instructions away only as text: four numbers.
    pub(in crate::capture) fn new(program: &BpfProgram) -> Option<Self> {
        let ops = program.get_instructions().iter().map(|op| Op::parse(&op.to_string()));
        Some(Self { ops: ops.collect::<Option<_>>()? })
    }

    /// Whether it asks the kernel for what stands beside a packet: direction, interface, tags that the hardware took off.
    pub(super) fn asks_kernel(&self) -> bool {
        self.ops.iter().any(|op| matches!(op.code, 0x20 | 0x28 | 0x30) && op.k >= KERNEL)
    }

    /// True if the frame passes. What reads beyond the captured bytes does not.
    pub(super) fn run(&self, view: &View<'_>) -> bool {
        self.result(view).unwrap_or_default() > 0
    }

    /// What the program returns; `None` if it stops at a fault.
    fn result(&self, view: &View<'_>) -> Option<u32> {
        let mut m = Machine::default();
        let mut at = 0usize;
        for _ in 0..MAX_STEPS {
            let op = *self.ops.get(at)?;
            at = at.checked_add(1)?;
            match op.code & 0x07 {
                0x00 => m.a = m.load(op, view)?,
                0x01 => m.x = m.load(op, view)?,
                0x02 => *m.memory.get_mut(op.k as usize)? = m.a,
                0x03 => *m.memory.get_mut(op.k as usize)? = m.x,
                0x04 => m.a = m.calculate(op)?,
                // The only jump without a condition reaches as far as 32 bits, and back.
                0x05 if op.code & 0xf0 == 0 => at = at.wrapping_add_signed(op.k.cast_signed() as isize),
                0x05 => at = at.checked_add(usize::from(if m.holds(op)? { op.jt } else { op.jf }))?,
                0x06 => return Some(if op.code & 0x18 == 0x10 { m.a } else { op.k }),
                _ if op.code & 0x80 == 0 => m.x = m.a,
                _ => m.a = m.x,
            }
        }
        None
    }
}

impl Machine {
    fn load(&self, op: Op, view: &View<'_>) -> Option<u32> {
        let at = match op.code & 0xe0 {
            0x00 => return Some(op.k),
            0x20 => op.k,
            0x40 => self.x.checked_add(op.k)?,
            0x60 => return self.memory.get(op.k as usize).copied(),
            0x80 => return Some(view.wire_len()),
            // Four times the low half of a byte: the length of an IPv4 header.
            0xa0 => return Some(u32::from(view.byte(op.k as usize)? & 0x0f) << 2),
            _ => return None,
        } as usize;
        match op.code & 0x18 {
            0x00 => view.bytes(at).map(u32::from_be_bytes),
            0x08 => view.bytes(at).map(u16::from_be_bytes).map(u32::from),
            0x10 => view.byte(at).map(u32::from),
            _ => None,
        }
    }

    /// The second operand of arithmetic and comparisons.
    fn operand(&self, op: Op) -> u32 {
        if op.code & 0x08 == 0 { op.k } else { self.x }
    }

    fn calculate(&self, op: Op) -> Option<u32> {
        let (a, b) = (self.a, self.operand(op));
        match op.code & 0xf0 {
            0x00 => Some(a.wrapping_add(b)),
            0x10 => Some(a.wrapping_sub(b)),
            0x20 => Some(a.wrapping_mul(b)),
            0x30 => a.checked_div(b),
            0x40 => Some(a | b),
            0x50 => Some(a & b),
            0x60 => Some(a.checked_shl(b).unwrap_or_default()),
            0x70 => Some(a.checked_shr(b).unwrap_or_default()),
            0x80 => Some(a.wrapping_neg()),
            0x90 => a.checked_rem(b),
            0xa0 => Some(a ^ b),
            _ => None,
        }
    }

    fn holds(&self, op: Op) -> Option<bool> {
        let (a, b) = (self.a, self.operand(op));
        match op.code & 0xf0 {
            0x10 => Some(a == b),
            0x20 => Some(a > b),
            0x30 => Some(a >= b),
            0x40 => Some(a & b != 0),
            _ => None,
        }
    }
}

impl Op {
    fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.split(' ').map(str::parse::<u32>);
        let mut next = || numbers.next()?.ok();
        let (code, jt, jf, k) = (next()?, next()?, next()?, next()?);
        let mut op = Self {
            code: u16::try_from(code).ok()?,
            jt: u8::try_from(jt).ok()?,
            jf: u8::try_from(jf).ok()?,
            k,
        };
        if op.code == 0x06 && op.k == DEAD_SNAPLEN {
            op.k = FULL_SNAPLEN;
        }
        Some(op)
    }

    /// Name and operand, as in the assembler of the paper.
    fn words(self) -> (&'static str, String) {
        let k = self.k;
        let name = match self.code {
            0x00 | 0x20 | 0x40 | 0x60 | 0x80 => "ld",
            0x28 | 0x48 => "ldh",
            0x30 | 0x50 => "ldb",
            0x01 | 0x61 | 0x81 => "ldx",
            0xb1 => "ldxb",
            0x02 => "st",
            0x03 => "stx",
            0x04 | 0x0c => "add",
            0x14 | 0x1c => "sub",
            0x24 | 0x2c => "mul",
            0x34 | 0x3c => "div",
            0x44 | 0x4c => "or",
            0x54 | 0x5c => "and",
            0x64 | 0x6c => "lsh",
            0x74 | 0x7c => "rsh",
            0x84 => "neg",
            0x94 | 0x9c => "mod",
            0xa4 | 0xac => "xor",
            0x05 => "ja",
            0x15 | 0x1d => "jeq",
            0x25 | 0x2d => "jgt",
            0x35 | 0x3d => "jge",
            0x45 | 0x4d => "jset",
            0x06 | 0x16 => "ret",
            0x07 => "tax",
            0x87 => "txa",
            _ => "unimp",
        };
        let operand = match (self.code & 0x07, self.code) {
            (_, 0xb1) => format!("4*([{k}]&0xf)"),
            (_, 0x80 | 0x81) => String::from("#pktlen"),
            (0x00 | 0x01, code) => match code & 0xe0 {
                0x00 => format!("#{k:#x}"),
                // Offsets that ask the kernel are negative.
                0x20 => format!("[{}]", k.cast_signed()),
                0x40 => format!("[x + {k}]"),
                _ => format!("M[{k}]"),
            },
            (0x02 | 0x03, _) => format!("M[{k}]"),
            (0x04, 0x84) | (0x07, _) => String::new(),
            (0x04 | 0x05, code) if code & 0x08 != 0 => String::from("x"),
            (0x04, 0x64 | 0x74 | 0x24 | 0x34 | 0x94 | 0x04 | 0x14) => format!("#{k}"),
            (0x04 | 0x05, _) => format!("#{k:#x}"),
            (0x06, 0x16) => String::new(),
            _ => format!("#{k}"),
        };
        (name, operand)
    }
}

/// One instruction a line, as `tcpdump -d` numbers and aligns them.
impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, op) in self.ops.iter().enumerate() {
            let (name, operand) = op.words();
            let next = at.saturating_add(1);
            if op.code == 0x05 {
                let to = next.wrapping_add_signed(op.k.cast_signed() as isize);
                writeln!(f, "({at:03}) {name:<8} {to}")?;
            } else if op.code & 0x07 == 0x05 {
                let (jt, jf) =
                    (next.saturating_add(usize::from(op.jt)), next.saturating_add(usize::from(op.jf)));
                writeln!(f, "({at:03}) {name:<8} {operand:<16} jt {jt}\tjf {jf}")?;
            } else {
                writeln!(f, "({at:03}) {}", format!("{name:<8} {operand}").trim_end())?;
            }
        }
        Ok(())
    }
}
