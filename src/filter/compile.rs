//! From an expression to a program: names become columns, values get the type of what they are compared with.

use netdissect_dissectors::registry::Registry;
use regex::bytes::{Regex, RegexBuilder};

use super::ast::{Arithmetic, Expr, Operand, OperandKind, Quantifier, Relation};
use super::columns::Columns;
use super::error::{FilterError, escaped};
use super::program::{Check, Node, Order, Source, Test};
use super::types::{Literal, Type};
use crate::render::select::UnknownField;

/// Memory that one regular expression may take, compiled.
const MAX_REGEX: usize = 1 << 20;
/// Fields in one comparison: each value of one is compared with each of the other, and hostile packets have many.
const MAX_FIELDS: usize = 2;

/// Makes a program of `expr`, and `columns` ready for it.
///
/// # Errors
/// Unknown names, and values or operators that do not suit the types.
pub(super) fn compile(registry: &Registry, columns: &mut Columns, expr: &Expr) -> Result<Node, FilterError> {
    let node = Compiler { registry, columns, needed: Vec::new(), fields: 0 }.node(expr)?;
    columns.complete(registry);
    Ok(node)
}

struct Compiler<'a> {
    registry: &'a Registry,
    columns: &'a mut Columns,
    /// Columns of the test at hand.
    needed: Vec<usize>,
    /// Fields of the test at hand.
    fields: usize,
}

/// A source and what is known of its values.
struct Typed {
    source: Source,
    kind: Type,
    names: &'static [(u64, &'static str)],
}

impl Typed {
    fn new(source: Source, kind: Type) -> Self {
        Self { source, kind, names: &[] }
    }
}

