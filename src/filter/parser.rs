//! From tokens to an expression. `and` binds tighter than `xor`, `xor` tighter than `or`, `not` tightest of all.

use std::ops::Range;

use super::ast::{Arithmetic, Cut, CutEnd, Expr, Operand, OperandKind, Quantifier, Relation};
use super::error::{FilterError, escaped};
use super::lexer::{self, Kind, Token};

/// Brackets, functions and negations inside one another.
pub(super) const MAX_DEPTH: usize = 64;

/// Reads `text`; nothing is no expression.
///
/// # Errors
/// Text that follows no rule of the language.
pub(super) fn parse(text: &str) -> Result<Option<Expr>, FilterError> {
    let tokens = lexer::tokens(text)?;
    if tokens.is_empty() {
        return Ok(None);
    }
    let mut parser = Parser { tokens: &tokens, at: 0, depth: 0, end: text.len() };
    let expr = parser.or()?;
    match parser.peek() {
        None => Ok(Some(expr)),
        Some(token) => Err(parser.unexpected(token)),
    }
}

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
    depth: usize,
    /// Length of the expression.
    end: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&'a Token> {
        self.tokens.get(self.at)
    }

    /// Takes the next token if it is spelled like one of these.
    fn take(&mut self, spellings: &[&str]) -> bool {
        let found = match self.peek().map(|token| &token.kind) {
            Some(Kind::Word(word)) => spellings.contains(&word.as_str()),
            Some(Kind::Symbol(symbol)) => spellings.contains(symbol),
            _ => false,
        };
        self.at += usize::from(found);
        found
    }

    fn missing(&self, what: &str) -> FilterError {
        match self.peek() {
            Some(token) => FilterError::new(token.at.clone(), format!("{what} is missing here")),
            None => FilterError::new(self.end..self.end, format!("{what} is missing at the end")),
        }
    }

    fn unexpected(&self, token: &Token) -> FilterError {
        let error = FilterError::new(token.at.clone(), "this does not continue the expression");
        match &token.kind {
            Kind::Symbol(")" | "}") => FilterError::new(token.at.clone(), "this bracket was never opened"),
            Kind::Word(word) if word.to_lowercase() != *word && self.is_operator(&word.to_lowercase()) => {
                error.hint(format!("operators are in lower case: {}", word.to_lowercase()))
            }
            Kind::Symbol(symbol) if Relation::named(symbol).is_some() => {
                error.hint("comparisons are joined by and: 1 < ip.ttl and ip.ttl < 9")
            }
            _ => error.hint("tests are joined by and, or, xor"),
        }
    }

    fn is_operator(&self, word: &str) -> bool {
        matches!(word, "and" | "or" | "xor" | "not" | "in") || Relation::named(word).is_some()
    }

    fn deeper(&mut self, at: &Range<usize>) -> Result<(), FilterError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(FilterError::new(
                at.clone(),
                format!("more than {MAX_DEPTH} brackets inside one another"),
            ));
        }
        Ok(())
    }

    fn list(
        &mut self,
        spellings: &[&str],
        next: fn(&mut Self) -> Result<Expr, FilterError>,
        join: fn(Vec<Expr>) -> Expr,
    ) -> Result<Expr, FilterError> {
        let first = next(self)?;
        let mut rows = vec![first];
        while self.take(spellings) {
            rows.push(next(self)?);
        }
        match rows.pop() {
            Some(only) if rows.is_empty() => Ok(only),
            Some(last) => {
                rows.push(last);
                Ok(join(rows))
            }
            None => Err(self.missing("a test")),
        }
    }

    fn or(&mut self) -> Result<Expr, FilterError> {
        self.list(&["or", "||"], Self::xor, Expr::Or)
    }

    fn xor(&mut self) -> Result<Expr, FilterError> {
        self.list(&["xor", "^^"], Self::and, Expr::Xor)
    }

    fn and(&mut self) -> Result<Expr, FilterError> {
        self.list(&["and", "&&"], Self::not, Expr::And)
    }

    fn not(&mut self) -> Result<Expr, FilterError> {
        let before = self.peek().map(|token| token.at.clone());
        if !self.take(&["not", "!"]) {
            return self.test();
        }
        self.deeper(&before.unwrap_or_default())?;
        let inner = self.not()?;
        self.depth -= 1;
        Ok(Expr::Not(Box::new(inner)))
    }

    fn test(&mut self) -> Result<Expr, FilterError> {
        let quantifier = match () {
            () if self.take(&["any"]) => Some(Quantifier::Any),
            () if self.take(&["all"]) => Some(Quantifier::All),
            () => None,
        };
        let mut first = None;
        let open = self.peek().map(|token| token.at.clone()).unwrap_or_default();
        if quantifier.is_none() && self.take(&["("]) {
            self.deeper(&open)?;
            let inner = self.or()?;
            self.close(")", &open)?;
            match inner {
                // What looked like a test in brackets is an operand if an operator for values follows.
                Expr::Present(operand) if self.operand_goes_on() => first = Some(operand),
                other => return Ok(other),
            }
        }
        let left = self.operand(0, first)?;
        self.relation(quantifier, left)
    }

    fn close(&mut self, bracket: &str, open: &Range<usize>) -> Result<(), FilterError> {
        self.depth -= 1;
        if self.take(&[bracket]) {
            return Ok(());
        }
        match self.peek() {
            Some(token) => Err(self.unexpected(token)),
            None => Err(FilterError::new(open.clone(), format!("this bracket has no {bracket}"))),
        }
    }

    fn operand_goes_on(&self) -> bool {
        match self.peek().map(|token| &token.kind) {
            Some(Kind::Symbol(symbol)) => {
                Relation::named(symbol).is_some() || Arithmetic::SIGNS.iter().any(|row| row.0 == *symbol)
            }
            Some(Kind::Word(word)) => word == "in" || Relation::named(word).is_some(),
            _ => false,
        }
    }

    /// What follows the left side.
    fn relation(&mut self, quantifier: Option<Quantifier>, left: Operand) -> Result<Expr, FilterError> {
        let word = match self.peek().map(|token| &token.kind) {
            Some(Kind::Word(word)) => word.as_str(),
            Some(Kind::Symbol(symbol)) => symbol,
            _ => "",
        };
        if let Some(relation) = Relation::named(word) {
            self.at += 1;
            let right = self.operand(0, None)?;
            return Ok(Expr::Compare { quantifier, left, relation, right });
        }
        if word == "in" {
            self.at += 1;
            return Ok(Expr::Among { quantifier, left, members: self.members()? });
        }
        let next = self.tokens.get(self.at + 1).map(|token| &token.kind);
        if word == "not" && matches!(next, Some(Kind::Word(word)) if word == "in") {
            self.at += 2;
            let among = Expr::Among { quantifier, left, members: self.members()? };
            return Ok(Expr::Not(Box::new(among)));
        }
        if quantifier.is_some() {
            return Err(self.missing("a comparison after any or all"));
        }
        Ok(Expr::Present(left))
    }

    fn members(&mut self) -> Result<Vec<(Operand, Option<Operand>)>, FilterError> {
        let open = self.peek().map(|token| token.at.clone()).unwrap_or_default();
        if !self.take(&["{"]) {
            return Err(self.missing("{").hint("a set is written {80, 443, 8000..8080}"));
        }
        self.deeper(&open)?;
        let mut members = Vec::new();
        loop {
            let from = self.operand(0, None)?;
            let to = if self.take(&[".."]) { Some(self.operand(0, None)?) } else { None };
            members.push((from, to));
            if !self.take(&[","]) {
                break;
            }
        }
        if matches!(self.peek().map(|token| &token.kind), Some(Kind::Word(_) | Kind::Text(_))) {
            return Err(self.missing("a comma"));
        }
        self.close("}", &open)?;
        Ok(members)
    }

    /// An operand whose operators bind at least as tightly as `rank`; `first` was read already.
    fn operand(&mut self, rank: usize, first: Option<Operand>) -> Result<Operand, FilterError> {
        let mut left = match first {
            Some(first) => first,
            None => self.primary()?,
        };
        let depth = self.depth;
        while let Some(Kind::Symbol(symbol)) = self.peek().map(|token| &token.kind) {
            let found = Arithmetic::SIGNS.iter().find(|row| row.0 == *symbol && row.1.rank() >= rank);
            let Some(&(_, sign)) = found else { break };
            // A chain nests to the left.
            let here = left.at.clone();
            self.deeper(&here)?;
            self.at += 1;
            let right = self.operand(sign.rank() + 1, None)?;
            let at = left.at.start..right.at.end;
            left = Operand { kind: OperandKind::Sum(Box::new(left), sign, Box::new(right)), at };
        }
        self.depth = depth;
        Ok(left)
    }

    fn primary(&mut self) -> Result<Operand, FilterError> {
        let Some(token) = self.peek() else { return Err(self.missing("a field or a value")) };
        self.at += 1;
        let at = token.at.clone();
        let kind = match &token.kind {
            Kind::Symbol(open @ ("(" | "{")) => {
                self.deeper(&at)?;
                let inner = self.operand(0, None)?;
                self.close(if *open == "(" { ")" } else { "}" }, &at)?;
                return self.suffixes(inner);
            }
            Kind::Symbol("-") => {
                self.deeper(&at)?;
                let inner = self.primary()?;
                self.depth -= 1;
                let at = at.start..inner.at.end;
                return Ok(Operand { kind: OperandKind::Negative(Box::new(inner)), at });
            }
            Kind::Word(word) if self.is_operator(word) => {
                self.at -= 1;
                return Err(self.missing("a field or a value"));
            }
            Kind::Word(word) if self.take(&["("]) => {
                self.deeper(&at)?;
                let arguments = self.arguments()?;
                self.close(")", &at)?;
                let end = self.tokens.get(self.at.saturating_sub(1)).map_or(at.end, |token| token.at.end);
                let call = Operand { kind: OperandKind::Call(word.clone(), arguments), at: at.start..end };
                return self.suffixes(call);
            }
            Kind::Word(word) => OperandKind::Word(word.clone()),
            Kind::Text(text) => OperandKind::Text(text.clone()),
            Kind::Char(byte) => OperandKind::Char(*byte),
            Kind::Symbol(_) | Kind::Slice(_) => {
                self.at -= 1;
                return Err(self.missing("a field or a value"));
            }
        };
        self.suffixes(Operand { kind, at })
    }

    fn arguments(&mut self) -> Result<Vec<Operand>, FilterError> {
        let mut arguments = Vec::new();
        if matches!(self.peek().map(|token| &token.kind), Some(Kind::Symbol(")"))) {
            return Ok(arguments);
        }
        loop {
            arguments.push(self.operand(0, None)?);
            if !self.take(&[","]) {
                return Ok(arguments);
            }
        }
    }

    /// Slices and layers behind an operand.
    fn suffixes(&mut self, mut operand: Operand) -> Result<Operand, FilterError> {
        let depth = self.depth;
        while let Some(token) = self.peek() {
            let at = operand.at.start..token.at.end;
            let kind = match &token.kind {
                Kind::Slice(text) => OperandKind::Slice(Box::new(operand), cuts(text, token.at.clone())?),
                Kind::Symbol("#") => {
                    self.at += 1;
                    let layer = match self.peek().map(|token| &token.kind) {
                        Some(Kind::Word(word) | Kind::Slice(word)) => {
                            word.parse().ok().filter(|nth| *nth > 0)
                        }
                        _ => None,
                    };
                    let Some(layer) = layer else {
                        return Err(self
                            .missing("the number of a layer")
                            .hint("the second of its kind is ip.addr#2"));
                    };
                    OperandKind::Layer(Box::new(operand), layer)
                }
                _ => break,
            };
            self.deeper(&at)?;
            let end = self.peek().map_or(at.end, |token| token.at.end);
            self.at += 1;
            operand = Operand { kind, at: at.start..end };
        }
        self.depth = depth;
        Ok(operand)
    }
}

