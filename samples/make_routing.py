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