impl Compiler<'_> {
    fn node(&mut self, expr: &Expr) -> Result<Node, FilterError> {
        let test = match expr {
            Expr::And(rows) => return self.nodes(rows).map(Node::All),
            Expr::Or(rows) => return self.nodes(rows).map(Node::Any),
            Expr::Xor(rows) => return self.nodes(rows).map(Node::Odd),
            Expr::Not(inner) => return Ok(Node::Not(Box::new(self.node(inner)?))),
            Expr::Present(operand) => self.present(operand)?,
            Expr::Compare { quantifier, left, relation, right } => {
                self.compare(*quantifier, left, *relation, right)?
            }
            Expr::Among { quantifier, left, members } => {
                let left = self.source(left)?;
                let members: Result<Vec<_>, FilterError> = members
                    .iter()
                    .map(|(from, to)| {
                        let from = self.value(&left, from)?;
                        let to = to.as_ref().map(|to| self.value(&left, to)).transpose()?;
                        Ok((from, to))
                    })
                    .collect();
                let all = *quantifier == Some(Quantifier::All);
                Test::Values { all, source: left.source, check: Check::Among(members?) }
            }
        };
        self.fields = 0;
        Ok(Node::Test { columns: std::mem::take(&mut self.needed), test })
    }

    fn nodes(&mut self, rows: &[Expr]) -> Result<Vec<Node>, FilterError> {
        rows.iter().map(|row| self.node(row)).collect()
    }

    fn present(&mut self, operand: &Operand) -> Result<Test, FilterError> {
        let at = operand.at.clone();
        let is_sum = match &operand.kind {
            OperandKind::Sum(_, Arithmetic::And, _) => true,
            OperandKind::Sum(..) | OperandKind::Negative(_) => {
                return Err(
                    FilterError::new(at, "a calculation alone is no test").hint("compare it: ... > 0")
                );
            }
            OperandKind::Call(..) => {
                return Err(FilterError::new(at, "a function alone is no test").hint("compare it: ... > 0"));
            }
            OperandKind::Text(_) | OperandKind::Char(_) => {
                return Err(FilterError::new(at, "a value alone is no test")
                    .hint("bytes anywhere in the packet: frame contains \"...\""));
            }
            _ => false,
        };
        let typed = self.source(operand)?;
        Ok(match typed.source {
            source if is_sum => Test::Values { all: false, source, check: Check::NonZero },
            Source::Layers { dissectors, layer: None } => Test::Layer(dissectors),
            source => Test::Present(source),
        })
    }

    fn compare(
        &mut self,
        quantifier: Option<Quantifier>,
        left: &Operand,
        relation: Relation,
        right: &Operand,
    ) -> Result<Test, FilterError> {
        if self.is_value(left) {
            // A word here was most likely meant as a field.
            if self.is_value(right) || relation.flipped().is_none() {
                self.source(left)?;
                let what = "one side of a comparison has to be a field";
                return Err(FilterError::new(left.at.clone(), what));
            }
            let flipped = relation.flipped().unwrap_or(relation);
            return self.compare(quantifier, right, flipped, left);
        }
        let typed = self.source(left)?;
        if matches!(typed.kind, Type::Group) {
            let what = format!("{} is {}: there or not", escaped(&left.to_string()), typed.kind.name());
            return Err(FilterError::new(left.at.clone(), what).hint("compare one of its fields"));
        }
        let (order, all) = match relation {
            Relation::Equal => (Order::Equal, false),
            Relation::AllEqual => (Order::Equal, true),
            Relation::Unequal => (Order::Unequal, true),
            Relation::AnyUnequal => (Order::Unequal, false),
            Relation::Less => (Order::Less, false),
            Relation::AtMost => (Order::AtMost, false),
            Relation::Greater => (Order::Greater, false),
            Relation::AtLeast => (Order::AtLeast, false),
            Relation::Contains | Relation::Matches => {
                let all = quantifier == Some(Quantifier::All);
                let check = self.find(left, &typed, relation, right)?;
                return Ok(Test::Values { all, source: typed.source, check });
            }
        };
        let all = quantifier.map_or(all, |quantifier| quantifier == Quantifier::All);
        let check = if self.is_value(right) || self.is_value_name(&typed, right) {
            Check::Compare(order, self.value(&typed, right)?)
        } else {
            Check::Against(order, self.other(left, &typed, right)?.source)
        };
        Ok(Test::Values { all, source: typed.source, check })
    }

    /// What `contains` and `matches` look for.
    fn find(
        &mut self,
        left: &Operand,
        typed: &Typed,
        relation: Relation,
        right: &Operand,
    ) -> Result<Check, FilterError> {
        if !typed.kind.has_bytes() {
            let what = format!("{} is {}: it has no text or bytes to search", left, typed.kind.name());
            return Err(
                FilterError::new(left.at.clone(), escaped(&what)).hint("compare it with == or in {...}")
            );
        }
        if relation == Relation::Matches {
            let OperandKind::Text(pattern) = &right.kind else {
                return Err(FilterError::new(
                    right.at.clone(),
                    "a regular expression stands in double quotes",
                ));
            };
            return regex(pattern, right).map(Check::Find);
        }
        if !self.is_value(right) {
            return Ok(Check::Contains(self.other(left, typed, right)?.source));
        }
        let kind = if matches!(typed.kind, Type::Text) { Type::Text } else { Type::Bytes };
        let wanted = kind.literal(right, &[])?;
        let pattern: String = match &wanted {
            Literal::Bytes(bytes) => bytes.iter().map(|byte| format!("\\x{byte:02x}")).collect(),
            _ => String::new(),
        };
        // A search for plain bytes is what regular expressions are quickest at.
        search(&pattern)
            .build()
            .map(Check::Find)
            .map_err(|_| FilterError::new(right.at.clone(), "this is too long to search for"))
    }

    /// The right side, a source, if its values compare with those of the left.
    fn other(&mut self, left: &Operand, typed: &Typed, right: &Operand) -> Result<Typed, FilterError> {
        let other = self.source(right)?;
        if typed.kind.compares_with(other.kind) {
            return Ok(other);
        }
        let what = format!(
            "{} is {}, {} is {}: they do not compare",
            escaped(&left.to_string()),
            typed.kind.name(),
            escaped(&right.to_string()),
            other.kind.name()
        );
        let error = FilterError::new(right.at.clone(), what);
        Err(match &right.kind {
            OperandKind::Word(word) if matches!(typed.kind, Type::Text) => {
                error.hint(format!("{word} is a name; as text it stands in double quotes: \"{word}\""))
            }
            _ => error,
        })
    }

    /// A value of the type of `left`.
    fn value(&self, left: &Typed, operand: &Operand) -> Result<Literal, FilterError> {
        if !self.is_value(operand) && !self.is_value_name(left, operand) {
            return Err(FilterError::new(
                operand.at.clone(),
                "here stands a value, not a field or a calculation",
            ));
        }
        left.kind.literal(operand, left.names)
    }

    /// Whether `operand` is a value from the expression and nothing that the packet has.
    fn is_value(&self, operand: &Operand) -> bool {
        match &operand.kind {
            OperandKind::Text(_) | OperandKind::Char(_) => true,
            OperandKind::Word(word) => self.registry.field(word).is_none() && self.layers(word).is_empty(),
            OperandKind::Negative(inner) => {
                matches!(inner.kind, OperandKind::Word(_)) && self.is_value(inner)
            }
            _ => false,
        }
    }

    /// Whether it is the name of a protocol where a value has that name: `ip.proto == tcp`.
    fn is_value_name(&self, left: &Typed, operand: &Operand) -> bool {
        match &operand.kind {
            OperandKind::Word(word) => {
                self.registry.field(word).is_none()
                    && left.names.iter().any(|row| row.1.eq_ignore_ascii_case(word))
            }
            _ => false,
        }
    }

    /// The dissectors of the protocol called `name`.
    fn layers(&self, name: &str) -> Vec<u16> {
        let rows = self.registry.dissectors().enumerate().filter(|row| row.1.protocol().name == name);
        rows.filter_map(|row| u16::try_from(row.0).ok()).collect()
    }

    fn source(&mut self, operand: &Operand) -> Result<Typed, FilterError> {
        match &operand.kind {
            OperandKind::Word(word) => self.named(word, operand, None),
            OperandKind::Layer(inner, layer) => match &inner.kind {
                OperandKind::Word(word) => self.named(word, operand, Some(*layer)),
                _ => Err(FilterError::new(operand.at.clone(), "# follows the name of a field or protocol")),
            },
            OperandKind::Text(_) | OperandKind::Char(_) => {
                Err(FilterError::new(operand.at.clone(), "here stands a field, not a value"))
            }
            OperandKind::Slice(inner, cuts) => {
                let typed = self.source(inner)?;
                if !typed.kind.has_bytes() {
                    let what =
                        format!("{} is {}: it has no parts", escaped(&inner.to_string()), typed.kind.name());
                    return Err(FilterError::new(operand.at.clone(), what)
                        .hint("bytes, text, addresses and protocols have: tcp[0:2]"));
                }
                Ok(Typed::new(Source::Slice(Box::new(typed.source), cuts.clone()), Type::Bytes))
            }
            OperandKind::Call(name, arguments) => self.call(name, arguments, operand),
            OperandKind::Sum(left, sign, right) => self.sum(left, *sign, right),
            OperandKind::Negative(inner) => {
                let typed = self.number(inner, Type::Computed)?;
                let zero = Box::new(Source::Literal(Literal::Number(0)));
                let negative = Source::Sum(zero, Arithmetic::Subtract, Box::new(typed.source));
                Ok(Typed::new(negative, Type::Computed))
            }
        }
    }

    /// A field or a protocol.
    fn named(&mut self, name: &str, operand: &Operand, layer: Option<u8>) -> Result<Typed, FilterError> {
        self.fields += 1;
        if self.fields > MAX_FIELDS {
            let what = format!("more than {MAX_FIELDS} fields in one comparison");
            return Err(FilterError::new(operand.at.clone(), what));
        }
        if let Some(field) = self.registry.field(name) {
            let nth = self.columns.add(self.registry, field.abbrev);
            self.needed.push(nth);
            let kind = match Type::of(field) {
                // Fields of one name may have different widths.
                Type::Unsigned(bits) => {
                    let others = self.registry.fields().filter(|other| other.abbrev == field.abbrev);
                    Type::Unsigned(others.fold(bits, |bits, other| match Type::of(other) {
                        Type::Unsigned(more) => bits.max(more),
                        _ => bits,
                    }))
                }
                kind => kind,
            };
            return Ok(Typed { source: Source::Column { nth, layer }, kind, names: field.names });
        }
        let dissectors = self.layers(name);
        if !dissectors.is_empty() {
            for &dissector in &dissectors {
                self.columns.mention(self.registry, dissector);
            }
            return Ok(Typed::new(Source::Layers { dissectors, layer }, Type::Bytes));
        }
        Err(self.unknown(name, operand))
    }

    fn unknown(&self, name: &str, operand: &Operand) -> FilterError {
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        if !is_name {
            let what = format!("{} is no field", escaped(name));
            return FilterError::new(operand.at.clone(), what)
                .hint("a test begins with a field or a protocol");
        }
        let protocols = self.registry.dissectors().map(|dissector| dissector.protocol().name);
        let names = self.registry.fields().map(|field| field.abbrev);
        let nearest = crate::render::select::nearest(name, names.chain(protocols));
        let unknown = UnknownField { name: name.to_owned(), nearest };
        let what = format!("no field is called {}", escaped(&unknown.name));
        // The longest beginning that some field shares.
        let ends = (1..=name.len()).rev().filter_map(|end| name.get(..end));
        let beginning =
            ends.take(64).find(|start| self.registry.fields().any(|field| field.abbrev.starts_with(start)));
        let list = match beginning {
            Some(start) if start.len() > 1 => format!("list: netdissect fields {start}"),
            _ => "list: netdissect fields".to_owned(),
        };
        let hint = match unknown.nearest.as_slice() {
            [] => list,
            nearest => format!("nearest: {}    {list}", nearest.join(", ")),
        };
        FilterError::new(operand.at.clone(), what).hint(hint)
    }

    fn call(&mut self, name: &str, arguments: &[Operand], operand: &Operand) -> Result<Typed, FilterError> {
        const NAMES: [&str; 4] = ["len", "count", "lower", "upper"];
        if !NAMES.contains(&name) {
            let what = format!("no function is called {}", escaped(name));
            return Err(
                FilterError::new(operand.at.clone(), what).hint(format!("there are {}", NAMES.join(", ")))
            );
        }
        let [argument] = arguments else {
            return Err(FilterError::new(operand.at.clone(), format!("{name} takes one field")));
        };
        let typed = self.source(argument)?;
        let wrong = |what: &str| {
            let what = format!("{name} takes {what}, and {argument} is {}", typed.kind.name());
            Err(FilterError::new(argument.at.clone(), escaped(&what)))
        };
        let kind = typed.kind;
        Ok(match name {
            "count" => Typed::new(Source::Count(Box::new(typed.source)), Type::Computed),
            "len" => {
                let fixed = match kind {
                    Type::Unsigned(bits) | Type::Signed(bits) => Some(bits.div_ceil(8)),
                    _ if kind.has_bytes() => None,
                    _ => return wrong("bytes or text"),
                };
                Typed::new(Source::Len(Box::new(typed.source), fixed), Type::Computed)
            }
            _ if !matches!(kind, Type::Text) => return wrong("text"),
            "lower" => Typed::new(Source::Case(Box::new(typed.source), <[u8]>::make_ascii_lowercase), kind),
            _ => Typed::new(Source::Case(Box::new(typed.source), <[u8]>::make_ascii_uppercase), kind),
        })
    }

    /// Arithmetic on integers; `&` also on bytes of the same length.
    fn sum(&mut self, left: &Operand, sign: Arithmetic, right: &Operand) -> Result<Typed, FilterError> {
        let constant = self.is_value(left);
        let (first, second) = if constant { (right, left) } else { (left, right) };
        let typed = if self.is_value(first) {
            Typed::new(Source::Literal(Type::Computed.literal(first, &[])?), Type::Computed)
        } else {
            self.source(first)?
        };
        let kind = match typed.kind {
            Type::Bytes if sign == Arithmetic::And => Type::Bytes,
            kind if kind.is_integer() => Type::Computed,
            kind => {
                let what = format!("{} is {}: it cannot be calculated with", first, kind.name());
                return Err(FilterError::new(first.at.clone(), escaped(&what)));
            }
        };
        let other = self.number(second, kind)?;
        let (a, b) = if constant { (other, typed) } else { (typed, other) };
        Ok(Typed::new(Source::Sum(Box::new(a.source), sign, Box::new(b.source)), kind))
    }

    /// An operand of a calculation whose values are of `kind`.
    fn number(&mut self, operand: &Operand, kind: Type) -> Result<Typed, FilterError> {
        if self.is_value(operand) {
            return Ok(Typed::new(Source::Literal(kind.literal(operand, &[])?), kind));
        }
        let typed = self.source(operand)?;
        let suits = if matches!(kind, Type::Bytes) {
            matches!(typed.kind, Type::Bytes)
        } else {
            typed.kind.is_integer()
        };
        if suits {
            return Ok(typed);
        }
        let what = format!("{} is {}: it cannot be calculated with", operand, typed.kind.name());
        Err(FilterError::new(operand.at.clone(), escaped(&what)))
    }
}

/// A search over bytes, within bounds.
fn search(pattern: &str) -> RegexBuilder {
    let mut builder = RegexBuilder::new(pattern);
    builder.unicode(false).size_limit(MAX_REGEX).dfa_size_limit(MAX_REGEX);
    builder
}

/// A regular expression as it was written; letters match in either case.
fn regex(pattern: &[u8], operand: &Operand) -> Result<Regex, FilterError> {
    let at = operand.at.clone();
    let Ok(text) = std::str::from_utf8(pattern) else {
        return Err(FilterError::new(at, "this is not UTF-8").hint(r#"other bytes are written r"\xff""#));
    };
    search(text).case_insensitive(true).build().map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => FilterError::new(at, "this regular expression is too large"),
        error => {
            // The last line says what is wrong; those before draw the place.
            let lines = error.to_string();
            let why = lines.lines().last().unwrap_or_default().trim_start_matches("error: ");
            FilterError::new(at, format!("this regular expression is wrong: {}", escaped(why)))
        }
    })
}
