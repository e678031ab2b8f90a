//! Times and limits in the records of flows and of their segments.

use super::super::timing;
use super::Object;
use crate::flow::key::Side;
use crate::flow::table::Flow;
use crate::flow::tcp::time::{Course, Limit, Moment, Phase};

/// What a segment showed of the course of the transfer.
pub(super) fn moment(record: &mut Object<'_>, moment: &Moment) {
    if let Some(flight) = moment.flight {
        record.wide("nd.tcp.flight", flight);
    }
    if let Some(window) = moment.window {
        record.wide("nd.tcp.cwnd", window);
    }
    if let Some(rtt) = moment.rtt {
        record.duration("nd.tcp.rtt", rtt);
    }
    if let Some(timeout) = moment.timeout {
        record.duration("nd.tcp.rto.waited", timeout.waited);
        record.duration("nd.tcp.rto.least", timeout.least);
    }
}

/// The phase in which each end found itself as a sender at `now`, in ns.
pub(super) fn phases(record: &mut Object<'_>, flow: &Flow, now: i64) {
    let client = flow.tcp.client();
    for (side, name) in [(client, "nd.tcp.phase.client"), (client.other(), "nd.tcp.phase.server")] {
        if let Some(phase) = timing::phase(flow, side, now) {
            record.text(name, phase.name().as_bytes());
        }
    }
}

/// Where the time of a flow went.
pub(super) fn times(record: &mut Object<'_>, flow: &Flow) {
    let Some(timing) = flow.tcp.timing() else { return };
    let opening = timing.opening();
    for (name, value) in [
        ("nd.tcp.irtt", opening.round_trip()),
        ("nd.tcp.irtt.client", opening.to_client()),
        ("nd.tcp.irtt.server", opening.to_server()),
    ] {
        if let Some(value) = value {
            record.duration(name, value);
        }
    }
    let account = timing.account();
    for (name, value) in [
        ("handshake", account.handshake),
        ("request", account.request),
        ("waiting", account.waiting),
        ("server", account.server),
        ("transfer", account.transfer),
        ("recovery", account.recovery),
        ("closed_window", account.closed_window),
        ("idle", account.idle),
        ("close", account.close),
    ] {
        record.duration(&format!("nd.tcp.time.{name}"), value);
    }
    if let Some((lost, sent)) = flow.tcp.loss() {
        record.float("nd.tcp.loss", (lost as f64 / sent as f64 * 1_000.0).round() / 1_000.0);
    }
    if let Some((limit, ..)) = flow.tcp.limiter() {
        record.text("nd.tcp.limiter", limit.name().as_bytes());
    }
}

/// What one direction transferred, and what held it up.
pub(super) fn course(record: &mut Object<'_>, flow: &Flow, side: Side, name: &str) {
    let Some(course) = flow.tcp.timing().and_then(|timing| timing.course(side)) else { return };
    rates(record, course, name);
    let rtt = course.rtt();
    if rtt.count() > 0 {
        record.number(&format!("nd.tcp.rtt.samples.{name}"), rtt.count().into());
    }
    for (what, value) in
        [("min", rtt.least()), ("median", rtt.at(50)), ("p95", rtt.at(95)), ("max", rtt.greatest())]
    {
        if let Some(value) = value {
            record.duration(&format!("nd.tcp.rtt.{what}.{name}"), value);
        }
    }
    if let Some(smoothed) = flow.tcp.smoothed(side) {
        record.duration(&format!("nd.tcp.srtt.{name}"), smoothed);
    }
    if let Some(limits) = course.limits() {
        for (limit, share) in Limit::ALL.into_iter().zip(limits.shares()) {
            record.duration(&format!("nd.tcp.limited.{}.{name}", limit.name()), share);
        }
    }
    growth(record, course, name);
}

fn rates(record: &mut Object<'_>, course: &Course, name: &str) {
    if course.transfer() > 0 {
        record.duration(&format!("nd.tcp.transfer.{name}"), course.transfer());
    }
    for (what, value) in [
        ("throughput", course.throughput()),
        ("goodput", course.goodput()),
        ("initial_window", course.growth().initial()),
        ("flight_max", Some(course.growth().greatest())),
        ("ssthresh", course.growth().threshold()),
    ] {
        if let Some(value) = value {
            record.wide(&format!("nd.tcp.{what}.{name}"), value);
        }
    }
    let (again, needless) = (course.again(), course.needless());
    let (timeouts, probes) = course.timers();
    let acks = course.acks();
    if acks.delayed > 0 {
        record.duration(&format!("nd.tcp.delay.{name}"), acks.longest);
    }
    for (what, count) in [
        ("segments_again", again.segments),
        ("segments_needless", needless.segments),
        ("timeouts", timeouts),
        ("probes", probes),
        ("delayed_acks", acks.delayed),
        ("piggyback_acks", acks.piggyback),
        ("stretch_acks", acks.stretch),
        ("ack_stalls", acks.stalls),
    ] {
        if count > 0 {
            record.number(&format!("nd.tcp.{what}.{name}"), count.into());
        }
    }
}

fn growth(record: &mut Object<'_>, course: &Course, name: &str) {
    let growth = course.growth();
    if let Some(kept) = growth.kept() {
        record.float(&format!("nd.tcp.beta.{name}"), kept as f64 / 1_000.0);
    }
    let episodes = growth.episodes();
    for (what, count) in [
        ("recoveries", episodes.recoveries),
        ("losses", episodes.losses),
        ("undone", episodes.undone),
        ("restarts", episodes.restarts),
    ] {
        if count > 0 {
            record.number(&format!("nd.tcp.{what}.{name}"), count.into());
        }
    }
    record.texts(&format!("nd.tcp.phases.{name}"), growth.spans().iter().map(|span| Phase::name(span.phase)));
}
