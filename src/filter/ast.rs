//! An expression as it was written, before anybody knows what its names mean; printed, it reads the same again.

use std::fmt;
use std::ops::Range;

/// What is true or false of a packet.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// All of these.
    And(Vec<Expr>),
    /// At least one of these.
    Or(Vec<Expr>),
    /// An odd number of these.
    Xor(Vec<Expr>),
    /// Not this.
    Not(Box<Expr>),
    /// There is such a value or layer.
    Present(Operand),
    /// Values on both sides compare like this.
    Compare {
        /// Before the left side, if written.
        quantifier: Option<Quantifier>,
        /// Left side.
        left: Operand,
        /// Operator.
        relation: Relation,
        /// Right side.
        right: Operand,
    },
    /// A value is one of these or within one of these ranges.
    Among {
        /// Before the left side, if written.
        quantifier: Option<Quantifier>,
        /// Left side.
        left: Operand,
        /// Single values, or ranges with both ends.
        members: Vec<(Operand, Option<Operand>)>,
    },
}

/// How many of several values have to compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantifier {
    /// One is enough.
    Any,
    /// All, and there is one.
    All,
}

/// How two values compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// `==`: any value is equal.
    Equal,
    /// `===`: all are.
    AllEqual,
    /// `!=`: none is equal.
    Unequal,
    /// `!==` and `~=`: any value is not equal.
    AnyUnequal,
    /// `<`.
    Less,
    /// `<=`.
    AtMost,
    /// `>`.
    Greater,
    /// `>=`.
    AtLeast,
    /// `contains`.
    Contains,
    /// `matches` and `~`.
    Matches,
}

impl Relation {
    /// Words and signs, and what they say.
    pub(super) const SPELLINGS: [(&'static str, Self); 22] = [
        ("==", Self::Equal),
        ("eq", Self::Equal),
        ("any_eq", Self::Equal),
        ("===", Self::AllEqual),
        ("all_eq", Self::AllEqual),
        ("!=", Self::Unequal),
        ("ne", Self::Unequal),
        ("all_ne", Self::Unequal),
        ("!==", Self::AnyUnequal),
        ("~=", Self::AnyUnequal),
        ("any_ne", Self::AnyUnequal),
        ("<", Self::Less),
        ("lt", Self::Less),
        ("<=", Self::AtMost),
        ("le", Self::AtMost),
        (">", Self::Greater),
        ("gt", Self::Greater),
        (">=", Self::AtLeast),
        ("ge", Self::AtLeast),
        ("contains", Self::Contains),
        ("matches", Self::Matches),
        ("~", Self::Matches),
    ];

    pub(super) fn named(word: &str) -> Option<Self> {
        Self::SPELLINGS.iter().find(|row| row.0 == word).map(|row| row.1)
    }

    /// The same with both sides exchanged.
    pub(super) fn flipped(self) -> Option<Self> {
        Some(match self {
            Self::Less => Self::Greater,
            Self::AtMost => Self::AtLeast,
            Self::Greater => Self::Less,
            Self::AtLeast => Self::AtMost,
            Self::Contains | Self::Matches => return None,
            other => other,
        })
    }
}

/// What yields values.
#[derive(Clone, Debug)]
pub struct Operand {
    /// What it is.
    pub kind: OperandKind,
    /// Its bytes in the expression.
    pub at: Range<usize>,
}

/// Places do not count: only what was written.
impl PartialEq for Operand {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

/// The kinds of operands.
#[derive(Clone, Debug, PartialEq)]
pub enum OperandKind {
    /// A name, or a value without quotes.
    Word(String),
    /// A value in quotes.
    Text(Vec<u8>),
    /// One character in single quotes.
    Char(u8),
    /// Part of the bytes of another operand.
    Slice(Box<Operand>, Vec<Cut>),
    /// Only in that layer of its protocol, from 1 (`#`).
    Layer(Box<Operand>, u8),
    /// A function.
    Call(String, Vec<Operand>),
    /// Arithmetic on two operands.
    Sum(Box<Operand>, Arithmetic, Box<Operand>),
    /// The negative.
    Negative(Box<Operand>),
}

/// Arithmetic on numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arithmetic {
    /// `+`.
    Add,
    /// `-`.
    Subtract,
    /// `*`.
    Multiply,
    /// `/`.
    Divide,
    /// `%`.
    Remainder,
    /// `&`: the bits that both have.
    And,
}

impl Arithmetic {
    pub(super) const SIGNS: [(&'static str, Self); 6] = [
        ("+", Self::Add),
        ("-", Self::Subtract),
        ("*", Self::Multiply),
        ("/", Self::Divide),
        ("%", Self::Remainder),
        ("&", Self::And),
    ];

    fn sign(self) -> &'static str {
        Self::SIGNS.iter().find(|row| row.1 == self).map_or("", |row| row.0)
    }