/// The parts of `[1,3:2,-4:]`; `at` is the place of it all.
fn cuts(text: &str, at: Range<usize>) -> Result<Vec<Cut>, FilterError> {
    text.split(',')
        .map(|part| {
            cut(part.trim()).ok_or_else(|| {
                FilterError::new(at.clone(), format!("[{}] is no part of bytes", escaped(text)))
                    .hint("[i] one byte, [i:n] n bytes, [i-j] up to j, [i:] the rest, [:n] the first n")
            })
        })
        .collect()
}

fn cut(text: &str) -> Option<Cut> {
    let place = |text: &str| text.trim().parse::<i32>().ok();
    let len = |text: &str| text.trim().parse::<u32>().ok().filter(|len| *len > 0).map(CutEnd::Len);
    if let Some((from, end)) = text.split_once(':') {
        let from = if from.trim().is_empty() { 0 } else { place(from)? };
        let end = if end.trim().is_empty() { CutEnd::Open } else { len(end)? };
        return Some(Cut { from, end });
    }
    // A minus at the start is a sign.
    if let Some(minus) = text.char_indices().skip(1).find(|(_, c)| *c == '-').map(|row| row.0) {
        let (from, last) = (place(text.get(..minus)?)?, place(text.get(minus + 1..)?)?);
        if from >= 0 && last >= 0 && last < from {
            return None;
        }
        return Some(Cut { from, end: CutEnd::Last(last) });
    }
    Some(Cut { from: place(text)?, end: CutEnd::Len(1) })
}
