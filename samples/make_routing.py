"""Builds the samples of routing protocols and remote procedure calls; make_frames.py runs it."""
import struct

from make_frames import (A, B, C4, C6, CL, S4, S6, SL, H, I, csum, eth, hexs, ip, ip4, ip6, mac, pcap, pseudo,
                         tcp, udp)

FILES = {}
ALL_OSPF4, ALL_OSPF6 = '224.0.0.5', 'ff02::5'
MCAST4, MCAST6 = '01:00:5e:00:00:05', '33:33:00:00:00:05'
F = lambda *v: struct.pack('!%df' % len(v), *v)
Q = lambda *v: struct.pack('!%dQ' % len(v), *v)
byte = lambda *v: bytes(v)


def sample(name):
    def keep(f):
        FILES[name] = f
        return f
    return keep


# --- OSPF ---------------------------------------------------------------------

def fletcher(lsa):
    """RFC 905 annex B over all but the age; the checksum stands at 16."""
    data = lsa[:16] + b'\0\0' + lsa[18:]
    c0 = c1 = 0
    for b in data[2:]:
        c0 = (c0 + b) % 255
        c1 = (c1 + c0) % 255
    n = len(data) - 2 - 14
    x = ((n - 1) * c0 - c1) % 255
    y = (-x - c0) % 255
    return lsa[:16] + bytes([x or 255, y or 255]) + lsa[18:]


def lsa2(kind, body, lsid='192.0.2.1', options=0x22, age=1, router='192.0.2.1'):
    lsid = ip(lsid) if isinstance(lsid, str) else lsid
    head = H(age) + bytes([options, kind]) + lsid + ip(router) + I(0x80000001) + H(0, 20 + len(body))
    return fletcher(head + body)


def lsa3(kind, body, lsid='0.0.0.1', age=1, router='192.0.2.1'):
    head = H(age, kind) + ip(lsid) + ip(router) + I(0x80000001) + H(0, 20 + len(body))
    return fletcher(head + body)


def ospf2(kind, body, auth=0, secret=b'\0' * 8, router='192.0.2.1', after=b''):
    head = bytes([2, kind]) + H(24 + len(body)) + ip(router) + ip('0.0.0.0')
    check = 0 if auth == 2 else csum(head + H(0, auth) + body)
    packet = head + H(check, auth) + secret + body + after
    return eth(ip4(packet, 89, C4, ALL_OSPF4, ttl=1, flags=0, tos=0xc0), dst=MCAST4)


def ospf3(kind, body, instance=0, after=b''):
    head = bytes([3, kind]) + H(16 + len(body)) + ip('192.0.2.1') + ip('0.0.0.0')
    packet = head + H(0) + bytes([instance, 0]) + body
    check = csum(pseudo(CL, ALL_OSPF6, 89, len(packet)) + packet)
    packet = packet[:12] + H(check) + packet[14:] + after
    return eth(ip6(packet, 89, CL, ALL_OSPF6, hop=1, tc=0xc0), 0x86dd, dst=MCAST6)


def hello2(options=0x02):
    return ip('255.255.255.0') + H(10) + bytes([options, 1]) + I(40) + ip(C4) + ip('0.0.0.0') + ip('192.0.2.2')


def tlv(kind, value):
    return H(kind, len(value)) + value + b'\0' * (-len(value) % 4)


def update(*lsas):
    return I(len(lsas)) + b''.join(lsas)


