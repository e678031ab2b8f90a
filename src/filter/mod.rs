//! Display filters (`-Y`): which packets are meant, in Wireshark's language.
//!
//! ```text
//! text ──lexer──▶ tokens ──parser──▶ Expr (ast) ──compile, types──▶ Node (program) ──columns──▶ true or false
//! ```
//!
//! Names and types are settled once against the fields that dissectors declare. For each packet the program then reads only
//! the columns that it comes to, and only from layers that can have them; where a header says it at a fixed place,
//! [`shortcut`] reads it there.

use netdissect_dissectors::packet::Packet;
use netdissect_dissectors::registry::Registry;

pub mod ast;
mod capture_words;
mod columns;
mod compile;
mod error;
mod lexer;
mod parser;
mod program;
mod shortcut;
mod types;

pub use error::FilterError;

use columns::Columns;
use program::Node;

/// A compiled display filter.
#[derive(Debug)]
pub struct Filter {
    /// `None` lets every packet pass.
    program: Option<Node>,
    columns: Columns,
}

impl Filter {
    /// Compiles `text`. An empty expression lets every packet pass.
    ///
    /// # Errors
    /// What is wrong, with the place in `text`.
    pub fn new(registry: &Registry, text: &str) -> Result<Self, FilterError> {
        let mut columns = Columns::default();
        let program = parse(text)
            .and_then(|expr| expr.map(|expr| compile::compile(registry, &mut columns, &expr)).transpose())
            .map_err(|error| capture_words::named(registry, text).unwrap_or(error).within(text))?;
        Ok(Self { program, columns })
    }

    /// Every field and protocol that it looks at.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.columns.names()
    }

    /// Whether `packet` is meant.
    pub fn passes(&mut self, packet: &Packet<'_>) -> bool {
        let Some(program) = &self.program else { return true };
        self.columns.clear();
        program.holds(&mut self.columns, packet)
    }
}

/// Reads an expression without asking what its names mean; `None` if nothing stands there.
///
/// # Errors
/// Text that follows no rule of the language.
pub fn parse(text: &str) -> Result<Option<ast::Expr>, FilterError> {
    parser::parse(text)
}

#[cfg(test)]
mod tests;
