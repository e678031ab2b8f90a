//! `--rate`: what passed in each interval, with a bar for its bytes.

use super::Screen;
use super::flows::{counted, thousands};
use super::json::Object;
use super::protocols::traffic;
use super::style::wrap;
use super::tables::{Column, Pages};
use super::value;
use crate::survey::Traffic;
use crate::survey::rate::{Course, Interval};

/// Columns that the other columns take at most on most captures; the bar has the rest.
const NUMBERS: usize = 64;
/// Columns of a bar at least and at most.
const BAR: (usize, usize) = (8, 50);
const ROOM_FOR_WINDOWS: usize = 90;

const COLUMNS: [(usize, Column); 9] = [
    (0, Column::number("From")),
    (0, Column::number("Frames")),
    (0, Column::number("Bytes")),
    (0, Column::number("bit/s")),
    (0, Column::number("Again")),
    (0, Column::number("Resets")),
    (ROOM_FOR_WINDOWS, Column::number("Closed")),
    (0, Column::number("Faults")),
    (0, Column::text("").least(BAR.0)),
];

/// Appends the table and what is to be said of all of it.
pub fn text(out: &mut Vec<u8>, screen: Screen, course: &Course) {
    let most = course.rows().map(|(_, row)| row.traffic.bytes).max().unwrap_or_default();
    let room = screen.columns().saturating_sub(NUMBERS).clamp(BAR.0, BAR.1);
    let mut pages = Pages::new(screen, &COLUMNS);
    let mut next = None;
    let mut total = Traffic::default();
    let mut busiest: Option<(i64, Interval)> = None;
    let mut empty = 0;
    for (at, row) in course.rows() {
        if let Some(gap) = next.map(|next: i64| at.saturating_sub(next)).filter(|&gap| gap > 0) {
            empty += gap.unsigned_abs();
            pages.row(out, silence(course, gap));
        }
        next = Some(at.saturating_add(1));
        total = total.plus(row.traffic);
        if busiest.is_none_or(|busiest| row.traffic.bytes > busiest.1.traffic.bytes) {
            busiest = Some((at, row));
        }
        pages.row(out, cells(course, at, &row, bar(row.traffic.bytes, most, room)));
    }
    pages.print(out);
    let mut rest = vec![format!("{}, {}.", counted(total.packets, "frame"), counted(total.bytes, "byte"))];
    if let Some((at, row)) = busiest.filter(|_| course.length() > 0) {
        rest.push(format!(
            "Intervals of {} s; the busiest begins at {} s with {}.",
            seconds(course.length()),
            seconds(begin(course, at)),
            bits_per_second(&row, course.length()),
        ));
    }
    if empty > 0 {
        rest.push(format!("{} without a frame.", counted(empty, "interval")));
    }
    if let Some(asked) = course.widened_from() {
        rest.push(format!("There were too many of {} s.", seconds(asked)));
    }
    if total.packets > 0 {
        rest.push("Again: TCP segments sent again.".to_owned());
    }
    if screen.columns() >= ROOM_FOR_WINDOWS && total.packets > 0 {
        rest.push("Closed: segments that close a window.".to_owned());
    }
    wrap(out, "", &rest.join(" "), screen.columns());
}

fn cells(course: &Course, at: i64, row: &Interval, bar: String) -> [String; 9] {
    [
        seconds(begin(course, at)),
        thousands(row.traffic.packets),
        thousands(row.traffic.bytes),
        bits(row, course.length()),
        unless_none(row.again),
        unless_none(row.resets),
        unless_none(row.closed),
        unless_none(row.faulty),
        bar,
    ]
}

/// A row for intervals in which nothing passed.
fn silence(course: &Course, count: i64) -> [String; 9] {
    let mut cells: [String; 9] = Default::default();
    let length = course.length().saturating_mul(count);
    cells[0] = "...".to_owned();
    cells[8] = format!("{} s without a frame", seconds(length));
    cells
}

/// What happened seldom stands out where nothing is printed for never.
fn unless_none(count: u64) -> String {
    if count == 0 { String::new() } else { thousands(count) }
}

fn bar(bytes: u64, most: u64, room: usize) -> String {
    let columns = u128::from(bytes) * (room as u128) / u128::from(most.max(1));
    "#".repeat(usize::try_from(columns).unwrap_or(room).clamp(1, room))
}

/// Nanoseconds from the first frame to the start of an interval.
fn begin(course: &Course, at: i64) -> i64 {
    at.saturating_mul(course.length())
}

/// Seconds with as many decimals as they need.
fn seconds(nanos: i64) -> String {
    let mut text = Vec::new();
    value::seconds(&mut text, nanos, 9);
    let text = String::from_utf8_lossy(&text);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Bits a second on average: `812`, `9.6 k`, `941 M`.
fn bits(row: &Interval, length: i64) -> String {
    if length <= 0 {
        return "-".to_owned();
    }
    let rate = u128::from(row.traffic.bytes) * 8 * 1_000_000_000 / u128::from(length.unsigned_abs());
    let (unit, name) = match rate {
        0..1_000 => return rate.to_string(),
        1_000..1_000_000 => (1_000, "k"),
        1_000_000..1_000_000_000 => (1_000_000, "M"),
        _ => (1_000_000_000, "G"),
    };
    let tenths = rate * 10 / unit;
    if tenths < 100 {
        format!("{}.{} {name}", tenths / 10, tenths % 10)
    } else {
        format!("{} {name}", tenths / 10)
    }
}

/// `812 bit/s`, `9.6 kbit/s`.
fn bits_per_second(row: &Interval, length: i64) -> String {
    let bits = bits(row, length);
    let gap = if bits.ends_with(|c: char| c.is_ascii_alphabetic()) { "" } else { " " };
    format!("{bits}{gap}bit/s")
}

/// Appends the record of one interval. Empty ones have none.
pub fn record(out: &mut Vec<u8>, course: &Course, at: i64, row: &Interval) {
    let mut record = Object::record(out, "interval");
    record.time("nd.first", course.start().plus_nanos(begin(course, at)));
    record.duration("nd.interval.from", begin(course, at));
    record.duration("nd.interval.length", course.length());
    traffic(&mut record, "nd", row.traffic);
    record.wide("nd.interval.retransmissions", row.again);
    record.wide("nd.interval.resets", row.resets);
    record.wide("nd.interval.zero_windows", row.closed);
    record.wide("nd.interval.faults", row.faulty);
    record.end();
    out.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_have_two_or_three_digits() {
        let row = |bytes| Interval { traffic: Traffic { packets: 1, bytes }, ..Interval::default() };
        let said = |bytes, length| bits(&row(bytes), length);
        assert_eq!(said(100, 1_000_000_000), "800");
        assert_eq!(said(1_200, 1_000_000_000), "9.6 k");
        assert_eq!(said(1_250_000, 1_000_000_000), "10 M");
        assert_eq!(said(1_250_000, 10_000_000), "1.0 G");
        assert_eq!(said(1, 0), "-");
    }

    #[test]
    fn bars_show_that_there_was_something() {
        assert_eq!(bar(1, 1_000_000, 10), "#");
        assert_eq!(bar(500_000, 1_000_000, 10), "#####");
        assert_eq!(bar(u64::MAX, u64::MAX, 10), "##########");
        assert_eq!(bar(0, 0, 10), "#");
    }

    #[test]
    fn seconds_are_as_short_as_they_can_be() {
        assert_eq!(seconds(1_000_000_000), "1");
        assert_eq!(seconds(-1_500_000_000), "-1.5");
        assert_eq!(seconds(0), "0");
        assert_eq!(seconds(100), "0.0000001");
    }
}