    /// How tightly it binds, of 0 to 2.
    pub(super) fn rank(self) -> usize {
        match self {
            Self::And => 0,
            Self::Add | Self::Subtract => 1,
            Self::Multiply | Self::Divide | Self::Remainder => 2,
        }
    }
}

/// A part of bytes. Negative places count from the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// First byte.
    pub from: i32,
    /// Where it ends.
    pub end: CutEnd,
}

/// Where a part of bytes ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CutEnd {
    /// After so many bytes, at least 1.
    Len(u32),
    /// With this byte.
    Last(i32),
    /// Where the bytes end.
    Open,
}

impl Cut {
    /// That part of `bytes`, if all of it is there.
    pub(super) fn of(self, bytes: &[u8]) -> Option<&[u8]> {
        let place = |at: i32| {
            let at = i64::from(at);
            let at = if at < 0 { i64::try_from(bytes.len()).ok()?.checked_add(at)? } else { at };
            usize::try_from(at).ok()
        };
        let from = place(self.from)?;
        let end = match self.end {
            CutEnd::Len(len) => from.checked_add(usize::try_from(len).ok()?)?,
            CutEnd::Last(last) => place(last)?.checked_add(1)?,
            CutEnd::Open => bytes.len(),
        };
        if from < end { bytes.get(from..end) } else { None }
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, rows: &[Expr], word: &str| {
            for (nth, row) in rows.iter().enumerate() {
                if nth > 0 {
                    write!(f, " {word} ")?;
                }
                match row {
                    Self::And(_) | Self::Or(_) | Self::Xor(_) => write!(f, "({row})")?,
                    _ => write!(f, "{row}")?,
                }
            }
            Ok(())
        };
        let quantified = |f: &mut fmt::Formatter<'_>, quantifier: &Option<Quantifier>| match quantifier {
            None => Ok(()),
            Some(Quantifier::Any) => f.write_str("any "),
            Some(Quantifier::All) => f.write_str("all "),
        };
        match self {
            Self::And(rows) => list(f, rows, "and"),
            Self::Or(rows) => list(f, rows, "or"),
            Self::Xor(rows) => list(f, rows, "xor"),
            Self::Not(inner) => write!(f, "not ({inner})"),
            Self::Present(operand) => write!(f, "{operand}"),
            Self::Compare { quantifier, left, relation, right } => {
                quantified(f, quantifier)?;
                let spelling =
                    Relation::SPELLINGS.iter().find(|row| row.1 == *relation).map_or("", |row| row.0);
                write!(f, "{left} {spelling} {right}")
            }
            Self::Among { quantifier, left, members } => {
                quantified(f, quantifier)?;
                write!(f, "{left} in {{")?;
                for (nth, (from, to)) in members.iter().enumerate() {
                    f.write_str(if nth > 0 { ", " } else { "" })?;
                    write!(f, "{from}")?;
                    if let Some(to) = to {
                        write!(f, " .. {to}")?;
                    }
                }
                f.write_str("}")
            }
        }
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            OperandKind::Word(word) => f.write_str(word),
            OperandKind::Text(text) => {
                f.write_str("\"")?;
                for &byte in text {
                    match byte {
                        b'"' | b'\\' => write!(f, "\\{}", char::from(byte))?,
                        b' '..=b'~' => write!(f, "{}", char::from(byte))?,
                        _ => write!(f, "\\x{byte:02x}")?,
                    }
                }
                f.write_str("\"")
            }
            OperandKind::Char(byte) => write!(f, "'\\x{byte:02x}'"),
            OperandKind::Slice(inner, cuts) => {
                write!(f, "{inner}[")?;
                for (nth, cut) in cuts.iter().enumerate() {
                    f.write_str(if nth > 0 { "," } else { "" })?;
                    match cut.end {
                        CutEnd::Len(1) => write!(f, "{}", cut.from)?,
                        CutEnd::Len(len) => write!(f, "{}:{len}", cut.from)?,
                        CutEnd::Last(last) => write!(f, "{}-{last}", cut.from)?,
                        CutEnd::Open => write!(f, "{}:", cut.from)?,
                    }
                }
                f.write_str("]")
            }
            OperandKind::Layer(inner, layer) => write!(f, "{inner}#{layer}"),
            OperandKind::Call(name, arguments) => {
                write!(f, "{name}(")?;
                for (nth, argument) in arguments.iter().enumerate() {
                    f.write_str(if nth > 0 { ", " } else { "" })?;
                    write!(f, "{argument}")?;
                }
                f.write_str(")")
            }
            OperandKind::Sum(left, sign, right) => write!(f, "{{{left} {} {right}}}", sign.sign()),
            OperandKind::Negative(inner) => write!(f, "-{inner}"),
        }
    }
}