@sample('ospf_forms.pcap')
def _():
    link = lambda a, b, kind, metric, tos=b'': ip(a) + ip(b) + bytes([kind, len(tos) // 4]) + H(metric) + tos
    router = byte(0x02, 0) + H(4) + link('192.0.2.2', C4, 1, 10) + link('192.0.2.2', C4, 2, 10) + \
        link('198.51.100.0', '255.255.255.0', 3, 20, byte(8, 0, 0, 5)) + link('192.0.2.3', C4, 4, 30)
    opaque = lambda kind, number=1: bytes([kind]) + number.to_bytes(3, 'big')
    te = tlv(1, ip('192.0.2.1')) + tlv(2, b''.join((
        tlv(1, byte(1)), tlv(2, ip('192.0.2.2')), tlv(3, ip(C4)), tlv(4, ip(S4)), tlv(5, I(63)), tlv(6, F(1.25e8)),
        tlv(7, F(1.25e8)), tlv(8, F(*[1.25e8] * 8)), tlv(9, I(5)), tlv(11, I(1, 2)), tlv(14, byte(2, 0, 0, 0)),
        tlv(15, byte(1, 2, 0, 0) + F(*[1.25e7] * 8) + F(64) + H(1500, 0)), tlv(16, I(7, 8)),
        tlv(17, byte(1, 0, 0, 0) + F(1e6, 2e6)), tlv(32768, b'priv'))))
    grace = tlv(1, I(120)) + tlv(2, byte(1)) + tlv(3, ip(C4))
    info = tlv(1, I(0xf8000000)) + tlv(7, b'router1') + tlv(8, byte(0, 1)) + \
        tlv(9, (8000).to_bytes(3, 'big') + b'\0' + tlv(1, (16000).to_bytes(3, 'big'))) + tlv(12, byte(1, 10)) + \
        tlv(14, (1000).to_bytes(3, 'big') + b'\0' + tlv(1, I(15000))) + tlv(15, byte(128, 0, 0, 0))
    sid = tlv(2, byte(0x40, 0, 0, 0) + I(11))
    prefixes = tlv(1, byte(1, 32, 0, 0x40) + ip('192.0.2.1') + sid) + \
        tlv(2, byte(24, 0) + H(4) + byte(0x80, 0, 0, 0) + ip('198.51.100.0') + sid)
    links = tlv(1, byte(2, 0, 0, 0) + ip('192.0.2.2') + ip(C4) + tlv(2, byte(0x60, 0, 0, 1) + (24001).to_bytes(3, 'big')) +
                tlv(3, byte(0x60, 0, 0, 1) + ip('192.0.2.3') + (24002).to_bytes(3, 'big')))
    external = lambda bit: ip('255.255.255.0') + I(bit << 31 | 20) + ip('0.0.0.0') + I(7)
    lsas = [lsa2(1, router), lsa2(2, ip('255.255.255.0') + ip('192.0.2.1') + ip('192.0.2.2')),
            lsa2(3, ip('255.255.255.0') + I(10), '203.0.113.0'), lsa2(4, ip('0.0.0.0') + I(11), '192.0.2.9'),
            lsa2(5, external(1), '203.0.113.0', age=0x8000), lsa2(7, external(0), '203.0.113.0', options=8),
            lsa2(6, I(1) + ip('192.0.2.1') + I(2) + ip(C4), '233.252.0.1'), lsa2(8, b'', '192.0.2.1')]
    blocks = tlv(1, I(3)) + tlv(2, I(0x10) + bytes(range(16))) + tlv(9, b'else')
    signaling = lambda check: H(check, 1 + len(blocks) // 4) + blocks
    digest = bytes(range(16))
    crypt = b'\0\0' + byte(1, 16) + I(77)
    dbd2 = H(1500) + byte(0x52, 0x07) + I(0x1000)
    requested = I(1) + ip('192.0.2.1') * 2 + I(5) + ip('203.0.113.0') + ip('192.0.2.1')
    bad = bytearray(lsas[1])
    bad[-1] ^= 1
    frames = [
        ospf2(1, hello2()), ospf2(1, hello2(), 1, b'password'), ospf2(1, hello2(), 9, b'whatever'),
        ospf2(1, hello2(0x12), 2, crypt, after=digest + signaling(0)),
        ospf2(2, dbd2 + lsas[0][:20] + lsas[4][:20], after=signaling(csum(H(0, 1 + len(blocks) // 4) + blocks))),
        ospf2(3, requested), ospf2(4, update(*lsas)), ospf2(5, lsas[0][:20] + lsas[2][:20]),
        ospf2(4, update(*(lsa2(10 if k != 3 else 9, b, opaque(k)) for k, b in
                          ((1, te), (3, grace), (4, info), (7, prefixes), (8, links), (224, tlv(1, b'mine')))))),
        ospf2(4, update(bytes(bad))), ospf2(9, b'unknown.')]

    options = b'\0\x00\x13'
    at = (0x413).to_bytes(3, 'big')
    hello3 = lambda o: I(5) + byte(1) + o + H(10, 40) + ip('192.0.2.1') + ip('192.0.2.2') + ip('192.0.2.2')
    trailer = H(1, 48, 0, 1) + Q(99) + bytes(range(32))
    six = lambda bits, middle, options=0: byte(bits, options) + middle + ip('2001:db8:1::')[:(bits + 31) // 32 * 4]
    four = lambda bits, middle: byte(bits, 0) + middle + ip('198.51.100.0')[:(bits + 31) // 32 * 4]
    entry = lambda kind: byte(kind, 0) + H(10) + I(5, 6) + ip('192.0.2.2')
    lsas3 = [lsa3(0x2001, byte(0x03) + options + entry(1) + entry(2) + entry(4)),
             lsa3(0x2002, b'\0' + options + ip('192.0.2.1') + ip('192.0.2.2')),
             lsa3(0x2003, I(10) + six(48, H(0))), lsa3(0x2004, b'\0' + options + I(11) + ip('192.0.2.9')),
             lsa3(0x4005, I(7 << 24 | 20) + six(48, H(0x2001)) + ip('2001:db8::9') + I(7) + ip('0.0.0.3')),
             lsa3(0x2006, I(1)), lsa3(0x2007, I(20) + six(64, H(0), 8)),
             lsa3(0x0008, byte(1) + options + ip(CL) + I(1) + six(64, H(0))),
             lsa3(0x2009, H(2, 0x2001) + ip('0.0.0.0') + ip('192.0.2.1') + six(64, H(10)) + six(128, H(0), 2)),
             lsa3(0xa00c, tlv(7, b'router1')), lsa3(0xa1ff, b'')]
    lsas4 = [lsa3(0x4005, I(2 << 24 | 20) + four(24, H(0)) + ip('192.0.2.9') + bytes(12)),
             lsa3(0x0008, byte(1) + options + ip(C4) + bytes(12) + I(1) + four(24, H(0)))]
    frames += [
        ospf3(1, hello3(options)), ospf3(1, hello3(at), after=trailer),
        ospf3(2, b'\0' + options + H(1500) + b'\0\x07' + I(0x2000) + lsas3[0][:20]),
        ospf3(3, H(0, 0x2001) + ip('0.0.0.1') + ip('192.0.2.1')), ospf3(4, update(*lsas3)),
        ospf3(5, lsas3[0][:20]), ospf3(4, update(*lsas4), instance=64)]
    return pcap(frames)


# --- RIP ----------------------------------------------------------------------

@sample('rip_forms.pcap')
def _():
    route = lambda a, m, metric, hop='0.0.0.0', tag=0, family=2: \
        H(family, tag) + ip(a) + ip(m) + ip(hop) + I(metric)
    rip = lambda command, version, *entries: bytes([command, version, 0, 0]) + b''.join(entries)
    send = lambda data, dst='224.0.0.9': eth(ip4(udp(data, 520, 520, C4, dst), 17, C4, dst, ttl=1, flags=0),
                                             dst='01:00:5e:00:00:09')
    everything = H(0, 0) + bytes(12) + I(16)
    one = route('198.51.100.0', '255.255.255.0', 1, tag=7)
    keyed = lambda n: H(0xffff, 3, 24 + 20 * n) + byte(5, 16) + I(9) + bytes(8)
    two = route('203.0.113.0', '255.255.255.0', 16, '192.0.2.2')
    return pcap([
        send(rip(1, 1, everything)), send(rip(2, 1, route('203.0.113.0', '0.0.0.0', 1))), send(rip(1, 2, everything)),
        send(rip(2, 2, one, two)), send(rip(2, 2, H(0xffff, 2) + b'secret'.ljust(16, b'\0'), one)),
        send(rip(2, 2, keyed(2), one, two) + H(0xffff, 1) + bytes(range(16))),
        send(rip(2, 2, one, H(99, 0) + bytes(16))), send(rip(2, 2, one)[:-6])])


@sample('ripng.pcap')
def _():
    route = lambda a, bits, metric, tag=0: ip(a) + H(tag) + byte(bits, metric)
    dst = 'ff02::9'
    send = lambda data: eth(ip6(udp(data, 521, 521, CL, dst), 17, CL, dst, hop=255), 0x86dd, dst='33:33:00:00:00:09')
    return pcap([
        send(byte(1, 1, 0, 0) + route('::', 0, 16)),
        send(byte(2, 1, 0, 0) + route('2001:db8:1::', 48, 1, 7) + route(SL, 0, 255) + route('2001:db8:2::', 48, 16)),
        send(byte(1, 9, 0, 0) + bytes(4))])


# --- BGP ----------------------------------------------------------------------

def bgp(kind, body=b''):
    return b'\xff' * 16 + H(19 + len(body)) + byte(kind) + body


def short(data):
    return byte(len(data)) + data


def session(talk, sport=50179, dport=179, mss=1448):
    """Segments of an established connection: [(from the client?, bytes)]; the handshake comes first."""
    at = [1000, 5000]
    out = []

    def segment(up, flags, data=b''):
        s, d = (C4, S4) if up else (S4, C4)
        p, q = (sport, dport) if up else (dport, sport)
        seg = tcp(p, q, at[not up], at[up] if 'A' in flags else 0, flags, data, src=s, dst=d)
        out.append(eth(ip4(seg, 6, s, d), 0x0800, *((A, B) if up else (B, A))))
        at[not up] += len(data) + ('S' in flags or 'F' in flags)

    segment(True, 'S')
    segment(False, 'SA')
    segment(True, 'A')
    for up, data in talk:
        for i in range(0, len(data), mss):
            segment(up, 'PA', data[i:i + mss])
    segment(True, 'FA')
    segment(False, 'FA')
    segment(True, 'A')
    return out


def attribute(kind, value, flags=0x40):
    if len(value) > 255:
        flags |= 0x10
    return byte(flags, kind) + (H(len(value)) if flags & 0x10 else byte(len(value))) + value


def bgp_update(attributes=b'', routes=b'', withdrawn=b''):
    return bgp(2, H(len(withdrawn)) + withdrawn + H(len(attributes)) + attributes + routes)


def nlri(prefix, bits):
    return byte(bits) + ip(prefix)[:(bits + 7) // 8]


@sample('bgp_forms.pcap')
def _():
    cap = lambda kind, value=b'': byte(kind) + short(value)
    caps = cap(1, H(1, 1)) + cap(2) + cap(3, H(1, 1) + byte(1, 64, 3)) + cap(5, H(1, 1, 2)) + cap(6) + \
        cap(7, byte(8) + H(1)) + cap(64, H(0xc078, 1) + byte(1, 0x80)) + cap(65, I(4200000001)) + cap(67, byte(1, 2)) + \
        cap(68, byte(0)) + cap(69, H(1) + byte(1, 3)) + cap(70) + cap(73, short(b'router1') + short(b'example.net')) + \
        cap(99, b'new')
    opened = lambda number, ident, params: bgp(1, byte(4) + H(number, 180) + ip(ident) + params)
    p = byte(2) + short(caps)
    long = byte(2) + H(len(caps)) + caps
    path4 = byte(2, 3) + I(4200000001, 64501, 64502) + byte(1, 2) + I(64503, 64504)
    path2 = byte(2, 2) + H(64501, 64502)
    rd = lambda n: H(0, 64501) + I(n)
    label = lambda n, bottom=1: (n << 4 | bottom).to_bytes(3, 'big')
    ext = lambda kind, sub, value: byte(kind, sub) + value
    communities = b''.join((
        ext(0, 2, H(64501) + I(100)), ext(0x40, 4, H(64501) + F(125000.0)), ext(1, 2, ip('192.0.2.1') + H(7)),
        ext(0x41, 3, ip('192.0.2.1') + H(8)), ext(2, 2, I(4200000001) + H(9)), ext(0x42, 3, I(4200000001) + H(9)),
        ext(3, 12, I(0) + H(8)), ext(0x43, 0, bytes(6)), ext(6, 0, bytes(6)), ext(0x80, 6, bytes(6))))
    base = attribute(1, byte(0)) + attribute(2, path4)
    reach = lambda afi, safi, hop, routes, points=b'\0': \
        attribute(14, H(afi) + byte(safi) + short(hop) + points + routes, 0x80)
    unreach = lambda afi, safi, routes: attribute(15, H(afi) + byte(safi) + routes, 0x80)
    esi = byte(0) + bytes(9)
    macs = rd(1) + esi + I(0) + byte(48) + mac(B) + byte(32) + ip(S4) + (101).to_bytes(3, 'big')
    evpn = lambda kind, data: byte(kind) + short(data)
    rest = evpn(1, rd(1) + esi + I(0) + label(16)) + evpn(3, rd(1) + I(0) + byte(32) + ip(C4)) + \
        evpn(4, rd(1) + esi + byte(128) + ip(C6)) + evpn(5, rd(1) + esi + I(0) + byte(24) + ip('203.0.113.0') +
                                                     ip(C4) + label(17)) + evpn(9, b'else')
    vpn = byte(24 + 64 + 24) + label(100) + rd(1) + ip('203.0.113.0')[:3]
    labeled = byte(48 + 24) + label(200, 0) + label(201) + ip('203.0.113.0')[:3]
    withdrawn = byte(24 + 24) + b'\x80\0\0' + ip('203.0.113.0')[:3]
    signed = H(8) + byte(1, 0) + I(64501) + H(3 + 22 + 4) + byte(1) + bytes(range(20)) + H(4) + b'sign'
    hop6 = ip(SL)
    path_ids = I(1) + nlri('203.0.113.0', 24) + I(2) + nlri('198.51.100.0', 25)
    up, down = True, False
    talk = [
        (up, opened(23456, '192.0.2.1', byte(len(p)) + p)),
        (down, opened(64502, '192.0.2.2', byte(255, 255) + H(len(long) + 0) + long) + bgp(4)), (up, bgp(4)),
        (up, bgp_update(base + attribute(3, ip(C4)) + attribute(4, I(50), 0x80) + attribute(5, I(100)) + attribute(6, b'') +
                        attribute(7, I(64501) + ip(C4), 0xc0) + attribute(8, H(64501, 7) + I(0xffffff01), 0xc0) +
                        attribute(9, ip('192.0.2.9'), 0x80) + attribute(10, ip('192.0.2.7') + ip('192.0.2.8'), 0x80) +
                        attribute(16, communities, 0xc0) + attribute(17, path4, 0xc0) +
                        attribute(18, I(64501) + ip(C4), 0xc0) +
                        attribute(22, byte(0, 1) + label(300, 0) + ip(C4) + H(0, 5) + ip(C4), 0xc0) +
                        attribute(26, byte(1) + H(11) + Q(77), 0x80) + attribute(32, I(64501, 1, 2), 0xc0) +
                        attribute(33, signed, 0x80) + attribute(99, b'new', 0xc0) +
                        attribute(128, I(64501) + attribute(1, byte(2)), 0xc0),
                        nlri('203.0.113.0', 24) + nlri('198.51.100.128', 25))),
        (up, bgp_update(base + reach(2, 1, ip(C6) + hop6, nlri('2001:db8:1::', 48)) +
                        unreach(2, 1, nlri('2001:db8:2::', 48))) +
         bgp_update(base + reach(1, 128, rd(0) + ip(C4), vpn) + unreach(1, 4, withdrawn)) +
         bgp_update(base + reach(1, 4, ip(C4), labeled, byte(1, 4) + b'\x12\x34') + unreach(1, 1, path_ids)) +
         bgp_update(base + reach(1, 132, ip(C4), byte(96) + I(64501) + ext(0, 2, H(64501) + I(9)) + byte(0))) +
         bgp_update(base + reach(1, 5, ip(C4), byte(1) + short(rd(1) + ip(C4)))) +
         bgp_update(base + attribute(16, ext(3, 12, I(0) + H(8)), 0xc0) + reach(25, 70, ip(C4), evpn(2, macs))) +
         bgp_update(base + reach(25, 70, ip(C4), rest)) + bgp_update(base + reach(16388, 71, ip(C4), b'topology'))),
        (up, bgp_update(withdrawn=nlri('203.0.113.0', 24))), (up, bgp_update()),
        (down, bgp(5, H(1) + byte(0, 1)) + bgp(5, H(1) + byte(0, 1, 1, 64) + H(3) + b'any')),
        (down, bgp(6, byte(0) + cap(2))), (down, bgp(3, byte(6, 2) + short(b'maintenance'))),
        (up, bgp(3, byte(2, 7) + cap(2)))]
    errors = [bgp(3, byte(*e)) for e in ((1, 2), (3, 11), (4, 0), (5, 1), (7, 1), (9, 9))]
    old = [(up, opened(64501, '192.0.2.1', byte(9) + byte(1) + short(b'key') + byte(9) + short(b'xy'))),
           (down, opened(64502, '192.0.2.2', byte(0))),
           (up, bgp_update(attribute(1, byte(1)) + attribute(2, path2) + attribute(7, H(64501) + ip(C4), 0xc0),
                           nlri('203.0.113.0', 24))), (down, b''.join(errors))]
    # Its first segment is the end of a message whose beginning is not here.
    late = session([(down, b'middle of a message' + bgp(4)), (down, b'\xff' * 15 + b'\0' + H(19) + byte(4))], sport=50181)
    return pcap(session(talk, mss=600) + session(old, sport=50180) + late[3:])
