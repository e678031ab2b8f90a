//! Records of `--path`: `route`, `ping`, `mtu` and `exceeded`.

use crate::flow::problem::Problem;
use crate::render::json::Object;
use crate::survey::path::ping::Train;
use crate::survey::path::route::{End, Method, Probe, Route};
use crate::survey::path::size::{Hole, Way};
use crate::survey::path::{Paths, Place};

/// One record of each route, ping, way and unexplained complaint, then one of what was left out, if anything was.
pub fn records(paths: &Paths) -> Vec<Vec<u8>> {
    let shown = super::Shown::of(paths);
    let mut all: Vec<Vec<u8>> = Vec::new();
    all.extend(shown.routes.iter().map(|it| written("route", |record| route(record, it))));
    all.extend(shown.pings.iter().map(|it| written("ping", |record| ping(record, it))));
    all.extend(shown.ways.iter().map(|it| written("mtu", |record| way(record, it))));
    all.extend(shown.holes.iter().map(|it| written("mtu", |record| hole(record, it))));
    for ((router, src, dst), count) in paths.routes.strays() {
        all.push(written("exceeded", |record| {
            record.display("nd.router", router);
            record.display("nd.client", src);
            record.display("nd.server", dst);
            record.wide("nd.packets", *count);
        }));
    }
    let left_out =
        paths.routes.left_out + paths.routes.strays_left_out + paths.pings.left_out + paths.sizes.left_out;
    if left_out > 0 {
        all.push(written("route", |record| record.wide("nd.packets_left_out", left_out)));
    }
    all
}

fn written(kind: &str, write: impl FnOnce(&mut Object<'_>)) -> Vec<u8> {
    let mut out = Vec::new();
    let mut record = Object::record(&mut out, kind);
    write(&mut record);
    record.end();
    out.push(b'\n');
    out
}

fn place(record: &mut Object<'_>, (_, interface): Place) {
    record.number("frame.interface_id", interface.into());
}

fn route(record: &mut Object<'_>, route: &Route) {
    record.display("nd.client", route.client);
    record.display("nd.server", route.target);
    place(record, route.place);
    record.text("nd.route.method", route.method.name().to_ascii_lowercase().as_bytes());
    match route.method {
        Method::Udp => {}
        Method::Echo(id) => record.number("nd.route.id", id.into()),
        Method::Tcp(port) => record.number("nd.route.port", port.into()),
    }
    if let Some(first) = route.probes.first() {
        record.number("nd.first_in", first.at.frame.min(1 << 53));
        record.time("nd.first", first.at.time);
    }
    let (word, ttl) = match route.end() {
        End::Reached(ttl) => ("reached", Some(ttl)),
        End::Refused(ttl, ..) => ("refused", Some(ttl)),
        End::Silent(ttl) => ("silent", Some(ttl)),
        End::Open => ("open", None),
    };
    record.text("nd.route.end", word.as_bytes());
    if let Some(ttl) = ttl {
        record.number("nd.route.end_ttl", ttl.into());
    }
    record.objects("nd.route.hops", route.hops(), |object, (ttl, probes)| {
        object.number("ttl", ttl.into());
        object.objects("probes", probes, probe);
    });
    if route.left_out > 0 {
        record.wide("nd.packets_left_out", route.left_out);
    }
}

fn probe(object: &mut Object<'_>, probe: &Probe) {
    object.number("frame", probe.at.frame.min(1 << 53));
    let Some(answer) = probe.answer else { return };
    object.display("from", answer.from);
    object.number("answer", answer.at.frame.min(1 << 53));
    object.duration("time", answer.at.time.nanos_since(probe.at.time));
    object.text("says", answer.problem.map_or("reply", Problem::words).as_bytes());
}

fn ping(record: &mut Object<'_>, train: &Train) {
    record.display("nd.client", train.client);
    record.display("nd.server", train.target);
    place(record, train.place);
    record.number("nd.ping.id", train.id.into());
    if let Some(size) = train.size {
        record.number("nd.ping.size", size.into());
    }
    record.number("nd.first_in", train.first.frame.min(1 << 53));
    record.time("nd.first", train.first.time);
    record.duration("nd.duration", train.last.nanos_since(train.first.time));
    record.wide("nd.ping.sent", train.sent);
    record.wide("nd.ping.answered", train.answered);
    record.wide("nd.ping.lost", train.lost());
    record.wide("nd.ping.duplicates", train.duplicates);
    record.wide("nd.ping.copies", train.copies);
    record.wide("nd.ping.unasked", train.unasked);
    record.numbers("nd.ping.missing", train.missing.iter().map(|&seq| seq.into()));
    let trips = &train.trips;
    if trips.count > 0 {
        record.duration("nd.ping.min", trips.least);
        record.duration("nd.ping.max", trips.most);
    }
    let computed = [("avg", trips.mean()), ("mdev", trips.deviation()), ("jitter", trips.jitter())];
    for (key, value) in computed {
        if let Some(value) = value {
            record.duration(&format!("nd.ping.{key}"), value);
        }
    }
    record.objects("nd.ping.errors", &train.errors, |object, ((from, problem), count)| {
        object.display("from", from);
        object.text("says", problem.words().as_bytes());
        if let Problem::TooBig(mtu) = problem {
            object.number("mtu", (*mtu).into());
        }
        object.wide("count", *count);
    });
    if train.errors_left_out > 0 {
        record.wide("nd.ping.errors_left_out", train.errors_left_out);
    }
}

fn way(record: &mut Object<'_>, way: &Way) {
    record.display("nd.client", way.src);
    record.display("nd.server", way.dst);
    place(record, way.place);
    record.text("nd.mtu.kind", b"too-big");
    if let Some(first) = way.first() {
        record.number("nd.first_in", first.frame.min(1 << 53));
        record.time("nd.first", first.time);
    }
    if let Some(mtu) = way.mtu() {
        record.number("nd.mtu", mtu.into());
    }
    record.objects("nd.mtu.said", &way.sayings, |object, ((router, mtu), saying)| {
        object.display("from", router);
        object.number("mtu", (*mtu).into());
        object.number("longest", saying.longest.into());
        object.wide("count", saying.count);
        object.number("frame", saying.first.frame.min(1 << 53));
    });
    if let Some(resent) = &way.resent {
        record.object("nd.mtu.resent", |object| {
            object.wide("segments", resent.segments);
            object.number("frame", resent.first.frame.min(1 << 53));
            object.number("longest", resent.longest.into());
            if let Some(at) = resent.acknowledged {
                object.number("acknowledged", at.frame.min(1 << 53));
            }
        });
    }
    record.wide("nd.mtu.fitting", way.fitting);
    record.wide("nd.mtu.fragments", way.pieces);
    record.wide("nd.mtu.too_big", way.too_big);
    if way.left_out > 0 {
        record.wide("nd.packets_left_out", way.left_out);
    }
}

fn hole(record: &mut Object<'_>, hole: &Hole) {
    record.display("nd.client", hole.src);
    record.display("nd.server", hole.dst);
    place(record, hole.place);
    record.text("nd.mtu.kind", b"black-hole");
    record.number("nd.first_in", hole.first.frame.min(1 << 53));
    record.time("nd.first", hole.first.time);
    record.number("nd.mtu.length", hole.length.into());
    record.number("nd.mtu.tries", hole.tries.into());
    record.number("nd.mtu.passed", hole.passed.into());
    if let Some(length) = hole.solved {
        record.number("nd.mtu.solved", length.into());
    }
}
