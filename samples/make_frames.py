#!/usr/bin/env python3
"""Builds the sample captures that are made from bytes, not recorded.

    make_frames.py OUTDIR [NAME]...

The same bytes come out each time. All checksums are right, except where a
frame of malformed.pcap says otherwise.
"""
import ipaddress
import os
import struct
import sys
import zlib

A, B = '02:00:00:00:00:0c', '02:00:00:00:00:05'      # client, server
CAST = 'ff:ff:ff:ff:ff:ff'
C4, S4, R4 = '192.0.2.10', '192.0.2.80', '192.0.2.1'
C6, S6, R6 = '2001:db8::10', '2001:db8::80', '2001:db8::1'
CL, SL = 'fe80::ff:fe00:c', 'fe80::ff:fe00:5'
START = 1735689600                                    # 2025-01-01 00:00:00 UTC
H = lambda *v: struct.pack('!%dH' % len(v), *v)
I = lambda *v: struct.pack('!%dI' % len(v), *v)
ip = lambda a: ipaddress.ip_address(a).packed
mac = lambda a: bytes.fromhex(a.replace(':', ''))
hexs = bytes.fromhex


# --- layers -------------------------------------------------------------------

def csum(data):
    data += b'\0' * (len(data) % 2)
    s = sum(struct.unpack('!%dH' % (len(data) // 2), data))
    while s >> 16:
        s = (s & 0xffff) + (s >> 16)
    return ~s & 0xffff


def eth(payload, kind=0x0800, src=A, dst=B, pad=False):
    frame = mac(dst) + mac(src) + H(kind) + payload
    return frame + b'\0' * (60 - len(frame)) if pad else frame


def vlan(payload, vid, kind=0x0800, pcp=0, dei=0):
    return H(pcp << 13 | dei << 12 | vid, kind) + payload


def ip4(payload, proto, src=C4, dst=S4, ttl=64, ident=1, flags=2, off=0, opts=b'', tos=0, total=None):
    opts += b'\0' * (-len(opts) % 4)
    hlen = 20 + len(opts)
    head = struct.pack('!BBHHHBBH', 0x40 | hlen // 4, tos, total or hlen + len(payload), ident,
                       flags << 13 | off // 8, ttl, proto, 0) + ip(src) + ip(dst) + opts
    return head[:10] + H(csum(head)) + head[12:] + payload


def ip6(payload, nxt, src=C6, dst=S6, hop=64, tc=0, flow=0):
    return I(6 << 28 | tc << 20 | flow) + H(len(payload)) + bytes([nxt, hop]) + ip(src) + ip(dst) + payload


def pseudo(src, dst, proto, n):
    a, b = ip(src), ip(dst)
    return a + b + (H(proto, n) if len(a) == 4 else I(n, proto))


def udp(payload, sport, dport, src=C4, dst=S4, check=True):
    n = 8 + len(payload)
    c = csum(pseudo(src, dst, 17, n) + H(sport, dport, n, 0) + payload) or 0xffff
    return H(sport, dport, n, c if check else 0) + payload


FLAGS = dict(F=1, S=2, R=4, P=8, A=16, U=32, E=64, C=128)


def tcp(sport, dport, seq, ack, flags, payload=b'', win=64240, opts=b'', src=C4, dst=S4, urg=0):
    opts += b'\0' * (-len(opts) % 4)
    f = sum(FLAGS[c] for c in flags)
    seg = H(sport, dport) + I(seq & 0xffffffff, ack & 0xffffffff) + \
        bytes([(20 + len(opts)) // 4 << 4, f]) + H(win, 0, urg) + opts + payload
    c = csum(pseudo(src, dst, 6, len(seg)) + seg)
    return seg[:16] + H(c) + seg[18:]


def icmp(kind, code=0, rest=b'\0' * 4, data=b''):
    m = bytes([kind, code, 0, 0]) + rest + data
    return m[:2] + H(csum(m)) + m[4:]


def icmp6(kind, code=0, body=b'\0' * 4, src=C6, dst=S6):
    m = bytes([kind, code, 0, 0]) + body
    return m[:2] + H(csum(pseudo(src, dst, 58, len(m)) + m)) + m[4:]


def ping4(reply=False, seq=1, src=C4, dst=S4, data=b'a sample of an echo message', **kw):
    return ip4(icmp(0 if reply else 8, 0, H(0x1234, seq), data), 1, src, dst, **kw)


def ping6(reply=False, seq=1, src=C6, dst=S6, data=b'a sample of an echo message', **kw):
    return ip6(icmp6(129 if reply else 128, 0, H(0x1234, seq) + data, src, dst), 58, src, dst, **kw)


def talk(sport=50090, dport=80, src=C4, dst=S4):
    """A short HTTP conversation: [(from the client?, IP packet)]."""
    six = ':' in src
    req = b'GET / HTTP/1.1\r\nHost: www.example.net\r\n\r\n'
    ans = b'HTTP/1.1 200 OK\r\nContent-Length: 6\r\nContent-Type: text/plain\r\n\r\nhello\n'
    mss = b'\x02\x04' + H(1440 if six else 1460)
    x, y = 1000, 5000
    n, m = len(req), len(ans)
    steps = [(1, 'S', x, 0, b'', mss), (0, 'SA', y, x + 1, b'', mss), (1, 'A', x + 1, y + 1, b'', b''),
             (1, 'PA', x + 1, y + 1, req, b''), (0, 'PA', y + 1, x + 1 + n, ans, b''),
             (1, 'FA', x + 1 + n, y + 1 + m, b'', b''), (0, 'FA', y + 1 + m, x + 2 + n, b'', b''),
             (1, 'A', x + 2 + n, y + 2 + m, b'', b'')]
    out = []
    for up, fl, seq, ack, data, opts in steps:
        s, d = (src, dst) if up else (dst, src)
        p, q = (sport, dport) if up else (dport, sport)
        seg = tcp(p, q, seq, ack, fl, data, opts=opts, src=s, dst=d)
        out.append((up, (ip6 if six else ip4)(seg, 6, s, d)))
    return out


def frames_of(conv, wrap, kind=0x0800):
    """The packets of a conversation, each wrapped and put in Ethernet."""
    return [eth(wrap(p), kind, *((A, B) if up else (B, A))) for up, p in conv]


# --- files --------------------------------------------------------------------

def pcap(frames, link=1, endian='<', magic=0xa1b2c3d4, step=10000, snap=262144):
    """Frames are bytes or (bytes, length on the wire)."""
    out = struct.pack(endian + 'IHHiIII', magic, 2, 4, 0, 0, snap, link)
    unit = 1000000000 if magic == 0xa1b23c4d else 1000000
    t = 0
    for f in frames:
        data, wire = f if isinstance(f, tuple) else (f, len(f))
        out += struct.pack(endian + 'IIII', START + t // unit, t % unit, len(data), wire) + data
        t += step
    return out


FILES = {}


def sample(name):
    def put(fn):
        FILES[name] = fn
        return fn
    return put


# --- Ethernet and its tags ----------------------------------------------------

@sample('vlan.pcap')
def _():
    arp = hexs('0001080006040001') + mac(A) + ip(C4) + bytes(6) + ip(S4)
    out = [eth(vlan(arp, 10, 0x0806), 0x8100, dst=CAST, pad=True)]
    out += frames_of(talk(), lambda p: vlan(p, 10), 0x8100)
    out += [eth(vlan(ping4(), 0, pcp=5), 0x8100), eth(vlan(ping4(True, src=S4, dst=C4), 0, pcp=5), 0x8100, B, A)]
    out += [eth(vlan(ping6(), 4094, 0x86dd, pcp=7, dei=1), 0x8100)]
    return pcap(out)


@sample('qinq.pcap')
def _():
    out = frames_of(talk(), lambda p: vlan(vlan(p, 10), 200, 0x8100), 0x88a8)
    out += [eth(vlan(vlan(ping4(), 10), 200, 0x8100), 0x8100),
            eth(vlan(vlan(ping4(), 10), 200, 0x8100), 0x9100),
            eth(vlan(vlan(vlan(ping6(), 30, 0x86dd), 20, 0x8100, pcp=3), 10, 0x8100), 0x88a8)]
    return pcap(out)


@sample('rarp.pcap')
def _():
    def rarp(op, sha, spa, tha, tpa):
        return H(1, 0x0800) + b'\6\4' + H(op) + mac(sha) + ip(spa) + mac(tha) + ip(tpa)
    return pcap([eth(rarp(3, A, '0.0.0.0', A, '0.0.0.0'), 0x8035, dst=CAST, pad=True),
                 eth(rarp(4, B, S4, A, C4), 0x8035, B, A, pad=True)])


@sample('llc.pcap')
def _():
    def e3(llc, dst=B, src=A):           # 802.3: a length, not a type
        return (mac(dst) + mac(src) + H(len(llc)) + llc).ljust(60, b'\0')
    bridge, root = hexs('8001') + mac(B), hexs('1001') + mac(A)
    times = hexs('0100140002000f00')
    stp, group = '02:00:00:00:00:05', '01:80:c2:00:00:00'
    snap = lambda oui, pid, data: hexs('aaaa03') + hexs(oui) + H(pid) + data
    arp = hexs('0001080006040001') + mac(A) + ip(C4) + bytes(6) + ip(S4)
    cdp = b'\2\xb4' + H(0) + H(1, 10) + b'switch' + H(3, 10) + b'Port 1'
    cdp = cdp[:2] + H(csum(cdp)) + cdp[4:]
    return pcap([
        e3(hexs('424203') + hexs('0000000000') + root + I(4) + bridge + hexs('8002') + times, group, stp),
        e3(hexs('424203') + hexs('00000080'), group, stp),
        e3(hexs('424203') + hexs('000002023c') + root + I(20000) + bridge + hexs('8003') + times + b'\0', group, stp),
        e3(snap('000000', 0x0800, ping4())),
        e3(snap('000000', 0x86dd, ping6())),
        e3(snap('000000', 0x0806, arp), CAST),
        e3(snap('00000c', 0x2000, cdp), '01:00:0c:cc:cc:cc'),
        e3(hexs('0000af810100')),                             # XID command
        e3(hexs('0001f3') + b'test'),                         # TEST response
        e3(hexs('88887f')),                                   # SABME
        e3(hexs('88880001') + b'numbered information'),        # I frame
        e3(hexs('88890102')),                                 # RR
        e3(hexs('fefe03') + hexs('831b01000f01000001') + mac(A) + H(30, 27) + bytes([64]) + mac(A) + b'\1',
           '01:80:c2:00:00:14'),                              # IS-IS hello
        e3(hexs('ffff') + H(30) + b'\0\0' + bytes(4) + mac(CAST) + H(0x8001) + bytes(4) + mac(A) + H(0x8001)),
    ])


@sample('ethertypes.pcap')
def _():
    tlv = lambda t, v: H(t << 9 | len(v)) + v
    lldp = tlv(1, b'\4' + mac(B)) + tlv(2, b'\5Port1') + tlv(3, H(120)) + tlv(5, b'switch.example.net') + \
        tlv(7, H(0x14, 4)) + tlv(8, b'\5\1' + ip(S4) + b'\2' + I(1) + b'\0') + tlv(127, hexs('0080c201000a')) + tlv(0, b'')
    lacp = b'\1\1' + b'\1\x14' + H(32768) + mac(A) + H(1, 128, 1) + b'\x3d\0\0\0' + \
        b'\2\x14' + H(32768) + mac(B) + H(1, 128, 2) + b'\x3d\0\0\0' + b'\3\x10' + H(100) + bytes(12) + bytes(52)
    return pcap([
        eth(lldp, 0x88cc, B, '01:80:c2:00:00:0e', True),
        eth(lacp, 0x8809, A, '01:80:c2:00:00:02', True),
        eth(H(1, 0xffff), 0x8808, A, '01:80:c2:00:00:01', True),                       # pause
        eth(hexs('02010000'), 0x888e, A, '01:80:c2:00:00:03', True),                   # EAPOL start
        eth(hexs('02000005') + hexs('0101000501'), 0x888e, B, A, True),                # EAP: who are you
        eth(b'\xff' * 6 + mac(A) * 16, 0x0842, B, CAST),                               # wake on LAN
        eth(b'a local experiment', 0x88b5, pad=True),
        eth(b'nobody knows this type', 0x7fff, pad=True),
    ])


@sample('mpls.pcap')
def _():
    def label(value, bottom=0, ttl=64, tc=0):
        return I(value << 12 | tc << 9 | bottom << 8 | ttl)
    out = frames_of(talk(), lambda p: label(100, 1) + p, 0x8847)
    out += [eth(label(100, tc=5) + label(200) + label(300, 1, 62) + ping4(), 0x8847),
            eth(label(16, 1) + ping6(), 0x8847),
            eth(label(0, 1) + ping4(), 0x8847),                                        # explicit null
            eth(label(100) + label(2, 1) + ping6(), 0x8847),                           # IPv6 explicit null
            eth(label(14, 0) + label(100, 1) + ping4(), 0x8847),
            eth(label(500, 1) + I(7) + eth(ping4()), 0x8847),                          # Ethernet with control word
            eth(label(100, 1) + ping4(), 0x8848)]                                      # multicast
    return pcap(out)


# --- other link types ---------------------------------------------------------

@sample('null.pcap')
def _():
    le = lambda n: struct.pack('<I', n)
    out = [le(2) + p for _, p in talk(src='127.0.0.1', dst='127.0.0.1', sport=50090, dport=8080)]
    out += [le(n) + ping6(src='::1', dst='::1') for n in (24, 28, 30)]
    out += [I(2) + ping4(src='127.0.0.1', dst='127.0.0.1')]                            # of a big-endian machine
    return pcap(out, 0)


@sample('loop.pcap')
def _():
    return pcap([I(2) + ping4(src='127.0.0.1', dst='127.0.0.1'), I(2) + ping4(True, src='127.0.0.1', dst='127.0.0.1'),
                 I(24) + ping6(src='::1', dst='::1')], 108)


def ppp_frames():
    """[(from the client?, protocol, bytes)] of one PPP session."""
    def cp(code, ident, data):
        return bytes([code, ident]) + H(4 + len(data)) + data
    opt = lambda t, v: bytes([t, 2 + len(v)]) + v
    magic = lambda n: opt(5, I(n))
    lcp, ipcp, ip6cp, pap, chap = 0xc021, 0x8021, 0x8057, 0xc023, 0xc223
    acme = opt(1, H(1492)) + opt(2, I(0))
    zero = opt(3, ip('0.0.0.0')) + opt(129, ip('0.0.0.0')) + opt(131, ip('0.0.0.0'))
    given = opt(3, ip(C4)) + opt(129, ip('192.0.2.53')) + opt(131, ip('192.0.2.54'))
    return [
        (1, lcp, cp(1, 1, acme + magic(0x11111111) + opt(7, b'') + opt(8, b'') + opt(13, b'\6'))),
        (0, lcp, cp(4, 1, opt(13, b'\6'))),                                            # reject: callback
        (0, lcp, cp(1, 1, opt(1, H(1492)) + opt(3, H(chap) + b'\5') + magic(0x22222222))),
        (1, lcp, cp(3, 1, opt(3, H(pap)))),                                            # nak: PAP instead
        (1, lcp, cp(1, 2, acme + magic(0x11111111) + opt(7, b'') + opt(8, b''))),
        (0, lcp, cp(2, 2, acme + magic(0x11111111) + opt(7, b'') + opt(8, b''))),
        (0, lcp, cp(1, 2, opt(1, H(1492)) + opt(3, H(pap)) + magic(0x22222222))),
        (1, lcp, cp(2, 2, opt(1, H(1492)) + opt(3, H(pap)) + magic(0x22222222))),
        (1, pap, cp(1, 1, b'\4user\6secret')),
        (0, pap, cp(2, 1, b'\7welcome')),
        (0, chap, cp(1, 7, b'\x10' + bytes(range(16)) + b'server')),
        (1, chap, cp(2, 7, b'\x10' + bytes(range(100, 116)) + b'user')),
        (0, chap, cp(3, 7, b'welcome')),
        (1, ipcp, cp(1, 1, zero)), (0, ipcp, cp(1, 1, opt(3, ip(R4)))),
        (0, ipcp, cp(3, 1, given)), (1, ipcp, cp(2, 1, opt(3, ip(R4)))),
        (1, ipcp, cp(1, 2, given)), (0, ipcp, cp(2, 2, given)),
        (1, ip6cp, cp(1, 1, opt(1, hexs('000000fffe00000c')))), (0, ip6cp, cp(2, 1, opt(1, hexs('000000fffe00000c')))),
        (1, 0x80fd, cp(1, 1, opt(26, hexs('7800180478000000')[:4]))),                  # compression
        (0, lcp, cp(8, 3, H(0x80fd) + cp(1, 1, opt(26, hexs('78001804'))))),           # protocol reject
        (1, 0x0021, ping4()), (0, 0x0021, ping4(True, src=S4, dst=C4)), (1, 0x0057, ping6()),
        (1, lcp, cp(9, 4, I(0x11111111))), (0, lcp, cp(10, 4, I(0x22222222))),
        (1, lcp, cp(5, 5, b'good bye')), (0, lcp, cp(6, 5, b'')),
    ]


@sample('ppp.pcap')
def _():
    out = [hexs('ff03') + H(proto) + data for _, proto, data in ppp_frames()]
    out.insert(25, b'\x21' + ping4(seq=2))             # address, control, protocol compressed
    return pcap(out, 9)


@sample('pppoe.pcap')
def _():
    tag = lambda t, v: H(t, len(v)) + v
    def oe(code, session, data):
        return bytes([0x11, code]) + H(session, len(data)) + data
    host, cookie = tag(0x0103, b'\x12\x34'), tag(0x0104, bytes(range(16)))
    out = [eth(oe(9, 0, tag(0x0101, b'') + host), 0x8863, A, CAST, True),
           eth(oe(7, 0, tag(0x0101, b'') + tag(0x0102, b'concentrator') + host + cookie), 0x8863, B, A, True),
           eth(oe(0x19, 0, tag(0x0101, b'') + host + cookie), 0x8863, A, B, True),
           eth(oe(0x65, 7, tag(0x0101, b'') + host), 0x8863, B, A, True)]
    for up, proto, data in ppp_frames():
        out.append(eth(oe(0, 7, H(proto) + data), 0x8864, *((A, B) if up else (B, A)), pad=True))
    out.append(eth(oe(0xa7, 7, tag(0x0203, b'done')), 0x8863, A, B, True))
    return pcap(out)


# --- tunnels ------------------------------------------------------------------

O1, O2 = '198.51.100.1', '203.0.113.2'
P1, P2 = '2001:db8:a::1', '2001:db8:b::2'


@sample('gre.pcap')
def _():
    def gre(kind, payload, check=False, key=None, seq=None, ver=0):
        f = check << 15 | (key is not None) << 13 | (seq is not None) << 12 | ver
        m = H(f, kind) + (I(0) if check else b'') + (I(key) if key is not None else b'') + \
            (I(seq) if seq is not None else b'') + payload
        return m[:4] + H(csum(m)) + m[6:] if check else m
    o = lambda m, up=1: ip4(m, 47, *((O1, O2) if up else (O2, O1)))
    out = [eth(o(gre(0x0800, p), up), 0x0800, *((A, B) if up else (B, A))) for up, p in talk()]
    out += [eth(o(gre(0x86dd, ping6(), key=0xcafe))), eth(o(gre(0x0800, ping4(), True, 42, 1))),
            eth(o(gre(0x6558, eth(ping4())))), eth(o(gre(0x8847, I(100 << 12 | 0x140) + ping4()))),
            eth(o(gre(0, b'', seq=3))),                                                # keep-alive without payload
            eth(ip6(gre(0x0800, ping4()), 47, P1, P2), 0x86dd)]
    pptp = hexs('ff030021') + ping4()
    out.append(eth(o(H(0x3081, 0x880b, len(pptp), 7) + I(1, 0) + pptp)))       # version 1 (PPTP)
    return pcap(out)


@sample('ip_in_ip.pcap')
def _():
    v4 = lambda p, n, up=1: ip4(p, n, *((O1, O2) if up else (O2, O1)))
    v6 = lambda p, n, up=1: ip6(p, n, *((P1, P2) if up else (P2, P1)))
    side = lambda up: (A, B) if up else (B, A)
    out = [eth(v4(p, 4, up), 0x0800, *side(up)) for up, p in talk()]
    out += [eth(v4(p, 41, up), 0x0800, *side(up)) for up, p in talk(src=C6, dst=S6)]   # 6in4
    out += [eth(v6(ping4(), 4), 0x86dd), eth(v6(ping6(), 41), 0x86dd),
            eth(v4(ip4(ip4(ping4(), 4, '10.0.0.1', '10.0.0.2'), 4, '10.1.0.1', '10.1.0.2'), 4))]
    return pcap(out)


# --- IP -----------------------------------------------------------------------

@sample('ipv4_options.pcap')
def _():
    hop = ip('198.51.100.1') + ip('198.51.100.2')
    def opt(t, *parts):
        v = b''.join(parts)
        return bytes([t, 2 + len(v)]) + v
    out = []
    for o in (b'\1\1\1\0', opt(7, b'\4', bytes(12)), opt(7, b'\x0c', hop, bytes(4)), opt(7, b'\x10', hop, ip(S4)),
              opt(131, b'\4', hop), opt(131, b'\x0c', hop), opt(137, b'\4', hop),
              opt(68, b'\5\0', bytes(12)), opt(68, b'\x0d\x21', ip(C4), I(3600000), ip(R4), I(0x80000001)),
              opt(68, b'\5\3', ip(R4), I(0)), opt(148, b'\0\0'), opt(130, b'\xab', bytes(8)), opt(136, H(99)),
              opt(82, H(1, 0xffff, 0xffff), ip(C4)), b'\1' + opt(158, b'odd'), opt(7, b'\4', bytes(36))):
        out.append(eth(ping4(opts=o)))
    return pcap(out)


@sample('ipv6_extensions.pcap')
def _():
    def ext(nxt, body):                  # body without the two first bytes; padded with PadN
        return bytes([nxt, (2 + len(body) + 7) // 8 - 1]) + body
    def opts(nxt, body):
        gap = -(2 + len(body)) % 8
        body += b'' if not gap else b'\0' if gap == 1 else bytes([1, gap - 2]) + bytes(gap - 2)
        return ext(nxt, body)
    def frag(nxt, off, more, ident):
        return bytes([nxt, 0]) + H(off // 8 << 3 | more) + I(ident)
    e = lambda p: eth(p, 0x86dd)
    echo = icmp6(128, 0, H(0x1234, 1) + b'with extension headers')
    u = udp(b'some words for a datagram', 50091, 9, C6, S6)
    alert = hexs('05020000')
    via = '2001:db8:7::7'
    far = icmp6(128, 0, H(0x1234, 2) + b'through another host', C6, S6)
    long = udp(b'x' * 2000, 50092, 9, C6, S6)
    srh = ext(58, bytes([4, 1, 1, 0]) + H(0) + ip(S6) + ip(via))
    ah = bytes([58, 4]) + H(0) + I(0x100, 1) + bytes(range(12))
    mld = icmp6(131, 0, H(0, 0) + ip('ff02::1234'), CL, 'ff02::1234')
    return pcap([
        eth(ip6(opts(58, alert) + mld, 0, CL, 'ff02::1234', hop=1), 0x86dd, A, '33:33:00:00:12:34'),
        e(ip6(opts(58, b'') + echo, 0)),
        e(ip6(opts(17, b'\0\1\3\0\0\0') + u, 60)),
        e(ip6(opts(17, b'\x1e\4test') + u, 60)),                                       # option for experiments
        e(ip6(ext(58, bytes([0, 1]) + I(0) + ip(S6)) + far, 43, C6, via)),             # routing type 0
        e(ip6(ext(58, bytes([2, 1]) + I(0) + ip(S6)) + far, 43, C6, via)),             # type 2
        e(ip6(srh + far, 43, C6, via)),                                                # segment routing
        e(ip6(ext(58, bytes([3, 0]) + I(0)) + echo, 43)),                              # RPL, nothing left
        e(ip6(frag(58, 0, 0, 7) + echo, 44)),                                          # atomic fragment
        e(ip6(frag(17, 0, 1, 8) + long[:1232], 44)),
        e(ip6(frag(17, 1232, 0, 8) + long[1232:], 44)),
        e(ip6(opts(60, alert) + opts(43, b'\1\2\0\0') + ext(44, bytes([0, 0]) + I(0)) + frag(60, 0, 0, 9) +
              opts(17, b'') + u, 0)),                                                  # all in the order of RFC 8200
        e(ip6(opts(17, b'\xc9\x10' + ip('2001:db8:99::1')) +
              udp(b'from a home address', 50091, 9, '2001:db8:99::1', S6), 60)),       # home address
        e(ip6(ah + echo, 51)),
        e(ip6(I(0x200, 1) + bytes((i * 7 + 3) & 255 for i in range(40)), 50)),         # ESP
        e(ip6(b'', 59)), e(ip6(opts(59, alert) + b'left over', 0)),
        e(ip6(opts(253, b'') + b'an experiment', 60)),
        e(ip6(hexs('3b000000') + H(csum(pseudo(C6, S6, 135, 8) + hexs('3b00000000000000')), 0), 135)),  # mobility
    ])


@sample('fragments_odd.pcap')
def _():
    def f(data, off, more, ident, **kw):
        return eth(ip4(data, 17, ident=ident, flags=more, off=off, **kw))
    u = udp(bytes(32 + i % 90 for i in range(200)), 50093, 9)
    v = udp(bytes(200), 50093, 9, '192.0.2.11')
    bad = b'\xee' * 64
    return pcap([
        f(u[:64], 0, 1, 1), f(u[64:128], 64, 1, 1), f(u[128:], 128, 0, 1),             # in order
        f(u[128:], 128, 0, 2), f(u[64:128], 64, 1, 2), f(u[:64], 0, 1, 2),             # backwards
        f(u[:64], 0, 1, 3), f(u[:64], 0, 1, 3), f(u[64:], 64, 0, 3),                   # one twice
        f(u[:96], 0, 1, 4), f(u[64:], 64, 0, 4),                                       # overlap, same bytes
        f(u[:96], 0, 1, 5), f(bad[:32] + u[96:], 64, 0, 5),                            # overlap, other bytes
        f(u[:64], 0, 1, 6), f(u[128:], 128, 0, 6),                                     # the middle is missing
        f(u[64:128], 64, 1, 7), f(u[128:], 128, 0, 7),                                 # the first is missing
        f(u[:8], 0, 1, 8), f(u[8:16], 8, 1, 8), f(u[16:], 16, 0, 8),                   # tiny
        f(u[:64], 0, 1, 9), f(bad, 65528, 0, 9),                                       # beyond 65535
        f(u[:60], 0, 1, 10), f(u[64:], 64, 0, 10),                                     # length not a multiple of 8
        f(v[:104], 0, 1, 11, src='192.0.2.11'), f(u[104:], 104, 0, 11),                # from different hosts
        f(v[104:], 104, 0, 11, src='192.0.2.11'),
    ])


# --- ICMP ---------------------------------------------------------------------

@sample('icmp_types.pcap')
def _():
    lost = ip4(udp(b'a datagram that got lost', 50094, 9), 17)
    syn = ip4(tcp(50095, 80, 1000, 0, 'S', opts=b'\x02\x04\x05\xb4'), 6)
    q, r = lost[:28], ip4
    up = lambda m: eth(ip4(m, 1))
    down = lambda m: eth(ip4(m, 1, R4, C4), 0x0800, B, A)
    out = [up(icmp(8, 0, H(1, 1), b'echo')), down(icmp(0, 0, H(1, 1), b'echo'))]
    for code in range(16):
        out.append(down(icmp(3, code, H(0, 1400 if code == 4 else 0), q)))
    out.append(down(icmp(3, 3, data=syn)))
    out.append(down(icmp(4, 0, data=q)))
    out += [down(icmp(5, code, ip('192.0.2.2'), q)) for code in range(4)]
    out.append(down(icmp(9, 0, b'\2\2' + H(1800), ip(R4) + I(0) + ip('192.0.2.2') + I(0xffffffff))))
    out.append(up(icmp(10)))
    out += [down(icmp(11, code, data=q)) for code in range(2)]
    # a router that tells the label stack (RFC 4884, 4950)
    pad = lost.ljust(128, b'\0')
    obj = H(8, 0x0101) + I(1000 << 12 | 1 << 8 | 3)
    exts = b'\x20\0\0\0' + obj
    exts = exts[:2] + H(csum(exts)) + exts[4:]
    out.append(down(icmp(11, 0, b'\0' + bytes([len(pad) // 4]) + H(0), pad + exts)))
    out += [down(icmp(12, 0, b'\x14\0\0\0', q)), down(icmp(12, 1, data=q)), down(icmp(12, 2, data=q))]
    out += [up(icmp(13, 0, H(2, 1), I(3600000, 0, 0))), down(icmp(14, 0, H(2, 1), I(3600000, 3600007, 3600008))),
            up(icmp(15, 0, H(3, 1))), down(icmp(16, 0, H(3, 1))),
            up(icmp(17, 0, H(4, 1), I(0))), down(icmp(18, 0, H(4, 1), I(0xffffff00))),
            down(icmp(30, 0, H(5, 0), H(1, 0xffff) + I(125000, 1500))),
            down(icmp(40, 1, H(0, 20))),
            up(icmp(42, 0, H(6, 0x0101), b'')), down(icmp(43, 0, H(6, 0x0142))),
            up(icmp(200, 7, data=b'nobody knows this type'))]
    return pcap(out)


@sample('icmpv6_types.pcap')
def _():
    lost = ip6(udp(b'a datagram that got lost', 50094, 9, C6, S6), 17)
    ns, allr, alln = 'ff02::1:ff00:80', 'ff02::2', 'ff02::1'
    out = []
    def put(kind, code, body, src=C6, dst=S6, hop=64, back=False):
        out.append(eth(ip6(icmp6(kind, code, body, src, dst), 58, src, dst, hop), 0x86dd, *((B, A) if back else (A, B))))
    def down(kind, code, body):
        put(kind, code, body, R6, C6, 64, True)
    opt = lambda t, v: bytes([t, (len(v) + 9) // 8]) + v.ljust((len(v) + 9) // 8 * 8 - 2, b'\0')
    name = b'\7example\3net\0'
    for code in range(8):
        down(1, code, I(0) + lost)
    down(2, 0, I(1280) + lost)
    down(3, 0, I(0) + lost)
    down(3, 1, I(0) + lost)
    for code in range(3):
        down(4, code, I(40) + lost)
    put(128, 0, H(1, 1) + b'echo')
    put(129, 0, H(1, 1) + b'echo', S6, C6, back=True)
    def mld(kind, body, src, dst):       # with router alert
        m = icmp6(kind, 0, body, src, dst)
        out.append(eth(ip6(hexs('3a00050200000100') + m, 0, src, dst, 1), 0x86dd, A, '33:33:00:00:00:16'))
    mld(130, H(1000, 0) + bytes(16), SL, alln)
    mld(131, H(0, 0) + ip('ff0e::1234'), CL, 'ff0e::1234')
    mld(132, H(0, 0) + ip('ff0e::1234'), CL, allr)
    mld(130, H(1000, 0) + ip('ff0e::1234') + b'\x0a\x7d' + H(2) + ip(S6) + ip(R6), SL, 'ff0e::1234')
    rec = lambda t, g, *s: bytes([t, 0]) + H(len(s)) + ip(g) + b''.join(ip(x) for x in s)
    mld(143, H(0, 6) + rec(1, 'ff0e::1', S6) + rec(2, 'ff0e::2') + rec(3, 'ff0e::3') + rec(4, 'ff0e::4') +
        rec(5, 'ff0e::5', S6, R6) + rec(6, 'ff0e::6', S6), CL, 'ff02::16')
    put(133, 0, I(0) + opt(1, mac(A)), CL, allr, 255)
    put(134, 0, b'\x40\xc8' + H(1800) + I(30000, 1000) + opt(1, mac(B)) + opt(5, H(0) + I(1480)) +
        opt(3, b'\x40\xc0' + I(86400, 14400, 0) + ip('2001:db8::')) +
        opt(24, b'\x30\x08' + I(1800) + ip('2001:db8:5::')[:8]) +
        opt(25, H(0) + I(1800) + ip('2001:db8::53') + ip('2001:db8::54')) + opt(31, H(0) + I(1800) + name) +
        opt(38, H(1800 // 8 << 3) + ip('64:ff9b::')[:12]) + opt(7, H(0) + I(60000)) + opt(99, b'odd'), SL, alln, 255, True)
    put(135, 0, I(0) + ip(S6) + opt(1, mac(A)) + opt(14, b'nonces'), C6, ns, 255)
    put(136, 0, I(0xe0000000) + ip(S6) + opt(2, mac(B)), S6, C6, 255, True)
    put(137, 0, I(0) + ip('fe80::1') + ip(S6) + opt(2, mac(B)) + opt(4, bytes(6) + lost), SL, C6, 255, True)
    put(138, 255, I(1) + bytes(8), R6, alln)
    put(139, 0, H(2, 0) + bytes(range(8)) + ip(S6))
    put(140, 0, H(2, 0) + bytes(range(8)) + I(0) + b'\3www\7example\3net\0', S6, C6, back=True)
    put(141, 0, I(0) + opt(1, mac(A)) + opt(2, mac(B)), C6, alln, 255)
    put(142, 0, I(0) + opt(1, mac(B)) + opt(2, mac(A)) + opt(10, bytes(6) + ip(S6)), S6, C6, 255, True)
    put(144, 0, H(1, 0)); put(145, 0, H(1, 0) + ip(R6), R6, C6, back=True)
    put(146, 0, H(1, 0)); put(147, 0, H(1, 0x8000), R6, C6, back=True)
    put(151, 20, H(125, 2), SL, 'ff02::6a', 1); put(152, 0, b'', CL, allr, 1); put(153, 0, b'', SL, 'ff02::6a', 1)
    put(155, 0, b'\0\0', CL, 'ff02::1a', 255)
    put(160, 0, H(6, 0x0101)); put(161, 0, H(6, 0x0142), S6, C6, back=True)
    put(200, 7, I(0) + b'for experiments')
    return pcap(out)


@sample('igmp_types.pcap')
def _():
    def ig(kind, code, rest):
        m = bytes([kind, code, 0, 0]) + rest
        return m[:2] + H(csum(m)) + m[4:]
    def e(m, dst, src=C4):
        return eth(ip4(m, 2, src, dst, ttl=1, flags=0, opts=hexs('94040000'), tos=0xc0), 0x0800, A,
                   '01:00:5e:%02x:%02x:%02x' % tuple((ip(dst)[1] & 127,) + tuple(ip(dst)[2:])), True)
    g, all1 = '233.252.0.7', '224.0.0.1'
    rec = lambda t, gr, *s: bytes([t, 0]) + H(len(s)) + ip(gr) + b''.join(ip(x) for x in s)
    return pcap([
        e(ig(0x11, 0, I(0)), all1, R4), e(ig(0x12, 0, ip(g)), g),                       # version 1
        e(ig(0x11, 100, I(0)), all1, R4), e(ig(0x16, 0, ip(g)), g),                     # version 2
        e(ig(0x17, 0, ip(g)), '224.0.0.2'), e(ig(0x11, 10, ip(g)), g, R4),
        e(ig(0x11, 100, I(0) + b'\2\x7d' + H(0)), all1, R4),                            # version 3
        e(ig(0x11, 0x8f, ip(g) + b'\x0a\xff' + H(2) + ip(S4) + ip(R4)), g, R4),
        e(ig(0x22, 0, H(0, 6) + rec(1, '233.252.0.1', S4) + rec(2, '233.252.0.2') + rec(3, '233.252.0.3') +
             rec(4, '233.252.0.4') + rec(5, '233.252.0.5', S4, R4) + rec(6, '233.252.0.6', S4)), '224.0.0.22'),
    ])


# --- TCP ----------------------------------------------------------------------

@sample('tcp_options.pcap')
def _():
    o = lambda t, v=b'': bytes([t, 2 + len(v)]) + v
    key = b'0123456789abcdef'
    ts = o(8, I(1000, 0))
    syn = [o(2, H(1460)), o(2, H(1460)) + b'\1' + o(3, b'\7'), o(2, H(1460)) + o(4) + ts + b'\1' + o(3, b'\7'),
           o(34), o(34, b'cookie42'), o(19, key), o(29, b'\1\2' + key[:12]), o(28, H(0x8078)),
           o(30, b'\0\x81' + key[:8]), o(30, b'\x10\1' + I(0x1234, 0x5678)), o(254, hexs('f989') + b'cookie'),
           o(14, b'\0'), o(11, I(7)), o(27, hexs('0040') + b'1234'), o(3, b'\x0f')]
    ack = [b'\1\1' + o(8, I(1000, 2000)), b'\1\1' + o(5, I(2000, 3000)),
           b'\1\1' + o(5, I(2000, 3000, 4000, 5000, 6000, 7000)), b'\1\1' + o(8, I(1, 2)) + b'\1\1' + o(5, I(9, 10)),
           o(5, I(2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000)),
           o(6, I(5)), o(7, I(5)), o(9), o(10, b'\xc0'), o(15, H(0)), o(12, I(8)), o(13, I(7)), o(18, b'\0'),
           o(30, b'\x20\5' + I(1, 2, 3) + H(4, 0)), o(30, b'\x30\1' + ip(S4)),
           o(30, b'\x40\1'), o(30, b'\x50\1'), o(30, b'\x60\0' + I(0, 1)), o(30, b'\x70\0' + I(1, 2)),
           o(253, hexs('0001') + b'test'), o(200, b'??'), b'\0\0\0\0', b'\1' * 40, o(8, I(1, 2)) + b'\0junk!',
           o(30, b'\1\xa1' + key + H(1448, 0xbeef)), o(30, b'\x11\2' + key[:8] + I(9)), o(30, b'\x10\0' + key + key[:4]),
           o(30, b'\x20\x1f' + I(0, 5, 0, 6, 7) + H(1448, 0xbeef)), o(30, b'\x36\3' + ip(S6)),
           o(30, b'\x30\3' + ip(S6) + H(8080) + key[:8]), o(30, b'\x30\3' + ip(S4) + key[:8]), o(30, b'\x40\1\2\3'),
           o(30, b'\x51\2'), o(30, b'\x81\6'), o(30, b'\xf0\0'), o(20, hexs('f805')), o(21, H(1, 2)),
           o(172, hexs('000001000002000003')), o(174, hexs('000004000005')), o(254, hexs('acc0000007')),
           b'\1\1\1\3\x40', o(8, I(1, 2)) + b'\0\0\0']
    out = [eth(ip4(tcp(50100 + i, 80, 1000, 0, 'S', opts=x), 6)) for i, x in enumerate(syn)]
    out += [eth(ip4(tcp(50200 + i, 80, 1000, 2000, 'A', opts=x), 6)) for i, x in enumerate(ack)]
    return pcap(out)


@sample('tcp_flags.pcap')
def _():
    sets = ['', 'S', 'SA', 'A', 'PA', 'FA', 'R', 'RA', 'FPU', 'SF', 'SEC', 'SAE', 'UA', 'AE', 'AC', 'FSRPAUEC']
    out = [eth(ip4(tcp(50300 + i, 80, 1000, 2000, f, urg=5 if 'U' in f else 0), 6)) for i, f in enumerate(sets)]
    seg = tcp(50399, 80, 1000, 0, 'S')
    seg = seg[:12] + bytes([seg[12] | 15]) + seg[13:16] + H(0) + seg[18:]              # reserved bits and AccECN
    out.append(eth(ip4(seg[:16] + H(csum(pseudo(C4, S4, 6, len(seg)) + seg)) + seg[18:], 6)))
    out.append(eth(ip4(tcp(80, 80, 7, 0, 'S', src=S4, dst=S4), 6, S4, S4)))            # to itself
    return pcap(out)


@sample('tcp_accecn.pcap')
def _():
    def seg(up, flags, marks, seq, ack, data=b'', opts=b''):
        ends = dict(src=C4, dst=S4) if up else dict(src=S4, dst=C4)
        ports = (50450, 7777) if up else (7777, 50450)
        raw = tcp(*ports, seq, ack, flags, data, opts=opts, **ends)
        raw = raw[:12] + H(int.from_bytes(raw[12:14], 'big') | marks << 6) + raw[14:16] + H(0) + raw[18:]
        sum_ = csum(pseudo(ends['src'], ends['dst'], 6, len(raw)) + raw)
        raw = raw[:16] + H(sum_) + raw[18:]
        return eth(ip4(raw, 6, ends['src'], ends['dst']), 0x0800, *((A, B) if up else (B, A)))
    counters = b'\xac\x0b' + hexs('000001000000000001')
    return pcap([seg(1, 'S', 7, 1000, 0, opts=b'\2\4\5\xb4'), seg(0, 'SA', 2, 5000, 1001, opts=b'\2\4\5\xb4'),
                 seg(1, 'A', 2, 1001, 5001), seg(1, 'PA', 5, 1001, 5001, b'hello\n'),
                 seg(0, 'A', 6, 5001, 1007, opts=counters), seg(1, 'FA', 5, 1007, 5001),
                 seg(0, 'FA', 6, 5001, 1008), seg(1, 'A', 5, 1008, 5002)])


def side_by_side(steps, sport, dport=7777):
    """Frames from [(c or s, flags, seq, ack, data)]."""
    out = []
    for who, fl, seq, ack, data in steps:
        if who == 'c':
            out.append(eth(ip4(tcp(sport, dport, seq, ack, fl, data), 6)))
        else:
            out.append(eth(ip4(tcp(dport, sport, seq, ack, fl, data, src=S4, dst=C4), 6, S4, C4), 0x0800, B, A))
    return out


def lines(n, size=100):
    return [(b'piece %03d ' % i + b'.' * size)[:size - 1] + b'\n' for i in range(n)]


@sample('tcp_seq_wrap.pcap')
def _():
    x, y = 0xfffffe00, 0xffffffff        # sequence numbers wrap in the data, and right behind the SYN
    d = lines(10)
    st = [('c', 'S', x, 0, b''), ('s', 'SA', y, x + 1, b''), ('c', 'A', x + 1, y + 1, b'')]
    for i, b in enumerate(d):
        st += [('c', 'PA', x + 1 + 100 * i, y + 1, b), ('s', 'A', y + 1, x + 101 + 100 * i, b'')]
    st += [('s', 'PA', y + 1, x + 1001, b'all here\n'), ('c', 'A', x + 1001, y + 10, b''),
           ('c', 'FA', x + 1001, y + 10, b''), ('s', 'FA', y + 10, x + 1002, b''), ('c', 'A', x + 1002, y + 11, b'')]
    return pcap(side_by_side(st, 50400))


@sample('tcp_overlap.pcap')
def _():
    a = b''.join(lines(6))
    def open_(x=1000, y=5000):
        return [('c', 'S', x, 0, b''), ('s', 'SA', y, x + 1, b''), ('c', 'A', x + 1, y + 1, b'')]
    def close(n, x=1000, y=5000):
        return [('c', 'FA', x + 1 + n, y + 1, b''), ('s', 'FA', y + 1, x + 2 + n, b''), ('c', 'A', x + 2 + n, y + 2, b'')]
    seg = lambda i, j, data=None: ('c', 'PA', 1001 + i, 5001, data if data is not None else a[i:j])
    ak = lambda n: ('s', 'A', 5001, 1001 + n, b'')
    out = side_by_side(open_() + [                                                     # same bytes
        seg(0, 200), seg(100, 300), ak(300), seg(250, 260), ak(300), seg(300, 400), seg(0, 500), ak(500),
        seg(500, 600), ak(600)] + close(600), 50410)
    out += side_by_side(open_() + [                                                    # other bytes behind a gap
        seg(100, 200), ak(0), seg(100, 200, b'X' * 100), seg(50, 150, b'Y' * 100), ak(0), seg(0, 100), ak(200),
        seg(200, 600), ak(600)] + close(600), 50411)
    out += side_by_side(open_() + [                                                    # a hole that never closes
        seg(0, 100), ak(100), seg(200, 300), ak(100), seg(300, 600), ak(100)] + close(600)[:1] + [ak(100)], 50412)
    out += side_by_side(open_() + [                                                    # acknowledged, never seen
        seg(0, 100), ak(100), ak(300), seg(300, 600), ak(600)] + close(600), 50413)
    out += side_by_side(open_() + [                                                    # one byte at a time, backwards
        *[seg(i, i + 1) for i in range(9, -1, -1)], ak(10)] + close(10), 50414)
    return pcap(out)


# --- names and addresses, every kind ------------------------------------------

def dname(text):
    return b''.join(bytes([len(x)]) + x.encode() for x in text.split('.') if x) + b'\0'


def rr(kind, data, owner=b'\xc0\x0c', cls=1, ttl=60):
    return owner + H(kind, cls) + I(ttl) + H(len(data)) + data


def dns_message(ident, flags, *sections):
    """Sections are lists of entries in wire form."""
    parts = list(sections) + [[]] * (4 - len(sections))
    return H(ident, flags, *[len(x) for x in parts]) + b''.join(b''.join(x) for x in parts)


def ask(m, sport=50600, dport=53, src=C4, dst=S4):
    return eth(ip4(udp(m, sport, dport, src, dst), 17, src, dst))


def tell(m, sport=53, dport=50600, src=S4, dst=C4):
    return eth(ip4(udp(m, sport, dport, src, dst), 17, src, dst), 0x0800, B, A)


@sample('dns_types.pcap')
def _():
    t = lambda b: bytes([len(b)]) + b
    host, ns, x = dname('host.example.net'), dname('ns.example.net'), dname('x.example.net')
    key, digest = b'public key', bytes(range(20))
    six = ip(S6)
    times = I(3600, START + 86400, START) + H(4660)
    records = [
        (1, ip(S4)), (2, ns), (3, x), (4, x), (5, host), (6, ns + dname('hostmaster.example.net') + I(1, 2, 3, 4, 5)),
        (7, x), (8, x), (9, x), (10, b'null'), (11, ip(S4) + b'\6' + hexs('00000040')), (12, host),
        (13, t(b'CPU') + t(b'OS')), (14, dname('owner.example.net') + dname('errors.example.net')),
        (15, H(10) + host), (16, t(b'one') + t(b'') + t(b'three')),
        (17, dname('mail.example.net') + dname('text.example.net')), (18, H(1) + host), (19, t(b'3110')),
        (20, t(b'150862028003217') + t(b'004')), (20, t(b'150862028003217')), (21, H(1) + host),
        (22, hexs('47000580005a0000000001e133ffffff00016100')), (23, host),
        (24, H(1) + b'\x08\3' + times + x + b'signature'), (25, H(0xc000) + b'\3\x08' + key),
        (26, H(1) + host + dname('x400.example.net')), (27, t(b'-32.6882') + t(b'116.8652') + t(b'10.0')),
        (28, six), (29, hexs('00121613') + I(0x8b0d2c20, 0x7f8f2d20, 10000000)),
        (29, hexs('01121613') + I(0, 0, 0)), (30, x + hexs('4001')), (31, b'endpoint'), (32, b'locator'),
        (33, H(1, 2, 53) + host), (34, b'\0+15551234'),
        (35, H(1, 2) + t(b'u') + t(b'E2U+sip') + t(b'!^.*$!sip:a@example.net!') + b'\0'),
        (36, H(1) + host), (37, H(1, 2) + b'\x08certificate'), (38, b'\x40' + six[8:] + x), (39, host), (40, b'sink'),
        (42, hexs('00011803c00002') + hexs('00024084') + six[:4] + hexs('000310021234')),
        (43, H(0x1234) + b'\x08\2' + digest), (44, b'\1\1' + digest),
        (45, b'\1\0\2' + key), (45, b'\1\1\2' + ip(S4) + key), (45, b'\1\2\2' + six + key), (45, b'\1\3\2' + host + key),
        (46, H(1) + b'\x08\2' + times + x + b'signature'), (47, x + hexs('0006400100000003')),
        (48, H(0x0181) + b'\3\x08' + b'\3\1\0\1' + key), (48, H(0x0100) + b'\3\1' + b'\3\1\0\1' + key),
        (49, b'\0\1\1' + digest), (50, hexs('0101000202123403010203000140')),
        (51, hexs('01000002021234')), (52, b'\3\1\1' + digest), (53, b'\3\1\1' + digest),
        (55, b'\4\2\0\x0aHITS' + key + host), (59, H(0x1234) + b'\x08\2' + digest), (60, H(0x0181) + b'\3\x08' + key),
        (61, b'key block'), (62, I(1) + H(3) + hexs('000140')), (63, I(1) + b'\1\1' + bytes(48)),
        (64, H(1) + host + H(0, 4) + H(1, 3) + H(1, 3) + t(b'h2') + H(2, 0) + H(3, 2, 443) + H(4, 4) + ip(S4) +
         H(5, 3) + b'ech' + H(6, 16) + six + H(7, 12) + b'/dns{?dns}..' + H(99, 2) + b'xx'),
        (65, H(0) + host), (99, t(b'v=spf1 -all') + t(b'more')), (104, H(10) + six[8:]), (105, H(10) + ip(S4)),
        (106, H(10) + six[:8]), (107, H(10) + host), (108, mac(A)), (109, mac(A) + b'\0\1'),
        (249, x + I(START, START + 60) + H(3, 0, 3) + b'key' + H(2) + b'oo'),
        (250, dname('hmac-sha256') + H(0) + I(START) + H(300, 8) + digest[:8] + H(0x1234, 0, 6) + hexs('000001020304')),
        (256, H(1, 2) + b'http://www.example.net/'), (257, b'\x80' + t(b'issue') + b'ca.example.net'),
        (257, b'\0' + t(b'issuewild') + b';'), (257, b'\0' + t(b'iodef') + b'mailto:ca@example.net'),
        (257, b'\0' + t(b'other') + b'value'), (260, hexs('0a01') + ip(S4)), (260, hexs('0a82') + six),
        (260, hexs('0a03') + host), (32768, H(0x1234) + b'\x08\2' + digest), (32769, H(0x1234) + b'\x08\2' + digest),
        (65280, b'private'),
    ]
    q = dname('www.example.net')
    return pcap([tell(dns_message(i + 1, 0x8580, [q + H(kind, 1)], [rr(kind, data)]))
                 for i, (kind, data) in enumerate(records)])


@sample('dns_forms.pcap')
def _():
    q = dname('www.example.net') + H(1, 1)
    opt = lambda code, data: H(code, len(data)) + data
    edns = lambda data: rr(41, data, b'\0', 4096, 0x8000)
    options = [
        opt(3, b'server one'), opt(5, b'\5\7\x08'), opt(6, b'\1\2'), opt(7, b'\1'), opt(8, b'\0\1\x18\0' + ip(C4)[:3]),
        opt(8, b'\0\2\x38\0' + ip(C6)[:7]), opt(8, b'\0\3\x08\0\1'), opt(9, I(5)), opt(10, b'12345678'),
        opt(10, b'12345678abcdefgh'), opt(11, b''), opt(11, H(100)), opt(12, bytes(3)), opt(13, dname('example.net')),
        opt(14, H(20326)), opt(15, H(6) + b'signature expired'), opt(65001, b'local')]
    out = [ask(dns_message(i + 1, 0x0120, [q], [], [], [edns(x)])) for i, x in enumerate(options)]
    # a dynamic update: zone, prerequisites, updates (RFC 2136)
    zone = dname('example.net') + H(6, 1)
    out.append(ask(dns_message(100, 0x2800, [zone], [rr(255, b'', dname('new.example.net'), 254, 0)],
                               [rr(1, ip(C4), dname('new.example.net')), rr(1, ip(C4), dname('old.example.net'), 254, 0)])))
    out.append(tell(dns_message(100, 0xa800, [zone])))
    # the same query twice, the same answer twice
    out += [ask(dns_message(101, 0x0100, [q]))] * 2 + [tell(dns_message(101, 0x8180, [q], [rr(1, ip(S4))]))] * 2
    # link-local names: a conflict, a tentative answer (RFC 4795)
    out.append(ask(dns_message(102, 0x0400, [q]), 50601, 5355, C4, '224.0.0.252'))
    out.append(tell(dns_message(102, 0x8100, [q], [rr(1, ip(S4))]), 5355, 50601))
    out.append(ask(dns_message(103, 0x0100, [q]) + b'bytes behind the message'))
    # more records than are shown
    out.append(tell(dns_message(104, 0x8180, [q], [rr(16, b'\0', ttl=0)] * 600)))
    return pcap(out)


@sample('dhcp_options.pcap')
def _():
    o = lambda code, v: bytes([code, len(v)]) + v
    a, b = ip(S4), ip(R4)
    both = a + b
    def bootp(op, options, server=b'', file=b'', addr=mac(A), kind=1, hlen=6, cookie=hexs('63825363')):
        m = bytes([op, kind, hlen, 0]) + I(0x12345678) + H(1, 0x8000) + bytes(16) + addr.ljust(16, b'\0') + \
            server.ljust(64, b'\0') + file.ljust(128, b'\0') + cookie + options
        if op == 1:
            return eth(ip4(udp(m, 68, 67, '0.0.0.0', '255.255.255.255'), 17, '0.0.0.0', '255.255.255.255'), dst=CAST)
        return eth(ip4(udp(m, 67, 68, S4, '255.255.255.255'), 17, S4, '255.255.255.255'), 0x0800, B, CAST)
    end = b'\xff'
    offer, discover = o(53, b'\2') + o(54, a), o(53, b'\1')
    out = [bootp(2, offer + o(51, I(3600)) + b''.join(o(c, v) for c, v in [
        (1, I(0xffffff00)), (2, struct.pack('!i', -3600)), (3, both), (4, both), (5, both), (6, both), (7, both),
        (8, both), (9, both), (10, both), (11, both), (12, b'client'), (13, H(2)), (14, b'/var/dump'),
        (15, b'example.net'), (16, a), (17, b'/root'), (18, b'/extensions'), (19, b'\1'), (20, b'\0'),
        (21, ip('192.0.2.0') + I(0xffffff00)), (22, H(576)), (23, b'\x40'), (24, I(600)), (25, H(576, 1500)), (26, H(1500)),
        (27, b'\1'), (28, ip('192.0.2.255')), (29, b'\0'), (30, b'\0'), (31, b'\1'), (32, b), (33, ip('198.51.100.7') + b),
        (34, b'\0'), (35, I(60)), (36, b'\0'), (37, b'\x40'), (38, I(7200)), (39, b'\1')]) + end),
        bootp(2, offer + b''.join(o(c, v) for c, v in [
            (40, b'nis'), (41, both), (42, both), (43, b'\1\2ab\2\1c'), (44, both), (45, both), (46, b'\x08'),
            (47, b'scope'), (48, both), (49, both), (56, b'a message'), (58, I(1800)), (59, I(3150)), (60, b'vendor'),
            (62, b'netware'), (63, b'\x02\0'), (64, b'nisplus'), (65, both), (66, b'tftp.example.net'), (67, b'boot.img'),
            (68, both), (69, both), (70, both), (71, both), (72, both), (73, both), (74, both), (75, both), (76, both),
            (85, both), (86, b'tree'), (87, b'context')]) + end),
        bootp(2, offer + b''.join(o(c, v) for c, v in [
            (90, b'\1\1\0' + bytes(range(8)) + bytes(20)), (91, I(77)), (92, both), (100, b'CET-1CEST,M3.5.0,M10.5.0/3'),
            (101, b'Europe/Berlin'), (112, both), (113, b'tag'), (114, b'https://portal.example.net/'), (116, b'\1'),
            (118, ip('192.0.2.0')), (119, dname('example.net') + b'\3lan\xc0\0'), (120, b'\1' + both),
            (121, b'\x18' + ip('198.51.100.0')[:3] + b + b'\0' + b), (124, I(32473) + b'\5class'),
            (125, I(32473) + b'\4\1\2ab'), (136, both), (137, dname('lost.example.net')), (138, both), (142, both),
            (145, b'\1'), (150, both), (209, b'pxelinux.cfg/default'), (210, b'/boot/'),
            (249, b'\x18' + ip('198.51.100.0')[:3] + b),
            (252, b'http://www.example.net/proxy.pac')]) + end),
        bootp(1, discover + b''.join(o(c, v) for c, v in [
            (50, ip(C4)), (55, bytes([1, 3, 6, 15, 119, 252])), (57, H(1500)), (61, b'\1' + mac(A)), (77, b'\3abc\2de'),
            (81, b'\1\0\0client.example.net'), (82, o(1, b'port 1') + o(2, mac(B)) + o(5, ip('192.0.2.0')) +
             o(6, b'subscriber') + o(11, a) + o(9, I(32473) + b'\2ab') + o(12, b'relay')),
            (93, H(0, 7)), (94, b'\1\3\x10'), (97, b'\0' + bytes(range(16))), (160, b'https://portal.example.net/'),
            (161, b'https://mud.example.net/1')]) + end),
        bootp(1, discover + o(81, b'\5\0\0' + dname('client.example.net')) + end)]
    for v in (b'\0client', b'\xff' + I(7) + H(1, 1) + I(789000000) + mac(A), b'\xff' + I(7) + H(2) + I(32473) + b'abc',
              b'\xff' + I(7) + H(3, 1) + mac(A), b'\xff' + I(7) + H(4) + bytes(range(16)), b'\7abcdef'):
        out.append(bootp(1, discover + o(61, v) + end))
    out += [bootp(2, offer + o(120, b'\0' + dname('sip.example.net')) + end, b'server.example.net', b'boot/file'),
            bootp(2, offer + o(52, b'\3') + end, o(12, b'in-sname') + end, o(15, b'example.net') + end),
            bootp(1, end + bytes(59)),                                                 # BOOTP with a cookie
            bootp(1, bytes(60), cookie=bytes(4)),                                      # without
            bootp(1, discover + end, addr=bytes(range(8)), kind=32, hlen=8),           # InfiniBand
            bootp(1, discover + o(200, b'nobody knows') + end)]
    return pcap(out)


@sample('arp_kinds.pcap')
def _():
    def arp(op, sha=mac(A), spa=ip(C4), tha=bytes(6), tpa=ip(S4), hw=1, proto=0x0800):
        return H(hw, proto) + bytes([len(sha), len(spa)]) + H(op) + sha + spa + tha + tpa
    out = [eth(arp(1, tpa=ip(C4)), 0x0806, dst=CAST, pad=True),                        # announcement
           eth(arp(1, spa=bytes(4)), 0x0806, dst=CAST, pad=True),                      # probe
           eth(arp(2, tha=mac(CAST), tpa=ip(C4)), 0x0806, dst=CAST, pad=True)]         # announced as a reply
    out += [eth(arp(op, tha=mac(B)), 0x0806, pad=True) for op in (5, 6, 7, 8, 9, 10, 25)]
    out += [eth(arp(1, bytes(range(20)), tha=bytes(20), hw=32), 0x0806, dst=CAST, pad=True),
            eth(arp(1, spa=b'\x12', tpa=b'\x34', proto=0x0805), 0x0806, dst=CAST, pad=True),
            eth(arp(1, spa=b'', tpa=b''), 0x0806, dst=CAST, pad=True)]
    return pcap(out)


# --- HTTP, every header -------------------------------------------------------

# --- TLS ----------------------------------------------------------------------

def v8(data):
    return bytes([len(data)]) + data


def v16(data):
    return H(len(data)) + data


def v24(data):
    return I(len(data))[1:] + data


def some(n, first=0):
    """So many bytes that stand for keys, signatures and the like."""
    return bytes((first + 7 * i) & 0xff for i in range(n))


def der(tag, *parts):
    body = b''.join(parts)
    n = len(body)
    return bytes([tag]) + (bytes([n]) if n < 128 else b'\x81' + bytes([n]) if n < 256 else b'\x82' + H(n)) + body


def oid(text):
    a, b, *rest = map(int, text.split('.'))
    out = bytes([40 * a + b])
    for n in rest:
        part = [n & 127]
        while n > 127:
            n >>= 7
            part.insert(0, 128 | n & 127)
        out += bytes(part)
    return der(6, out)


def dn(*rows):
    return der(0x30, *(der(0x31, der(0x30, oid(o), der(tag, v.encode()))) for o, tag, v in rows))


ISSUER = dn(('2.5.4.6', 0x13, 'XX'), ('2.5.4.10', 0x0c, 'Example Trust'), ('2.5.4.11', 0x14, 'Samples'),
            ('2.5.4.3', 0x13, 'Example CA'))
SUBJECT = dn(('2.5.4.6', 0x13, 'XX'), ('2.5.4.5', 0x13, '4711'), ('1.2.840.113549.1.9.1', 0x16, 'root@example.net'),
             ('2.5.4.3', 0x0c, 'www.example.net'))


def sct(log):
    body = b'\0' + some(32, log) + struct.pack('!Q', START * 1000 + log) + v16(b'') + H(0x0403) + v16(some(16))
    return v16(body)


def certificate(until=(0x17, b'260101000000Z'), names=()):
    def ext(o, value, critical=False):
        return der(0x30, oid(o), der(1, b'\xff') if critical else b'', der(4, value))
    uri = der(0x86, b'http://ca.example.net/x')
    exts = [
        ext('2.5.29.14', der(4, some(20))),
        ext('2.5.29.35', der(0x30, der(0x80, some(20, 9)), der(0xa1, der(0xa4, ISSUER)), der(0x82, b'\x12\x34'))),
        ext('2.5.29.17', der(0x30, der(0x82, b'www.example.net'), der(0x82, b'*.example.org'), uri, *names)),
        ext('2.5.29.15', der(3, b'\x05\xa0'), True),
        ext('2.5.29.19', der(0x30, der(1, b'\xff'), der(2, b'\0')), True),
        ext('2.5.29.37', der(0x30, oid('1.3.6.1.5.5.7.3.1'), oid('1.3.6.1.5.5.7.3.2'))),
        ext('2.5.29.31', der(0x30, der(0x30, der(0xa0, der(0xa0, uri))))),
        ext('2.5.29.32', der(0x30, der(0x30, oid('2.23.140.1.2.1'), der(0x30, der(
            0x30, oid('1.3.6.1.5.5.7.2.1'), der(0x16, b'http://ca.example.net/cps')))))),
        ext('1.3.6.1.5.5.7.1.1', der(0x30, der(0x30, oid('1.3.6.1.5.5.7.48.1'), uri))),
        ext('1.3.6.1.4.1.11129.2.4.2', der(4, v16(sct(1) + sct(2)))),
    ]
    alg = der(0x30, oid('1.2.840.10045.4.3.2'))
    tbs = der(0x30, der(0xa0, der(2, b'\2')), der(2, b'\x01\x02\x03\x04'), alg, ISSUER,
              der(0x30, der(0x17, b'250101000000Z'), der(*until)), SUBJECT,
              der(0x30, der(0x30, oid('1.2.840.10045.2.1'), oid('1.2.840.10045.3.1.7')), der(3, b'\0\4' + some(64))),
              der(0xa3, der(0x30, *exts)))
    return der(0x30, tbs, alg, der(3, b'\0' + some(70)))


def ocsp(responder, revoked=False):
    alg = der(0x30, oid('1.3.14.3.2.26'))
    when = der(0x18, b'20250101000000Z')
    status = der(0xa1, when, der(0xa0, der(10, b'\1'))) if revoked else der(0x80)
    single = der(0x30, der(0x30, alg, der(4, some(20)), der(4, some(20)), der(2, b'\x01\x02\x03\x04')), status, when,
                 der(0xa0, der(0x18, b'20250108000000Z')))
    basic = der(0x30, der(0x30, responder, when, der(0x30, single)),
                der(0x30, oid('1.2.840.10045.4.3.2')), der(3, b'\0' + some(70)))
    return der(0x30, der(10, b'\0'), der(0xa0, der(0x30, oid('1.3.6.1.5.5.7.48.1.1'), der(4, basic))))


def hs(kind, *parts):
    return bytes([kind]) + v24(b''.join(parts))


def rec(kind, data, version=0x0303):
    return bytes([kind]) + H(version) + v16(data)


def exts(*rows):
    return v16(b''.join(H(kind) + v16(data) for kind, data in rows))


def client_hello(suites, *rows, version=0x0303, session=b''):
    return hs(1, H(version), some(32, 1), v8(session), v16(H(*suites)), v8(b'\0'), exts(*rows) if rows else b'')


def server_hello(suite, *rows, version=0x0303, random=some(32, 2), session=b''):
    return hs(2, H(version), random, v8(session), H(suite), b'\0', exts(*rows) if rows else b'')


SNI = (0, v16(b'\0' + v16(b'www.example.net')))
ALPN2 = (16, v16(v8(b'h2') + v8(b'http/1.1')))
POINT = b'\4' + some(64)
RETRY = hexs('cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c')
CCS, FIN = rec(20, b'\1'), rec(22, some(40, 77))


@sample('tls_messages.pcap')
def _():
    out = []

    def pair(sport, *turns):
        """A connection without its end: [(from the client?, bytes)]."""
        x, y = 1000, 5000
        mss = b'\x02\x04' + H(1460)
        def put(up, flags, data=b'', opts=b''):
            if up:
                out.append(eth(ip4(tcp(sport, 443, x, y if 'A' in flags else 0, flags, data, opts=opts), 6)))
            else:
                seg = tcp(443, sport, y, x, flags, data, opts=opts, src=S4, dst=C4)
                out.append(eth(ip4(seg, 6, S4, C4), 0x0800, B, A))
        put(1, 'S', opts=mss)
        x += 1
        put(0, 'SA', opts=mss)
        y += 1
        put(1, 'A')
        for up, data in turns:
            for at in range(0, len(data), 1460):
                piece = data[at:at + 1460]
                put(up, 'PA', piece)
                x, y = (x + len(piece), y) if up else (x, y + len(piece))

    # TLS 1.2 with certificates on both sides. The server's certificate spans two records.
    everything = [
        SNI, (0x0a0a, b''), (1, b'\4'), (5, b'\1' + v16(b'') + v16(b'')), (10, v16(H(0x2a2a, 29, 23))), (11, v8(b'\0')),
        (12, v8(b'user')), (13, v16(H(0x0403, 0x0804, 0x0401))), (15, b'\1'), ALPN2, (18, b''), (19, v8(b'\0\2')),
        (20, v8(b'\0')), (22, b''), (23, b''), (27, v8(H(2, 1))), (28, H(16385)), (35, some(24)), (54, v8(some(8))),
        (13172, b''), (65281, v8(b'')), (21, bytes(16))]
    names = (der(0x81, b'ann@example.net'), der(0x87, ip(S4)), der(0x87, ip(S6)), der(0x88, oid('1.3.6.1.4.1.32473.1')[2:]),
             der(0xa0, oid('1.3.6.1.4.1.32473.2'), der(0xa0, der(0x0c, b'ann'))))
    cert = hs(11, v24(v24(certificate()) + v24(certificate((0x18, b'20560101000000Z'), names))))
    sig = H(0x0403) + v16(some(70))
    pair(50700,
         (1, rec(22, client_hello([0x1a1a, 0x1301, 0xc02b, 0xc02f, 0x009e], *everything), 0x0301)),
         (0, rec(22, server_hello(0xc02b, (65281, v8(b'')), (16, v16(v8(b'http/1.1'))), (19, b'\0'), (18, v16(sct(3))),
                                  session=some(32, 5)))
          + rec(22, cert[:900]) + rec(22, cert[900:1800]) + rec(22, cert[1800:])
          + rec(22, hs(22, b'\1', v24(ocsp(der(0xa2, der(4, some(20))))))) + rec(22, hs(12, b'\3', H(23), v8(POINT), sig))
          + rec(22, hs(13, v8(b'\1\x40'), v16(H(0x0403, 0x0401)), v16(v16(ISSUER))) + hs(14))),
         (1, rec(22, hs(11, v24(b'')) + hs(16, v8(POINT)) + hs(15, sig)) + CCS + FIN),
         (0, rec(22, hs(4, I(7200), v16(some(48)))) + CCS + FIN),
         (1, rec(23, some(60))), (0, rec(23, some(200)) + rec(23, some(30))), (0, rec(21, some(26))))
    # TLS 1.3: a hello that is asked for again, a pre-shared key; the server's messages are protected.
    share = lambda g: H(g) + v16(some(32, g))
    tls13 = [SNI, ALPN2, (10, v16(H(29, 23))), (13, v16(H(0x0403, 0x0804))), (43, v8(H(0x7a7a, 0x0304, 0x0303))),
             (45, v8(b'\1')), (49, b''), (50, v16(H(0x0403)))]
    psk = (41, v16(v16(some(16)) + I(12345)) + v16(v8(some(32))))
    pair(50701,
         (1, rec(22, client_hello([0x1301, 0x1302], *tls13, (51, v16(share(29))), session=some(32, 8)), 0x0301)),
         (0, rec(22, server_hello(0x1301, (43, H(0x0304)), (44, v16(some(16))), (51, H(23)), random=RETRY,
                                  session=some(32, 8))) + CCS),
         (1, CCS + rec(22, client_hello([0x1301, 0x1302], *tls13, (44, v16(some(16))), (51, v16(share(23))),
                                        (17513, v16(v8(b'h2'))), psk, session=some(32, 8)))),
         (0, rec(22, server_hello(0x1301, (43, H(0x0304)), (51, share(23)), (41, H(0)), session=some(32, 8)))
          + rec(23, some(300))),
         (1, rec(23, some(70))), (0, rec(23, some(80))),
         # Never seen in the clear, but so they read.
         (0, rec(22, hs(4, I(7200, 99), v8(b'\0\1'), v16(some(32)), exts((42, I(16384)))) + hs(13, v8(some(4)), exts((49, b'')))
          + hs(24, b'\1'))))
    # Other ways to exchange keys, one after the other.
    def keys(sport, suite, server, client, version=0x0303):
        pair(sport, (1, rec(22, client_hello([suite], version=version))),
             (0, rec(22, server_hello(suite, version=version) + server + hs(14))), (1, rec(22, client) + CCS + FIN))
    dh = v16(some(64)) + v16(b'\2') + v16(some(64, 3))
    keys(50702, 0x009e, hs(22, b'\1', v24(ocsp(der(0xa1, ISSUER), True))) + hs(12, dh, sig), hs(16, v16(some(64, 4))))
    keys(50703, 0x0034, hs(12, dh), hs(16, v16(some(64, 4))), 0x0301)
    keys(50704, 0x0003, hs(12, v16(some(64)), v16(b'\1\0\1'), v16(some(64))), hs(16, v16(some(64))), 0x0301)
    keys(50705, 0x008c, hs(12, v16(b'hint')), hs(16, v16(b'me')))
    keys(50706, 0x0090, hs(12, v16(b'hint'), dh), hs(16, v16(b'me'), v16(some(64))))
    keys(50707, 0xc035, hs(12, v16(b''), b'\3', H(23), v8(POINT)), hs(16, v16(b'me'), v8(POINT)))
    keys(50708, 0x0094, hs(12, v16(b'hint')), hs(16, v16(b'me'), v16(some(64))))
    keys(50709, 0x002f, b'', hs(16, some(64)), 0x0300)
    # SSL 2.0's hello, an alert; heartbeats, one of which claims more than it has; protocols by their names.
    specs = hexs('00c02b 00002f 0700c0 010080')
    ssl2 = b'\1' + H(0x0301, len(specs), 0, 16) + specs + some(16)
    pair(50710, (1, H(0x8000 | len(ssl2)) + ssl2), (0, rec(21, b'\2\x28', 0x0301)))
    pair(50711, (1, rec(22, client_hello([0xc02f], (13172, b'')))),
         (0, rec(22, server_hello(0xc02f, (13172, v8(b'h2') + v8(b'http/1.1')), (65281, v8(some(24)))))),
         (1, rec(22, hs(67, v8(b'h2'), v8(bytes(4)))) + rec(24, b'\1' + v16(b'beat') + bytes(16))),
         (0, rec(24, b'\2' + v16(b'beat') + bytes(16))), (1, rec(24, b'\1' + H(16384) + b'cut')))
    return pcap(out)


@sample('http_headers.pcap')
def _():
    def pair(sport, *turns, dport=80):
        """A connection without its end: [(from the client?, bytes)]."""
        x, y, st = 1000, 5000, []
        mss = b'\x02\x04' + H(1460)
        out = [eth(ip4(tcp(sport, dport, x, 0, 'S', opts=mss), 6)),
               eth(ip4(tcp(dport, sport, y, x + 1, 'SA', opts=mss, src=S4, dst=C4), 6, S4, C4), 0x0800, B, A)]
        x, y = x + 1, y + 1
        st.append(('c', 'A', x, y, b''))
        for up, data in turns:
            st.append(('c', 'PA', x, y, data) if up else ('s', 'PA', y, x, data))
            x, y = (x + len(data), y) if up else (x, y + len(data))
        return out + side_by_side(st, sport, dport), x, y
    def head(first, *lines):
        return '\r\n'.join((first,) + lines + ('', '')).encode()
    date = 'Wed, 01 Jan 2025 00:00:00 GMT'
    many = head(
        'GET /find?q=packets&lang=en HTTP/1.1', 'Host: www.example.net', 'User-Agent: sample/1.0', 'Accept: text/html',
        'Accept-Encoding: gzip, br', 'Accept-Language: en, de;q=0.5', 'Authorization: Basic dXNlcjpzZWNyZXQ=',
        'Cache-Control: no-cache', 'Connection: keep-alive', 'Cookie: a=1; b=two', 'Referer: http://www.example.net/',
        'Proxy-Authorization: Basic dXNlcjpzZWNyZXQ=', 'X-Forwarded-For: 198.51.100.7', 'X-Sample: another header')
    answer = head(
        'HTTP/1.1 200 OK', 'Date: ' + date, 'Server: sample/1.0', 'Last-Modified: ' + date, 'Set-Cookie: a=2; Path=/',
        'Set-Cookie: b=3; Secure', 'Location: http://www.example.net/found', 'Content-Type: text/plain; charset=utf-8',
        'Content-Encoding: identity', 'Cache-Control: max-age=60', 'Transfer-Encoding: chunked', 'Trailer: X-Sum') + \
        b'6\r\nhello \r\n7;name=value\r\nworld.\n\r\n0\r\nX-Sum: 13\r\n\r\n'
    out, x, y = pair(50700, (1, many), (0, answer), (1, head('POST /form HTTP/1.1', 'Host: www.example.net',
                     'Content-Type: application/x-www-form-urlencoded', 'Content-Length: 7') + b'a=1&b=2'),
                     (0, head('HTTP/1.1 401 Unauthorized', 'WWW-Authenticate: Basic realm="sample"', 'Content-Length: 0')))
    out += pair(50701, (1, head('GET /chat HTTP/1.1', 'Host: www.example.net', 'Upgrade: websocket', 'Connection: Upgrade',
                'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Protocol: chat', 'Sec-WebSocket-Version: 13',
                'Sec-WebSocket-Extensions: permessage-deflate')),
                (0, head('HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade',
                         'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=', 'Sec-WebSocket-Protocol: chat')))[0]
    out += pair(50702, (1, head('GET / HTTP/1.1', 'Host: www.example.net', 'Connection: Upgrade, HTTP2-Settings',
                'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__')),
                (0, head('HTTP/1.1 426 Upgrade Required', 'Content-Length: 0')))[0]
    out += pair(50703, (1, head('CONNECT www.example.org:2222 HTTP/1.1', 'Host: www.example.org:2222')),
                (0, head('HTTP/1.1 407 Proxy Authentication Required', 'Proxy-Authenticate: Basic realm="proxy"',
                         'Content-Length: 0')),
                (1, head('CONNECT www.example.org:2222 HTTP/1.1', 'Host: www.example.org:2222',
                         'Proxy-Authorization: Basic dXNlcjpzZWNyZXQ=')),
                (0, head('HTTP/1.1 200 Connection established')), (1, b'inside the tunnel\n'), dport=8080)[0]
    # a head that the end of the connection cuts off
    cut, x, y = pair(50704, (1, b'GET /cut HTTP/1.1\r\nHost: www.example.net\r\nAccept: text'))
    out += cut + side_by_side([('c', 'FA', x, y, b''), ('s', 'FA', y, x + 1, b''), ('c', 'A', x + 1, y + 1, b'')],
                              50704, 80)
    # SSDP
    group = '239.255.255.250'
    out += [ask(head('M-SEARCH * HTTP/1.1', 'HOST: 239.255.255.250:1900', 'MAN: "ssdp:discover"', 'MX: 2', 'ST: ssdp:all'),
                50705, 1900, C4, group),
            tell(head('HTTP/1.1 200 OK', 'CACHE-CONTROL: max-age=1800', 'EXT:', 'LOCATION: http://192.0.2.80/device.xml',
                      'SERVER: sample/1.0 UPnP/2.0', 'ST: upnp:rootdevice', 'USN: uuid:0::upnp:rootdevice'), 1900, 50705),
            tell(head('NOTIFY * HTTP/1.1', 'HOST: 239.255.255.250:1900', 'NT: upnp:rootdevice', 'NTS: ssdp:alive',
                      'LOCATION: http://192.0.2.80/device.xml', 'USN: uuid:0::upnp:rootdevice'), 1900, 1900, S4, group)]
    return pcap(out)


# --- fields that few packets carry: IP ----------------------------------------

@sample('icmp_extensions.pcap')
def _():
    lost = ip4(udp(b'a datagram that got lost', 50094, 9), 17)
    lost6 = ip6(udp(b'a datagram that got lost', 50094, 9, C6, S6), 17)
    obj = lambda cls, kind, data=b'': H(4 + len(data)) + bytes([cls, kind]) + data
    text = lambda t: bytes([(1 + len(t) + 3) // 4 * 4]) + t.ljust((1 + len(t) + 3) // 4 * 4 - 1, b'\0')
    def exts(*objects):
        m = b'\x20\0\0\0' + b''.join(objects)
        return m[:2] + H(csum(m)) + m[4:]
    down = lambda m: eth(ip4(m, 1, R4, C4), 0x0800, B, A)
    info4 = obj(2, 0x0f, I(7) + H(1, 0) + ip(R4) + text(b'eth7') + I(1500))
    info6 = obj(2, 0x4e, I(8) + H(2, 0) + ip(R6) + text(b'a-longer-name'))
    out = []
    for more in (exts(info4), exts(info6, obj(2, 0x81, I(9000))),
                 exts(obj(1, 1, I(1000 << 12 | 2, 1001 << 12 | 1 << 8 | 3))),
                 exts(obj(200, 1, b'private use '))):
        pad = lost.ljust(128, b'\0')
        out.append(down(icmp(11, 0, b'\0' + bytes([len(pad) // 4]) + H(0), pad + more)))
        pad = lost6.ljust(128, b'\0')
        out.append(eth(ip6(icmp6(3, 0, bytes([len(pad) // 8, 0, 0, 0]) + pad + more, R6, C6), 58, R6, C6), 0x86dd, B, A))
    # extended echo (RFC 8335): the interface by name, index, address
    for i, which in enumerate((obj(3, 1, b'eth7'), obj(3, 2, I(7)), obj(3, 3, H(1) + b'\4\0' + ip(R4)),
                               obj(3, 3, H(2) + b'\x10\0' + ip(R6)), obj(3, 3, H(16389) + b'\6\0' + mac(B) + b'\0\0'))):
        out.append(eth(ip4(icmp(42, 0, H(6, i << 8 | 1), exts(which)), 1, C4, R4)))
        out.append(eth(ip6(icmp6(160, 0, H(6, i << 8 | 1) + exts(which), C6, R6), 58, C6, R6), 0x86dd))
    return pcap(out)


@sample('icmpv6_more.pcap')
def _():
    out = []
    def put(kind, code, body, src=C6, dst=S6, hop=64):
        out.append(eth(ip6(icmp6(kind, code, body, src, dst), 58, src, dst, hop), 0x86dd))
    all_rpl = 'ff02::1a'
    def mld(kind, body, src, dst):
        m = icmp6(kind, 0, body, src, dst)
        out.append(eth(ip6(hexs('3a00050200000100') + m, 0, src, dst, 1), 0x86dd, A, '33:33:00:00:00:16'))
    mld(143, H(0, 1) + bytes([4, 2]) + H(1) + ip('ff0e::1') + ip(S6) + b'auxiliar', CL, 'ff02::16')
    put(139, 2, H(4, 0) + bytes(range(8)) + ip(C4))                                    # node information
    put(140, 0, H(3, 0x21) + bytes(range(8)) + I(60) + ip(S6) + I(60) + ip(SL), S6, C6)
    put(140, 0, H(4, 0x02) + bytes(range(8)) + I(60) + ip(S4), S6, C6)
    put(134, 0, b'\x40\x20' + H(1800) + I(0, 0) + b'\x08\1' + H(0, 5, 1800) +           # home agent, timestamp
        b'\x0d\2' + bytes(6) + struct.pack('!Q', START << 16 | 0x8000), SL, 'ff02::1', 255)
    put(145, 0, H(1, 0) + ip(R6) + ip('2001:db8::2'), R6, C6)                          # home agents
    match = lambda op, uses: bytes([op, 3 + 4 * len(uses), 1, 32, 32, 64]) + H(0) + ip('2001:db8::') + b''.join(uses)
    use = bytes([32, 16, 0xc0, 0x80]) + I(86400, 14400, 0xc0000000) + ip('2001:db8:8000::')
    put(138, 0, I(1) + b'\1\xe0' + H(100, 0, 0) + match(2, [use, use]), R6, 'ff05::2')
    put(138, 0, I(2) + b'\1\xe0' + H(100, 0, 0) + match(3, []), R6, 'ff05::2')
    put(138, 1, I(1) + b'\1\xc8' + H(0, 0, 0), C6, R6)
    target = b'\5\x0a\0\x40' + ip('2001:db8::')[:8]
    dag = ip('2001:db8::1')
    put(155, 1, b'\x1e\xf0' + H(256) + b'\x88\1\0\0' + dag + b'\0\1\2\0\0' +             # RPL
        b'\4\x0e\0\x08\x0c\x0a' + H(7, 768, 1) + b'\0\xff' + H(60), CL, all_rpl, 255)
    put(155, 2, b'\x1e\xc0\0\7' + dag + target + b'\6\4\0\0\0\xff', CL, SL, 255)
    put(155, 2, b'\x1e\0\0\x08' + b'\5\3\0\x40\x20', CL, SL, 255)                        # a prefix too short
    put(155, 3, b'\x1e\x80\7\0' + dag, SL, CL, 255)
    put(155, 3, b'\x1e\0\x08\1', SL, CL, 255)
    return pcap(out)


@sample('igmp_more.pcap')
def _():
    def ig(kind, code, rest):
        m = bytes([kind, code, 0, 0]) + rest
        return m[:2] + H(csum(m)) + m[4:]
    e = lambda m, dst, src=C4: eth(ip4(m, 2, src, dst, ttl=1, flags=0, opts=hexs('94040000'), tos=0xc0), pad=True)
    g = '233.252.0.7'
    trace = ip(g) + ip(S4) + ip(C4) + ip(C4) + I(64 << 24 | 0x1234)
    hop = I(0x12345678) + ip(R4) + ip('192.0.2.2') + ip('198.51.100.1') + I(1000, 900, 800) + b'\3\1\x60\0'
    rgmp = [e(ig(0xff, 0, bytes(4)), '224.0.0.25', R4), e(ig(0xfd, 0, ip(g)), '224.0.0.25', R4)]
    return pcap([
        e(ig(0x1f, 32, trace), '224.0.0.2'), e(ig(0x1f, 32, trace + hop), R4), e(ig(0x1e, 32, trace + hop + hop), C4, R4),
        e(ig(0x22, 0, H(0, 1) + bytes([2, 2]) + H(1) + ip(g) + ip(S4) + b'auxiliar'), '224.0.0.22'),
        e(ig(0x13, 0, ip(g)), g), e(ig(0x14, 0, ip(g)), g), e(ig(0x30, 20, H(125, 2)), '224.0.0.106', R4)] + rgmp)


@sample('ipv4_options_rare.pcap')
def _():
    o = lambda t, v: bytes([t, 2 + len(v)]) + v
    far = ip('198.51.100.1') + ip('198.51.100.2')
    return pcap([eth(ping4(opts=x)) for x in (
        o(11, H(1500)), o(12, H(1400)), o(25, b'\x07\x40' + I(0x12345678 << 2 & 0xffffffff)), o(130, b'\x5a\x40'),
        o(133, b'\1' + b'more'), o(134, I(1) + b'\1\4\0\2'), o(149, far))])


@sample('ipv6_options.pcap')
def _():
    def opts(nxt, body):
        gap = -(2 + len(body)) % 8
        body += b'' if not gap else b'\0' if gap == 1 else bytes([1, gap - 2]) + bytes(gap - 2)
        return bytes([nxt, (2 + len(body)) // 8 - 1]) + body
    o = lambda t, v: bytes([t, len(v)]) + v
    echo = icmp6(128, 0, H(0x1234, 1) + b'with options')
    e = lambda p: eth(p, 0x86dd)
    calipso = I(1) + b'\0\2' + H(0)
    def crc16(data):                     # X.25 form, as RFC 5570 asks
        c = 0xffff
        for b in data:
            c ^= b
            for _ in range(8):
                c = c >> 1 ^ 0x8408 if c & 1 else c >> 1
        return c ^ 0xffff
    calipso = calipso[:6] + struct.pack('<H', crc16(b'\7\x08' + calipso))
    out = [e(ip6(opts(58, x) + echo, 0)) for x in (
        o(7, calipso), o(0x26, b'\x07\x40' + I(0x48d159e0)), o(0x30, H(1500, 1400 | 1)), o(0x63, b'\x80\x1e' + H(256)),
        o(0x1f, b'nobody knows'), o(0x6d, b'\0\1'), o(5, H(1)))]
    out.append(e(ip6(opts(58, o(4, b'\3')) + echo, 60)))                               # tunnel limit
    # a jumbogram: the length in the option, no captured byte beyond it
    big = opts(58, o(0xc2, I(8 + 70000)))
    m = icmp6(128, 0, H(0x1234, 2) + bytes(70000 - 8))
    n = len(m)
    m = m[:2] + H(csum(pseudo(C6, S6, 58, n) + m[:2] + H(0) + m[4:])) + m[4:]
    p = I(6 << 28) + H(0) + bytes([0, 64]) + ip(C6) + ip(S6) + big + m
    out.append((e(p)[:200], len(e(p))))
    # routing: RPL with addresses left, a type for experiments
    route = bytes([58, 1, 3, 2, 0xee, 0x40]) + H(0) + b'\0\2' + b'\0\x80' + bytes(4)
    out.append(e(ip6(route + icmp6(128, 0, H(0x1234, 3) + b'by RPL'), 43, C6, '2001:db8::1')))
    out.append(e(ip6(bytes([58, 1, 253, 0]) + b'an experimen' + echo, 43)))
    # addresses made from link addresses
    a, b = 'fe80::200:5eff:fe00:c', 'fe80::200:5eff:fe00:5'
    out.append(e(ip6(icmp6(128, 0, H(0x1234, 4) + b'EUI-64', a, b), 58, a, b)))
    return pcap(out)


@sample('ipv6_fragments_odd.pcap')
def _():
    def f(data, off, more, ident, nxt=17, **kw):
        return eth(ip6(bytes([nxt, 0]) + H(off // 8 << 3 | more) + I(ident) + data, 44, **kw), 0x86dd)
    u = udp(bytes(32 + i % 90 for i in range(200)), 50093, 9, C6, S6)
    bad = b'\xee' * 64
    return pcap([
        f(u[:64], 0, 1, 1), f(u[128:], 128, 0, 1), f(u[64:128], 64, 1, 1),             # out of order
        f(u[:64], 0, 1, 2), f(u[:64], 0, 1, 2), f(u[64:], 64, 0, 2),                   # one twice
        f(u[:96], 0, 1, 3), f(u[64:], 64, 0, 3),                                       # overlap, same bytes
        f(u[:96], 0, 1, 4), f(bad[:32] + u[96:], 64, 0, 4),                            # overlap, other bytes
        f(u[:64], 0, 1, 5), f(u[64:], 64, 0, 5), f(bad, 192, 1, 5),                    # beyond the end
        f(u[:64], 0, 1, 6), f(bad, 65528, 0, 6),                                       # beyond 65535
        f(u[:60], 0, 1, 7), f(u[64:], 64, 0, 7),                                       # length not a multiple of 8
    ])


@sample('tcp_reset_cause.pcap')
def _():
    x, y = 1000, 5000
    return pcap(side_by_side([
        ('c', 'S', x, 0, b''), ('s', 'SA', y, x + 1, b''), ('c', 'A', x + 1, y + 1, b''),
        ('c', 'PA', x + 1, y + 1, b'hello\n'), ('s', 'RA', y + 1, x + 7, b'no such service')], 50420))


@sample('tcp_forged_reset.pcap')
def _():
    """Hosts that count their packets, six hops away and none; resets in their names, and one that is genuine."""
    x, y, out, count = 1000, 5000, [], {'c': 100, 's': 40000}
    ts = lambda n: hexs('0101080a') + I(n, n)
    def seg(sport, who, flags, seq, ack, data=b'', win=None, ttl=None, ident=None, opts=None):
        count[who] += 1
        up = who == 'c'
        src, dst = (C4, S4) if up else (S4, C4)
        opts = ts(len(out)) if opts is None else opts
        win = (64240 if 'S' in flags else 501) + (0 if up else 3) if win is None else win
        m = tcp(*((sport, 7777) if up else (7777, sport)), seq, ack, flags, data, win, opts, src, dst)
        m = ip4(m, 6, src, dst, ttl or (64 if up else 58), count[who] if ident is None else ident)
        if ident is not None:
            count[who] -= 1
        out.append(eth(m, 0x0800, *((A, B) if up else (B, A))))
    def talk_on(p, n=3):
        for i in range(n):
            seg(p, 'c', 'PA', x + 1 + 6 * i, y + 1 + 6 * i, b'hello\n')
            seg(p, 's', 'PA', y + 1 + 6 * i, x + 7 + 6 * i, b'world\n')
        return x + 1 + 6 * n, y + 1 + 6 * n
    def open_(p):
        seg(p, 'c', 'S', x, 0)
        syn = count['c']
        seg(p, 's', 'SA', y, x + 1)
        seg(p, 'c', 'A', x + 1, y + 1)
        return syn
    syn = open_(50430)                                                                 # exact, and ignored
    a, b = talk_on(50430)
    seg(50430, 's', 'R', b, 0, win=64240, ttl=61, ident=syn, opts=b'')
    seg(50430, 'c', 'PA', a, b, b'still there?\n')
    seg(50430, 's', 'PA', b, a + 13, b'yes\n')
    seg(50430, 'c', 'FA', a + 13, b + 4)
    seg(50430, 's', 'FA', b + 4, a + 14)
    seg(50430, 'c', 'A', a + 14, b + 5)
    seg(50431, 'c', 'S', x, 0)                                                         # an answer to a SYN, off by one
    seg(50431, 's', 'RA', 0, x, win=64240, ttl=61, ident=count['c'], opts=b'')
    seg(50431, 's', 'SA', y, x + 1)
    seg(50431, 'c', 'A', x + 1, y + 1)
    talk_on(50431)
    open_(50432)                                                                       # genuine, and data behind it
    a, b = talk_on(50432)
    seg(50432, 's', 'RA', b, a)
    seg(50432, 'c', 'PA', a, b, b'too late\n')
    seg(50432, 's', 'R', b, 0, win=0, ident=0, opts=b'')
    open_(50433)                                                                       # blind, outside and inside
    a, b = talk_on(50433)
    seg(50433, 's', 'R', b + 900000, 0, win=0, ttl=49, ident=7, opts=b'')
    seg(50433, 's', 'R', b + 100, 0, win=0, ttl=49, ident=8, opts=b'')
    seg(50433, 'c', 'A', a, b)
    seg(50433, 'c', 'PA', a, b, b'go on\n')
    seg(50433, 's', 'A', b, a + 6)
    return pcap(out)


@sample('gre_more.pcap')
def _():
    o = lambda m: eth(ip4(m, 47, O1, O2))
    def gre(flags, kind, rest, payload):
        m = H(flags, kind) + H(0, 0) + rest + payload
        return m[:4] + H(csum(m)) + m[6:]
    route = H(0x0800) + b'\0\x08' + ip(R4) + ip('198.51.100.1') + H(0x0800) + b'\0\4' + ip('203.0.113.9') + H(0) + b'\0\0'
    arp = hexs('0001080006040001') + mac(A) + ip(C4) + bytes(6) + ip(S4)
    return pcap([o(gre(0xc000, 0x0800, route, ping4())),                               # RFC 1701 with routing
                 o(H(0, 0x883e) + b'\7\x33\5\6' + ping4()),                            # WCCP, version 2
                 o(H(0, 0x883e) + ping4()),                                            # and 1
                 o(H(0, 0x0806) + arp)])


# --- tunnels and tags ---------------------------------------------------------

T1, T2 = '198.51.100.1', '198.51.100.2'


def carried(payload, port, up=True, sport=None):
    """A datagram between the two ends of a tunnel."""
    src, dst = (T1, T2) if up else (T2, T1)
    return eth(ip4(udp(payload, sport or port, port, src, dst), 17, src, dst), 0x0800, *((A, B) if up else (B, A)))


def tv(kind, value):
    return bytes([kind]) + value


def tlv(kind, value):
    return bytes([kind]) + H(len(value)) + value


@sample('gtp.pcap')
def _():
    def v1(kind, teid, body, flags=0x30, extra=b''):
        return bytes([flags, kind]) + H(len(extra + body)) + I(teid) + extra + body
    def control(kind, teid, seq, *elements):
        return v1(kind, teid, b''.join(elements), 0x32, H(seq) + b'\0\0')
    def v0(kind, seq, *elements):
        body = b''.join(elements)
        return bytes([0x1e, kind]) + H(len(body), seq, 7) + b'\xff\xff\xff\xff' + imsi + body
    imsi = hexs('00010132547698f0')                                                    # 001 01 0123456789
    apn = b'\x08internet\x07example'
    ipcp = lambda code, a: hexs('80') + H(0x8021) + b'\x10' + bytes([code, 1]) + H(16) + b'\x81\6' + ip(a) + b'\x83\6' + ip(a)
    qos = hexs('1b921f')
    request = control(16, 0, 2, tv(2, imsi), tv(14, b'\3'), tv(15, b'\1'), tv(16, I(0x11)), tv(17, I(0x12)), tv(20, b'\5'),
                      tv(26, H(0x0800)), tlv(128, hexs('f121')), tlv(131, apn), tlv(132, ipcp(1, '0.0.0.0')),
                      tlv(133, ip(T1)), tlv(133, ip('2001:db8:ffff::1')), tlv(134, hexs('9141527200f0')), tlv(135, b'\2' + qos))
    answer = control(17, 0x12, 2, tv(1, b'\x80'), tv(8, b'\xfe'), tv(14, b'\1'), tv(16, I(0x21)), tv(17, I(0x22)), tv(127, I(9)),
                     tlv(128, hexs('f18d') + ip(C4) + ip(C6)), tlv(132, ipcp(2, R4)), tlv(133, ip(T2)), tlv(133, ip(T2)), tlv(135, b'\2' + qos))
    first = v0(16, 5, tv(6, qos), tv(14, b'\3'), tv(15, b'\1'), tv(16, H(1)), tv(17, H(2)), tlv(128, hexs('f121')), tlv(131, apn), tlv(133, ip(T1)))
    first_answer = v0(17, 5, tv(1, b'\x80'), tv(6, qos), tv(8, b'\xfe'), tv(14, b'\3'), tv(16, H(3)), tv(17, H(4)), tv(127, I(9)), tlv(128, hexs('f121') + ip(C4)))
    v2 = lambda flags, kind, rest: bytes([flags, kind]) + H(len(rest)) + rest
    ie = lambda kind, value: bytes([kind]) + H(len(value)) + b'\0' + value
    return pcap([
        carried(control(1, 0, 1), 2123), carried(control(2, 0, 1, tv(14, b'\1')), 2123, False),
        carried(request, 2123), carried(answer, 2123, False),
        carried(v1(255, 0x21, ping4()), 2152), carried(v1(255, 0x11, ping4(True, 1, S4, C4)), 2152, False),
        carried(v1(255, 0x21, ping6(), 0x36 | 1, H(3) + b'\4\x85' + hexs('0100c900')), 2152),
        carried(v1(255, 0x21, ping4(), 0x34, H(0) + b'\0\xc0' + b'\1' + H(77) + b'\0'), 2152),
        carried(v1(26, 0, tv(16, I(0x99)) + tlv(133, ip(T1)), 0x34, H(0) + b'\0\x40' + b'\1' + H(50123) + b'\0'), 2152),
        carried(v1(255, 0x21, H(0xff03, 0x0021) + ping4()), 2152),
        carried(first, 3386), carried(first_answer, 3386, False),
        carried(bytes([0x0f, 4]) + H(5, 8) + tv(14, b'\1') + tlv(251, b''), 3386),
        carried(v2(0x40, 1, hexs('00000100') + ie(3, b'\7')), 2123), carried(v2(0x40, 2, hexs('00000100') + ie(3, b'\x09')), 2123, False),
        carried(v2(0x48, 32, I(0) + hexs('00000200') + ie(1, imsi) + ie(71, apn) + ie(87, b'\x8a' + I(0x31) + ip(T1))), 2123)])


@sample('overlays.pcap')
def _():
    inner = lambda p, kind=0x0800: eth(p, kind)
    vx = lambda flags, group, vni, p: carried(H(flags, group) + I(vni << 8) + p, 4789, sport=50123)
    gpe = lambda flags, proto, p: carried(bytes([flags, 0, 0, proto]) + I(42 << 8) + p, 4790, sport=50124)
    def geneve(proto, p, opts=b'', flags=0):
        return carried(bytes([len(opts) // 4, flags]) + H(proto) + I(123 << 8) + opts + p, 6081, sport=50125)
    gcp = H(0x0132) + b'\1\1' + I(0xd << 4 | 1) + H(0x0132) + b'\2\4' + I(13) + ip(C4) + bytes(8) + H(0x0132) + b'\3\2' + I(0, 4660)
    return pcap([
        vx(0x0800, 0, 42, inner(ping4())), vx(0x0800, 0, 42, inner(ping4(True, 1, S4, C4))),
        vx(0x8848, 1000, 42, inner(ping6(), 0x86dd)),
        vx(0x0800, 0, 42, inner(ip4(udp(H(0x0800, 0) + I(43 << 8) + inner(ping4()), 50126, 4789), 17))),
        gpe(0x0c, 1, ping4()), gpe(0x0c, 2, ping6()), gpe(0x0c, 3, inner(ping4())), gpe(0x0d, 9, b'not known here'),
        geneve(0x6558, inner(ping4())), geneve(0x0800, ping4(), gcp), geneve(0x6558, inner(ping6(), 0x86dd), H(0x0102) + b'\x80\1' + I(0x00640065), 0x40)])


@sample('erspan.pcap')
def _():
    gre = lambda flags, proto, p: eth(ip4(H(flags, proto) + p, 47, T1, T2))
    seen = eth(ping4())
    two = H(1 << 12 | 100, 5 << 13 | 3 << 11 | 6) + I(20)
    three = lambda low, more=b'': H(2 << 12 | 100, 5 << 13 | 6) + I(2740542463) + H(7, low) + more
    return pcap([
        gre(0, 0x88be, seen), gre(0x1000, 0x88be, I(1) + two + seen),
        gre(0x1000, 0x22eb, I(2) + three(0x8000 | 3 << 4 | 8 | 3 << 1) + seen),
        gre(0x1000, 0x22eb, I(3) + three(0x8000 | 3 << 1 | 1, hexs('3000000000000001')) + seen),
        gre(0x1000, 0x22eb, I(4) + three(2 << 10) + ping4())])


@sample('teredo.pcap')
def _():
    auth = lambda cid, value: H(1) + bytes([len(cid), len(value)]) + cid + value + hexs('cd5669400b22df8800')
    origin = H(0, 3797 ^ 0xffff) + bytes(b ^ 255 for b in ip(C4))
    rs = ip6(icmp6(133, 0, bytes(4), CL, 'ff02::2'), 58, CL, 'ff02::2', 255)
    ra = ip6(icmp6(134, 0, b'\0\0' + H(0) + I(0, 0) + hexs('03044040') + I(4294967295, 4294967295, 0) + ip('2001:0:c633:6402::'),
                   SL, CL), 58, SL, CL, 255)
    bubble = ip6(b'', 59, '2001:0:c633:6402::1', S6)
    return pcap([carried(auth(b'', b'') + rs, 3544, sport=3797), carried(auth(b'me', b'\xaa\xbb\xcc') + origin + ra, 3544, False),
                 carried(bubble, 3544, sport=3797), carried(origin + bubble, 3544, False), carried(ping6(), 3544, sport=3797)])


@sample('tags.pcap')
def _():
    vn = lambda tag, p, kind=0x0800: eth(I(tag) + H(kind) + p, 0x8926)
    itag = lambda tag, p, kind=0x0800: I(tag) + mac(S_MAC) + mac(C_MAC) + H(kind) + p
    S_MAC, C_MAC = '02:00:00:00:01:02', '02:00:00:00:01:01'
    llc = hexs('f0f003') + b'LLC'
    long = ping4(data=bytes(64))
    return pcap([vn(0x0000_0033, ping4()), vn(0xc021_9000, vlan(ping4(), 100), 0x8100), vn(0x0001_0002, llc.ljust(46, b'\0'), len(llc)),
                 vn(3, ping4(data=b'') + bytes(12)), vn(4, long + b'trailer!'),
                 eth(itag(0xb01e_bb30, ping4()), 0x88e7), eth(vlan(itag(0x001e_bb30, vlan(ping4(), 7), 0x8100), 4051, 0x88e7), 0x88a8),
                 eth(itag(5, ping4(data=b'')).ljust(46, b'\0'), 0x88e7), eth(itag(6, long + b'trailer!'), 0x88e7)])


# --- bridges ------------------------------------------------------------------

@sample('lldp.pcap')
def _():
    t = lambda kind, value: H(kind << 9 | len(value)) + value
    own = lambda oui, sub, value: t(127, hexs(oui) + bytes([sub]) + value)
    one, three, med = (lambda s, v, o=o: own(o, s, v) for o in ('0080c2', '00120f', '0012bb'))
    def neighbour(*rest, chassis=b'\4' + mac(A), port=b'\5ge-0/0/7', ttl=120):
        body = t(1, chassis) + t(2, port) + t(3, H(ttl)) + b''.join(rest) + t(0, b'')
        return eth(body, 0x88cc, A, '01:80:c2:00:00:0e', pad=True)
    address = lambda family, a, oid=b'': t(8, bytes([len(a) + 1, family]) + a + b'\2' + I(7) + bytes([len(oid)]) + oid)
    basic = [t(4, b'Port 7'), t(5, b'switch.example.net'), t(6, b'An example of a switch'), t(7, H(0x0014, 0x0004)),
             address(1, ip(R4)), address(2, ip(R6)), address(6, mac(A))]
    ets = hexs('01234567') + bytes([10, 20, 30, 40, 0, 0, 0, 0]) + bytes([2, 2, 2, 0, 0, 0, 0, 255])
    return pcap([
        neighbour(*basic),
        neighbour(one(1, H(10)), one(2, b'\6' + H(20)), one(3, H(10) + b'\3lan'), one(4, b'\x05' + hexs('8100000000')), one(7, b'\3' + I(12)),
                  three(1, b'\3' + H(0x6c01, 30)), three(2, hexs('0f0104') + hexs('51') + H(130, 120)), three(3, b'\1' + I(3)),
                  three(4, H(1522)), three(5, H(17, 17, 17, 17, 17))),
        neighbour(one(9, b'\x83' + ets), one(10, b'\0' + ets), one(11, b'\x84\x18'), one(12, b'\0' + b'\x84\x0c\xbc' + b'\x61\x89\x06')),
        neighbour(med(1, H(0x003f) + b'\3'), med(2, b'\1' + hexs('40156e')), med(2, b'\6' + hexs('800000')),
                  med(3, b'\2' + b'\x0d' + b'\1DE' + b'\6\x04Main' + b'\x13\x0217'), med(3, b'\x03112'),
                  med(4, b'\x53' + H(65)), med(5, b'1.0'), med(6, b'2.0'), med(7, b'3.0'), med(8, b'0815'), med(9, b'Example'), med(10, b'Phone 7'), med(11, b'A-1'),
                  own('00005e', 1, b'https://www.example.net/mud.json'),
                  own('000001', 1, b'x'), chassis=b'\5\1' + ip(C4), port=b'\3' + mac(B)),
        neighbour(chassis=b'\7rack 3', port=b'\4\1' + ip(C4)), neighbour(chassis=b'\5\2' + ip(C6), port=b'\4\2' + ip(C6), ttl=0)])


@sample('stp.pcap')
def _():
    bridge = lambda prio, ext, a: H(prio | ext) + mac(a)
    def body(flags, cost, port, ext=0, ages=(1, 20, 2, 15)):
        return bytes([flags]) + bridge(0x8000, ext, A) + I(cost) + bridge(0x9000, ext, B) + H(port) + H(*(256 * a for a in ages))
    def frame(bpdu, dst='01:80:c2:00:00:00', head=hexs('424203')):
        p = head + bpdu
        return (mac(dst) + mac(B) + H(len(p)) + p).ljust(60, b'\0')
    conf, rst = hexs('00000000'), hexs('00000202')
    region = b'\0' + b'example'.ljust(32, b'\0') + H(7) + hexs('9357ebb7a8d74dd5fef4f2bab50531aa') + I(200000) + bridge(0x8000, 0, A) + b'\x14'
    inst = lambda n, flags: bytes([flags]) + bridge(0x6000, n, A) + I(1000) + b'\x60\x80\x13'
    mst = region + inst(1, 0x7c) + inst(2, 0x3a)
    pvst = hexs('aaaa0300000c010b')
    return pcap([
        frame(conf + body(0, 4, 0x8001)), frame(hexs('00000080')), frame(conf + body(0x81, 4, 0x8001)),
        frame(rst + body(0x0e, 0, 0x8002) + b'\0'), frame(rst + body(0x79, 0, 0x8002) + b'\0'),
        frame(hexs('00000302') + body(0x7c, 200000, 0x8003) + b'\0' + H(len(mst)) + mst),
        frame(hexs('00000402') + body(0x7c, 200000, 0x8003) + b'\0' + H(len(mst)) + mst + H(0)),
        frame(conf + body(0, 4, 0x8004, 10) + b'\0' + H(0, 2, 10), '01:00:0c:cc:cc:cd', pvst),
        frame(rst + body(0x3c, 4, 0x8004, 20) + b'\0' + H(0, 2, 20), '01:00:0c:cc:cc:cd', pvst)])


@sample('lacp.pcap')
def _():
    end = lambda kind, a, key, port, state: bytes([kind, 20]) + H(32768) + mac(a) + H(key, 32768, port) + bytes([state]) + bytes(3)
    def pdu(src, *ends):
        return eth(b'\1\1' + b''.join(ends) + b'\3\x10' + H(1000) + bytes(12) + bytes(2) + bytes(50), 0x8809, src, '01:80:c2:00:00:02')
    none = end(2, '00:00:00:00:00:00', 0, 0, 0)
    return pcap([pdu(A, end(1, A, 13, 1, 0x4f), none), pdu(B, end(1, B, 17, 1, 0x47), end(2, A, 13, 1, 0x4f)),
                 pdu(A, end(1, A, 13, 1, 0x3f), end(2, B, 17, 1, 0x0f)), pdu(B, end(1, B, 17, 1, 0x3f), end(2, A, 13, 1, 0x3f)),
                 pdu(A, end(1, A, 13, 1, 0x85), end(2, B, 17, 1, 0x36))])


# --- fields that few packets carry: links -------------------------------------

@sample('ethernet_more.pcap')
def _():
    fcs = lambda f: f + struct.pack('<I', zlib.crc32(f))
    small, large = eth(ping4(data=b'')), eth(ping4(data=bytes(64)))
    ctp = lambda *parts: eth(b''.join(parts), 0x9000, pad=True)
    le = lambda *v: struct.pack('<%dH' % len(v), *v)
    tag, both = vlan(ping4(data=bytes(64)), 10), eth(vlan(vlan(ping4(), 20), 10, 0x88a8), 0x88a8)
    llc = hexs('424203') + hexs('0000000000') + hexs('1001') + mac(A) + I(4) + hexs('8001') + mac(B) + hexs('8002') + \
        hexs('0100140002000f00')
    label = lambda v, bottom=0: I(v << 12 | bottom << 8 | 64)
    return pcap([
        fcs(small.ljust(60, b'\0')), fcs(large), large + b'trailer!', small.ljust(60, b'\0') + b'a trailer',
        mac(B) + mac(A) + H(1520) + b'neither length nor type',
        eth(tag, 0x8100) + b'trailer!', eth(vlan(llc, 10, len(llc)), 0x8100, A, '01:80:c2:00:00:00', True),
        both, both + b'trailer!', eth(vlan(ping4(data=bytes(64)), 10), 0x88a8) + b'trailer!',
        ctp(le(0, 2) + mac(A) + le(1, 7) + b'loop'), ctp(le(8, 2) + mac(A) + le(1, 7) + b'loop'),
        ctp(le(0, 1, 8) + b'loop'),
        eth(b''.join(label(100 + i) for i in range(20)) + label(200, 1) + ping4(), 0x8847)])


@sample('llc_more.pcap')
def _():
    def e3(llc, dst=B, src=A):
        return (mac(dst) + mac(src) + H(len(llc)) + llc).ljust(60, b'\0')
    snap = lambda oui, pid, data: hexs('aaaa03') + hexs(oui) + H(pid) + data
    return pcap([
        e3(snap('000081', 0x01a2, b'nortel discovery')), e3(snap('123456', 0x0001, b'another organization')),
        e3(snap('0000f8', 0x0800, ping4())), e3(snap('0080c2', 0x0007, b'\0\0' + eth(ping4()))),
        e3(hexs('060603') + ping4()), e3(hexs('e0e003') + hexs('ffff') + H(30) + b'\0\0' + bytes(24)),
        e3(hexs('f0f07f')), e3(hexs('f0f173')), e3(hexs('f0f053')), e3(hexs('f0f10f')), e3(hexs('f0f10500')),
        e3(hexs('f0f00900')), eth(hexs('aaaa03000000') + H(0x0800) + ping4(), 0x8870, pad=True)])


@sample('chdlc.pcap')
def _():
    c = lambda kind, data, addr=0x0f: bytes([addr, 0]) + H(kind) + data
    cdp = b'\2\xb4' + H(0) + H(1, 10) + b'switch'
    cdp = cdp[:2] + H(csum(cdp)) + cdp[4:]
    slarp = lambda kind, a, b, rel=0xffff: I(kind, a, b) + H(rel)
    mask = int.from_bytes(ip('255.255.255.252'), 'big')
    return pcap([
        c(0x8035, slarp(0, 0, 0), 0x8f), c(0x8035, slarp(1, int.from_bytes(ip(R4), 'big'), mask), 0x8f),
        c(0x8035, slarp(2, 1, 0), 0x8f), c(0x8035, slarp(2, 2, 1) + I(600000), 0x8f),
        c(0x0800, ping4()), c(0x0800, ping4(True, src=S4, dst=C4)), c(0x86dd, ping6()), c(0x2000, cdp, 0x8f),
        c(0xfefe, b'\0' + hexs('831b01000f01000001') + mac(A) + H(30, 27) + bytes([64]) + mac(A) + b'\1', 0x8f),
        c(0x8847, I(100 << 12 | 0x140) + ping4())], 104)


@sample('fddi.pcap')
def _():
    rev = lambda a: bytes(int('{:08b}'.format(b)[::-1], 2) for b in mac(a))
    f = lambda fc, data, src=A, dst=B: bytes([fc]) + rev(dst) + rev(src) + data
    return pcap([f(0x50, hexs('aaaa03000000') + H(0x0800) + ping4()), f(0x54, hexs('aaaa03000000') + H(0x86dd) + ping6()),
                 f(0xd0, hexs('aaaa03000000') + H(0x0800) + ping4()), f(0x41, bytes(20)), f(0xc3, bytes(4))], 10)


@sample('nflog.pcap')
def _():
    def tlv(kind, value):
        return struct.pack('<HH', 4 + len(value), kind) + value + bytes(-len(value) % 4)
    def log(family, proto, hook, packet, *more):
        return bytes([family, 0]) + H(5) + tlv(1, H(proto) + bytes([hook, 0])) + b''.join(more) + tlv(9, packet)
    prefix = tlv(10, b'accepted: \0')
    return pcap([
        log(2, 0x0800, 1, ping4(), prefix, tlv(4, I(2)), tlv(6, I(3)), tlv(8, H(6, 0) + mac(A) + H(0)), tlv(2, I(7)),
            tlv(3, struct.pack('!QQ', START, 5)), tlv(12, I(1)), tlv(13, I(2)), tlv(15, H(1)), tlv(17, H(14)),
            tlv(16, mac(B) + mac(A) + H(0x0800))),
        log(2, 0x0800, 3, ping4(True, src=S4, dst=C4), prefix, tlv(5, I(2)), tlv(7, I(3)),
            tlv(11, I(1000)), tlv(14, I(1000))),
        log(10, 0x86dd, 3, ping6(), tlv(5, I(2)), tlv(11, I(0xffffffff)), tlv(14, I(0)))], 239)


@sample('sll_more.pcap')
def _():
    s = lambda kind, dev, addr, proto, data: H(kind, dev, len(addr)) + addr[:8].ljust(8, b'\0') + H(proto) + data
    stp = hexs('424203') + hexs('00000080')
    arp = hexs('0001080006040001') + mac(A) + ip(C4) + bytes(6) + ip(S4)
    return pcap([
        s(0, 778, ip(R4), 0x0800, ping4()), s(4, 778, ip(R4), 0x6558, eth(ping4())), s(0, 768, ip(R4), 0x0800, ping4()),
        s(2, 1, mac(B), 4, stp), s(0, 512, b'', 7, H(0x0021) + ping4()), s(0, 32, bytes(range(20)), 0x0800, ping4()),
        s(0, 803, bytes(range(8)), 0x86dd, ping6()), s(0, 1, mac(A), 0x0800, ping4() + b'trailer!'),
        s(1, 1, mac(A), 0x0806, arp + bytes(18)), s(4, 65534, b'', 0x86dd, ping6())], 113)


@sample('null_types.pcap')
def _():
    le = lambda n: struct.pack('<I', n)
    return pcap([le(0x0800) + ping4(src='127.0.0.1', dst='127.0.0.1'), le(0x86dd) + ping6(src='::1', dst='::1'),
                 hexs('ff030021') + ping4()], 0)


@sample('ppp_direction.pcap')
def _():
    return pcap([bytes([up]) + hexs('ff03') + H(proto) + data for up, proto, data in ppp_frames()[:8]] +
                [b'\1\x21' + ping4(), b'\0\x21' + ping4(True, src=S4, dst=C4)], 204)


@sample('ppp_more.pcap')
def _():
    cp = lambda code, ident, data: bytes([code, ident]) + H(4 + len(data)) + data
    opt = lambda t, v: bytes([t, 2 + len(v)]) + v
    lcp, ipcp = 0xc021, 0x8021
    frames = [
        (lcp, cp(1, 1, opt(4, H(0xc025) + I(1000)))),
        (lcp, cp(1, 1, opt(13, b'\1' + b'5551234') + opt(17, H(1500)) + opt(18, b'') +
                 opt(19, b'\3' + mac(A)) + opt(9, b'\2') + opt(23, H(7)) + opt(3, H(0xc223) + b'\x81') + opt(10, b'\x08') +
                 opt(28, I(106)) + opt(0, hexs('00005e') + b'\1'))),
        (lcp, cp(2, 1, opt(17, H(1500)))), (lcp, cp(7, 2, cp(77, 1, b'unknown'))),
        (lcp, cp(9, 3, I(0x11111111) + b'are you there?')), (lcp, cp(10, 3, I(0x22222222) + b'are you there?')),
        (lcp, cp(11, 4, I(0x11111111) + b'ignore me')), (lcp, cp(12, 5, I(0x11111111) + b'sample 1.0')),
        (lcp, cp(13, 6, I(0x11111111) + I(600) + b'ten minutes left')),
        (lcp, cp(0, 7, I(0x11111111) + hexs('00005e') + b'\1abc')),
        (ipcp, cp(1, 1, opt(2, H(0x002d) + b'\x0f\1') + opt(3, ip(C4)) + opt(130, ip('192.0.2.55')) +
                  opt(132, ip('192.0.2.56')))),
        (ipcp, cp(1, 2, opt(2, H(0x0061, 15, 15, 256, 5, 168)))),
        (ipcp, cp(1, 3, opt(2, H(0x0003, 15, 0, 168) + b'\1\4' + H(1)))),
        (ipcp, cp(1, 4, opt(1, ip(C4) + ip(S4)))), (ipcp, cp(5, 5, b'good bye')), (ipcp, cp(7, 6, cp(77, 1, b'unknown'))),
        (ipcp, cp(99, 7, b'a code of its own')),
        (0x8057, cp(1, 1, opt(1, hexs('000000fffe00000c')) + opt(2, H(0x0061, 15, 15, 256, 5, 168)))),
        (0xc023, cp(3, 1, b'\4nope')),
        (0xc223, cp(4, 7, b'wrong')), (0xc025, I(0x11111111) + bytes(44))]
    return pcap([hexs('ff03') + H(proto) + data for proto, data in frames], 9)


@sample('pppoe_tags.pcap')
def _():
    tag = lambda t, v: H(t, len(v)) + v
    def oe(code, session, data, src=A, dst=B):
        return eth(bytes([0x11, code]) + H(session, len(data)) + data, 0x8863, src, dst, True)
    host = tag(0x0103, b'\x12\x34')
    return pcap([
        oe(9, 0, tag(0x0101, b'internet') + host + tag(0x0120, H(1500)) + tag(0x0110, b'relay 1'), dst=CAST),
        oe(7, 0, tag(0x0101, b'internet') + tag(0x0102, b'concentrator') + host + tag(0x0105, I(32473) + b'\1\2ab'), B, A),
        oe(0x65, 0, tag(0x0101, b'') + host + tag(0x0201, b'no such service'), B, A),
        oe(0x65, 0, tag(0x0101, b'') + host + tag(0x0202, b'out of memory'), B, A),
        oe(0x65, 0, tag(0x0101, b'') + tag(0x0203, b'something else') + tag(0, b''), B, A)])


# --- messages over UDP ----------------------------------------------------------

def ber(tag, *parts):
    body = b''.join(parts)
    n = len(body)
    return bytes([tag]) + (bytes([n]) if n < 128 else b'\x82' + H(n)) + body


def num(v, tag=2):
    return ber(tag, v.to_bytes(v.bit_length() // 8 + 1, 'big', signed=True))


def oid(text):
    arcs = [int(a) for a in text.split('.')]
    out = bytes([arcs[0] * 40 + arcs[1]])
    for arc in arcs[2:]:
        part = bytes([arc & 127])
        while arc > 127:
            arc >>= 7
            part = bytes([arc & 127 | 128]) + part
        out += part
    return ber(6, out)


@sample('ntp.pcap')
def _():
    ask2 = lambda m: ask(m, 123, 123)
    tell2 = lambda m: tell(m, 123, 123)
    stamp = lambda s, f=0: I(START + 2208988800 + s, f)
    head = lambda first, stratum, ref: bytes([first, stratum, 6, 0xec]) + I(0x0010, 0x0800) + ref
    req = head(0xe3, 0, bytes(4)) + bytes(24) + stamp(0, 1 << 31)
    ans = head(0x24, 2, ip(R4)) + stamp(-64) + stamp(0, 1 << 31) + stamp(1) + stamp(1, 1 << 22)
    mac_ = I(8) + bytes(range(16))
    ext = H(0x0104, 36) + bytes(range(32)) + H(0x0204, 104) + bytes(100)
    ctl = lambda op, status, assoc, data=b'': bytes([0x16, op]) + H(7, status, assoc, 0, len(data)) + data + bytes(-len(data) % 4)
    priv = lambda first, err, n, size, data=b'': bytes([first, 5, 3, 42]) + H(err << 12 | n, size) + data
    return pcap([ask2(req), tell2(ans), ask2(req[:-4] + I(7) + mac_), tell2(ans[:24] + req[-8:-4] + I(7) + ans[32:] + mac_),
                 ask2(req + ext), ask2(b'\x1b' + req[1:]), tell2(head(0x1d, 1, b'GPS\0') + stamp(-8) + bytes(16) + stamp(2)),
                 ask2(ctl(1, 0, 0)), tell2(ctl(0x81, 0x0615, 0, H(0xabcd, 0x961a, 0xabce, 0x8011))),
                 ask2(ctl(2, 0, 0xabcd)), tell2(ctl(0x82, 0x961a, 0xabcd, b'srcadr=192.0.2.1, stratum=1')),
                 tell2(ctl(0xc2, 0x0400, 0xffff)), tell2(ctl(0x84, 0x0102, 0xabcd, b'device="GPS"')),
                 ask2(priv(0x17, 0, 0, 0)), tell2(priv(0xd7, 1, 0, 72))])


@sample('snmp.pcap')
def _():
    to = lambda m, port=161: ask(m, 50620, port)
    fro = lambda m: tell(m, 161, 50620)
    msg = lambda v, pdu: ber(0x30, num(v), ber(4, b'public'), pdu)
    bind = lambda name, value=b'\5\0': ber(0x30, oid(name), value)
    pdu = lambda op, ident, *rows, a=0, b=0: ber(0xa0 + op, num(ident), num(a), num(b), ber(0x30, *rows))
    sys = '1.3.6.1.2.1.1.'
    descr, name = bind(sys + '1.0', ber(4, b'a switch')), bind(sys + '5.0', ber(4, b'\x80\0name'))
    every = [bind(sys + '2.0', oid('1.3.6.1.4.1.32473.1')), bind(sys + '3.0', num(360000, 0x43)), bind(sys + '7.0', num(72)),
             bind('1.3.6.1.2.1.4.20.1.1.192.0.2.80', ber(0x40, ip(S4))), bind('1.3.6.1.2.1.2.2.1.10.1', num(2**32 - 5, 0x41)),
             bind('1.3.6.1.2.1.2.2.1.5.1', num(10**9, 0x42)), bind('1.3.6.1.2.1.31.1.1.1.6.1', num(2**40, 0x46)),
             bind('1.3.6.1.4.1.32473.2', ber(0x44, hexs('9f78043f800000'))), bind('1.3.6.1.4.1.32473.3', num(7, 0x47)),
             bind('1.3.6.1.4.1.32473.4', b'\x80\0'), bind('1.3.6.1.4.1.32473.5', b'\x81\0'), bind('1.3.6.1.4.1.32473.6', b'\x82\0'),
             bind('1.3.6.1.4.1.32473.7', ber(0x45, b'\x49\0')), bind('1.3.6.1.4.1.32473.8', ber(0x40, ip(S6))),
             bind('1.3.6.1.4.1.32473.9', ber(0x40, b'abcde')), bind('1.3.6.1.4.1.32473.10', ber(0x48, b'\1'))]
    trap = ber(0xa4, oid('1.3.6.1.4.1.32473'), ber(0x40, ip(C4)), num(6), num(2), num(4711, 0x43), ber(0x30, descr))
    made = struct.pack('<I', START)
    engine = I(0x80000000 | 8072) + b'\x80' + b'\1\2\3\4' + made + bytes(4)
    kinds = [I(0x80007ed9) + bytes([k]) + v for k, v in
             [(1, ip(S4)), (2, ip(S6)), (3, mac(B)), (4, b'tower'), (5, b'\1\2\3')]] + [I(9) + bytes(8)]

    def v3(flags, engine, user, data, context=None):
        glob = ber(0x30, num(99), num(65507), ber(4, bytes([flags])), num(3))
        usm = ber(0x30, ber(4, engine), num(3), num(77), ber(4, user), ber(4, bytes(12 * (flags & 1))), ber(4, bytes(4 * (flags & 2))))
        scoped = ber(4, data) if flags & 2 else ber(0x30, ber(4, engine if context is None else context), ber(4, b'ctx'), data)
        return ber(0x30, num(3), glob, ber(4, usm), scoped)
    return pcap([to(msg(0, pdu(0, 1, bind(sys + '1.0')))), fro(msg(0, pdu(2, 1, descr))),
                 to(msg(1, pdu(1, 2, bind(sys + '1.0'), bind(sys + '5')))), fro(msg(1, pdu(2, 2, name, *every))),
                 to(msg(0, pdu(3, 3, descr))), fro(msg(0, pdu(2, 3, descr, a=4, b=1))),
                 to(msg(1, pdu(5, 4, bind('1.3.6.1.2.1.2'), a=0, b=10))), to(msg(0, trap), 162), to(msg(1, pdu(7, 5, every[1])), 162),
                 to(msg(1, pdu(6, 6, every[1])), 162), to(v3(4, b'', b'', pdu(0, 7))),
                 fro(v3(0, engine, b'', pdu(8, 7, bind('1.3.6.1.6.3.15.1.1.4.0', num(1, 0x41))))),
                 to(v3(7, engine, b'admin', bytes(range(24))))] +
                [to(v3(5, k, b'admin', pdu(0, 8 + i, bind(sys + '1.0')))) for i, k in enumerate(kinds)])


@sample('tftp.pcap')
def _():
    c = lambda m, port, sport=50630: ask(m, sport, port)
    s = lambda m, port, dport=50630: tell(m, port, dport)
    data = lambda n, size: H(3, n) + bytes(size)
    return pcap([c(H(1) + b'boot.img\0octet\0', 69), s(data(1, 512), 40001), c(H(4, 1), 40001), s(data(2, 100), 40001), c(H(4, 2), 40001),
                 c(H(2) + b'router.cfg\0netascii\0blksize\0001024\0tsize\0001500\0', 69, 50631),
                 s(H(6) + b'blksize\0001024\0tsize\0001500\0', 40002, 50631), c(data(1, 1024), 40002, 50631), s(H(4, 1), 40002, 50631),
                 c(data(2, 476), 40002, 50631), s(H(4, 2), 40002, 50631),
                 c(H(1) + b'missing\0octet\0', 69, 50632), s(H(5, 1) + b'File not found\0', 40003, 50632)])


@sample('dhcpv6_options.pcap')
def _():
    opt = lambda code, data=b'': H(code, len(data)) + data
    dom = lambda text: b''.join(bytes([len(p)]) + p.encode() for p in text.split('.')) + b'\0'
    msg = lambda kind, *opts: bytes([kind]) + hexs('5c0a11') + b''.join(opts)
    a = lambda last: ip('2001:db8::' + last)
    cl = lambda m: eth(ip6(udp(m, 546, 547, CL, 'ff02::1:2'), 17, CL, 'ff02::1:2'), 0x86dd, A, '33:33:00:01:00:02')
    sv = lambda m: eth(ip6(udp(m, 547, 546, SL, CL), 17, SL, CL), 0x86dd, B, A)
    rl = lambda m, up: eth(ip6(udp(m, 547, 547, *((R6, S6) if up else (S6, R6))), 17, *((R6, S6) if up else (S6, R6))), 0x86dd)
    llt = opt(1, H(1, 1) + I(788918400) + mac(A))
    server = opt(2, H(2) + I(32473) + b'server 7')
    solicit = msg(1, llt, opt(6, H(23, 24, 39)), opt(8, H(250)), opt(14), opt(39, b'\1' + b'\7station'),
                  opt(15, H(3) + b'lab' + H(5) + b'floor'), opt(16, I(32473) + H(4) + b'v1.0'), opt(4, I(9)),
                  opt(25, I(7) + I(0, 0) + opt(26, I(0, 0) + b'\x38' + bytes(16))), opt(112, b'https://www.example.net/mud'))
    reply = msg(7, llt, server, opt(3, I(1, 1800, 2880) + opt(5, a('10') + I(3600, 7200) + opt(13, H(0) + b'yours'))),
                opt(25, I(7, 1800, 2880) + opt(26, I(3600, 7200) + b'\x38' + ip('2001:db8:0:100::') + opt(67, b'\x40\1'))),
                opt(7, b'\xff'), opt(12, a('80')), opt(17, I(32473) + H(1, 3) + b'abc'), opt(20), opt(21, dom('sip.example.net') + dom('sip.example.org')),
                opt(22, a('5060')), opt(23, a('53') + a('54')), opt(24, dom('example.net')), opt(27, a('27')), opt(28, a('28')),
                opt(29, dom('nis.example.net')), opt(30, dom('nisp.example.net')), opt(31, a('123')), opt(32, I(86400)),
                opt(39, b'\3' + dom('station.example.net')), opt(41, b'CET-1CEST'), opt(42, b'Europe/Berlin'), opt(52, a('5246')),
                opt(56, H(1, 16) + a('123') + H(2, 16) + ip('ff05::101') + H(3, 17) + dom('ntp.example.net')),
                opt(64, dom('aftr.example.net')), opt(103, b'https://portal.example.net/'), opt(82, I(3600)),
                opt(11, b'\3\1\0' + bytes(8) + b'\2' + bytes(16)))
    relay = lambda kind, hops, m, *more: bytes([kind, hops]) + a('1') + ip(CL) + b''.join(more) + opt(9, m)
    return pcap([cl(solicit), rl(relay(12, 1, relay(12, 0, solicit, opt(18, b'port 7')), opt(37, I(32473) + b'\1\2'), opt(38, b'subscriber 9'), opt(135, H(5470))), True),
                 rl(relay(13, 0, reply, opt(18, b'port 7')), False), sv(reply), sv(msg(10, server, opt(19, b'\5'))),
                 cl(msg(11, opt(1, H(4) + bytes(range(16))), opt(6, H(32)))),
                 rl(msg(14, opt(1, H(3, 6) + b'\1\2\3\4\5\6\7\10'), opt(44, b'\1' + a('0') + opt(5, a('10') + I(0, 0)))), True),
                 rl(msg(15, server, opt(45, llt + opt(5, a('10') + I(60, 120)) + opt(46, I(17)) + opt(47, a('1') + b'\0')), opt(48, a('0'))), False),
                 cl(msg(5, llt, opt(3, I(1, 0, 0))[:-2]))])


@sample('radius.pcap')
def _():
    avp = lambda kind, data: bytes([kind, len(data) + 2]) + data
    def pkt(code, ident, *avps):
        body = b''.join(avps)
        return bytes([code, ident]) + H(20 + len(body)) + bytes(range(16)) + body
    n = lambda kind, v: avp(kind, I(v))
    c = lambda m, port=1812: ask(m, 50640, port)
    s = lambda m, port=1812: tell(m, port, 50640)
    who = [avp(1, b'alice'), avp(4, ip(C4)), n(5, 7), n(61, 15), avp(87, b'ge-0/0/7'), avp(32, b'switch 1'), avp(95, ip(C6))]
    return pcap([c(pkt(1, 1, *who, avp(2, bytes(16)), avp(30, b'02-00-00-00-00-05'), avp(31, b'02-00-00-00-00-0C'), n(12, 1500), avp(77, b'CONNECT 1000'), avp(80, bytes(16)))),
                 s(pkt(2, 1, n(6, 2), n(7, 1), avp(8, ip('192.0.2.99')), avp(9, ip('255.255.255.0')), avp(11, b'guests'), n(27, 3600), n(28, 600),
                       avp(26, I(32473) + b'\1\6abcd'))),
                 c(pkt(1, 2, *who)), s(pkt(3, 2, avp(18, b'Go away'))),
                 c(pkt(4, 3, *who, n(40, 2), n(41, 0), n(42, 1000), n(43, 2000), avp(44, b'0000000A'), n(46, 61)), 1813), s(pkt(5, 3), 1813),
                 eth(ip4(udp(pkt(40, 4, avp(1, b'alice')), 50641, 3799, S4, C4), 17, S4, C4), 0x0800, B, A),
                 eth(ip4(udp(pkt(41, 4), 3799, 50641), 17)),
                 c(pkt(1, 5, b'\1\xffab'))])


@sample('syslog.pcap')
def _():
    c = lambda m: ask(m, 514, 514)
    return pcap([c(b'<34>Jan  1 00:00:01 station su[231]: failed for root on /dev/pts/8\0'), c(b'<13>a line without a date\n'),
                 c(b'<165>1 2025-01-01T01:00:02.250+01:00 station.example.net daemon 4711 ID47 [origin@32473 ip="192.0.2.10"] \xef\xbb\xbfstarted'),
                 c(b'<191>1 - - - - - -'), c(b'no priority at all')])


def mqtt_talk(steps, sport, dport=1883):
    """A handshake and one segment for each message: [(segment, source, destination)]."""
    x, y = 1000, 5000
    out = [(tcp(sport, dport, x, 0, 'S'), C4, S4), (tcp(dport, sport, y, x + 1, 'SA', src=S4, dst=C4), S4, C4),
           (tcp(sport, dport, x + 1, y + 1, 'A'), C4, S4)]
    x, y = x + 1, y + 1
    for up, data in steps:
        if up:
            out.append((tcp(sport, dport, x, y, 'PA', data), C4, S4))
            x += len(data)
        else:
            out.append((tcp(dport, sport, y, x, 'PA', data, src=S4, dst=C4), S4, C4))
            y += len(data)
    return out + [(tcp(sport, dport, x, y, 'R'), C4, S4)]


@sample('mqtt.pcap')
def _():
    t = lambda text: H(len(text)) + text
    def m(first, *parts):
        body = b''.join(parts)
        n = len(body)
        return bytes([first]) + (bytes([n]) if n < 128 else bytes([n & 127 | 128, n >> 7])) + body
    p = lambda *props: bytes([sum(map(len, props))]) + b''.join(props)
    connect = lambda version, name, *rest: m(0x10, t(name), bytes([version]), *rest)
    old = [(1, connect(3, b'MQIsdp', b'\2' + H(60), t(b'old'))), (0, m(0x20, b'\0\0')), (1, m(0x8a, H(1), t(b'lab/#'), b'\1')),
           (0, m(0x90, H(1), b'\1')), (1, m(0xa2, H(2), t(b'lab/#'))), (0, m(0xb0, H(2))), (1, b'\xe0\0')]
    usual = [(1, connect(4, b'MQTT', b'\xee' + H(30), t(b'station'), t(b'lab/last'), t(b'gone'), t(b'alice'), t(b'secret'))),
             (0, m(0x20, b'\1\0')), (1, m(0x3d, t(b'lab/temp'), H(7), b'21.5')), (0, m(0x50, H(7))), (1, m(0x62, H(7))), (0, m(0x70, H(7))),
             (1, m(0x82, H(8), t(b'lab/a'), b'\0', t(b'lab/b'), b'\2')), (0, m(0x90, H(8), b'\0\x80')),
             (0, m(0x30, t(b'lab/a'), b'on') + m(0x30, t(b'lab/a'), b'off')), (1, b'\xc0\0'), (0, b'\xd0\0'), (1, b'\xe0\0')]
    pair = b'\x26' + t(b'site') + t(b'lab')
    new = [(1, connect(5, b'MQTT', b'\6' + H(30), p(b'\x11' + I(3600), b'\x21' + H(20), b'\x27' + I(65536), b'\x17\1', pair), t(b'new'),
                       p(b'\x18' + I(5), b'\3' + t(b'text/plain')), t(b'lab/last'), t(b'gone'))),
           (0, m(0x20, b'\0\0', p(b'\x24\1', b'\x22' + H(10), b'\x12' + t(b'assigned')))),
           (1, m(0x82, H(1), p(b'\x0b\x81\1'), t(b'lab/#'), b'\x2e')), (0, m(0x90, H(1), p(), b'\2')),
           (1, m(0x34, t(b'lab/x'), H(2), p(b'\x23' + H(5), b'\1\1', b'\2' + I(60), b'\x08' + t(b'lab/re'), b'\x09' + t(b'id')), b'data')),
           (0, m(0x50, H(2), b'\x10', p(b'\x1f' + t(b'nobody')))), (1, m(0x62, H(2), b'\0')), (0, m(0x70, H(2), b'\0')),
           (1, m(0x32, t(b'lab/y'), H(3), p(), b'y')), (0, m(0x40, H(3), b'\x87')), (1, m(0xa2, H(4), p(), t(b'lab/#'))),
           (0, m(0xb0, H(4), p(), b'\0')), (1, m(0xf0, b'\x19', p(b'\x15' + t(b'SCRAM')))), (0, m(0xe0, b'\x8b', p()))]
    out = []
    for sport, steps in ((50650, old), (50651, usual), (50652, new)):
        out += [eth(ip4(x, 6, s, d), 0x0800, *((A, B) if s == C4 else (B, A))) for x, s, d in mqtt_talk(steps, sport)]
    return pcap(out)


@sample('netbios.pcap')
def _():
    def name(text, kind, fill=b' '):
        raw = text.encode().ljust(15, fill) + bytes([kind])
        return b'\x20' + b''.join(bytes([65 + (x >> 4), 65 + (x & 15)]) for x in raw) + b'\0'
    cast = lambda m, port: eth(ip4(udp(m, port, port, C4, '192.0.2.255'), 17, C4, '192.0.2.255'), 0x0800, A, CAST)
    head = lambda flags, *counts: H(0x1234, flags, *counts)
    who = name('STATION', 0x20)
    nb = lambda flags, owner=b'\xc0\x0c', ttl=300000: owner + H(32, 1) + I(ttl) + H(6, flags) + ip(C4)
    status = b'\3' + b''.join(n.ljust(15).encode() + bytes([k]) + H(f) for n, k, f in
                              [('STATION', 0, 0x0400), ('GROUP', 0, 0x8400), ('STATION', 32, 0x0400)]) + mac(A) + bytes(40)
    dgm = lambda kind, rest: bytes([kind, 0x0a]) + H(7) + ip(C4) + H(138) + rest
    data = lambda *more: H(len(b''.join(more)), 0) + b''.join(more)
    return pcap([cast(head(0x2910, 1, 0, 0, 1) + who + H(32, 1) + nb(0), 137), cast(head(0x0110, 1, 0, 0, 0) + name('SERVER', 0x20) + H(32, 1), 137),
                 eth(ip4(udp(head(0x8580, 0, 1, 0, 0) + nb(0x6000, who), 137, 137), 17)),
                 eth(ip4(udp(head(0x8583, 0, 1, 0, 0) + name('SERVER', 0x20) + H(10, 1) + I(0) + H(0), 137, 137), 17)),
                 tell(head(0, 1, 0, 0, 0) + name('*', 0, b'\0') + H(33, 1), 137, 137),
                 eth(ip4(udp(head(0x8400, 0, 1, 0, 0) + name('*', 0, b'\0') + H(33, 1) + I(0) + H(len(status)) + status, 137, 137), 17)),
                 cast(dgm(0x11, data(name('STATION', 0), name('GROUP', 0x1e), b'a message')), 138),
                 tell(dgm(0x13, b'\x82'), 138, 138), cast(dgm(0x14, name('SERVER', 0x20)), 138)])


# --- broken things ------------------------------------------------------------

@sample('malformed.pcap')
def _():
    good = ip4(tcp(50500, 80, 1, 1, 'PA', b'hello'), 6)
    def reip(p):                         # right header checksum again
        h = p[:10] + H(0) + p[12:20]
        return p[:10] + H(csum(h)) + p[12:]
    def seg(s):                          # right TCP checksum again
        s = s[:16] + H(0) + s[18:]
        return ip4(s[:16] + H(csum(pseudo(C4, S4, 6, len(s)) + s)) + s[18:], 6)
    t = tcp(50500, 80, 1, 1, 'A')
    q = H(7, 0x0100, 1, 0, 0, 0) + b'\3www\7example\3net\0' + H(1, 1)
    dns = lambda m: eth(ip4(udp(m, 53, 50501, S4, C4), 17, S4, C4), 0x0800, B, A)
    name = b'\3www\7example\3net\0'
    dhcp = bytes([1, 1, 6, 0]) + I(7) + bytes(20) + mac(A) + bytes(202) + hexs('63825363')
    six = ping6()
    out = [
        b'', mac(B), mac(B) + mac(A) + b'\x08',                                         # 1-3 less than an Ethernet header
        eth(b''), eth(good[:10]), eth(good[:30]),                                       # 4-6 cut in IP, in TCP
        (eth(good)[:40], len(eth(good))),                                               # 7 cut by the snap length: no error
        eth(reip(b'\x35' + good[1:])),                                                  # 8 version 3
        eth(reip(b'\x43' + good[1:])),                                                  # 9 header length 12
        eth(reip(b'\x4f' + good[1:])),                                                  # 10 header longer than its options
        eth(good[:10] + H(0xbad0) + good[12:]),                                         # 11 IP checksum
        eth(reip(good[:2] + H(1000) + good[4:])),                                       # 12 total length too long
        eth(reip(good[:2] + H(10) + good[4:])),                                         # 13 shorter than the header
        eth(ip4(t[:16] + H(0xbad0) + t[18:], 6)),                                       # 14 TCP checksum
        eth(seg(t[:12] + b'\x40' + t[13:])),                                            # 15 data offset 16
        eth(seg(t[:12] + b'\xf0' + t[13:])),                                            # 16 beyond the segment
        eth(seg(tcp(50500, 80, 1, 0, 'S', opts=b'\2\0\5\xb4'))),                        # 17 option of length 0
        eth(seg(tcp(50500, 80, 1, 0, 'S', opts=b'\1\1\2\x14'))),                        # 18 option beyond the header
        eth(seg(tcp(50500, 80, 1, 0, 'S', opts=b'\2\3\5\0'))),                          # 19 MSS of length 3
        eth(ip4(H(1, 2, 4, 0), 17)), eth(ip4(H(1, 2, 100, 0) + b'short', 17)),          # 20-21 UDP length
        eth(ip4(udp(b'bad sum', 1, 2)[:6] + H(0xbad0) + b'bad sum', 17)),               # 22 UDP checksum
        eth(ip4(udp(b'no sum', 1, 2, check=False), 17)),                                # 23 none: allowed
        eth(ip6(udp(b'no sum', 1, 2, C6, S6, check=False), 17), 0x86dd),                # 24 none: not in IPv6
        eth(ip4(b'\x08\0', 1)), eth(ip4(bytes([3, 3]) + H(0xbad0) + I(0), 1)),          # 25-26 ICMP
        eth(six[:4] + H(500) + six[6:], 0x86dd), eth(six[:30], 0x86dd),                 # 27-28 IPv6
        eth(ip6(bytes([58, 9]) + bytes(6), 0), 0x86dd),                                 # 29 extension header too long
        eth(ip6(bytes([0, 0]) + bytes(6), 0), 0x86dd),                                  # 30 extension header without end
        eth(hexs('0001080006040001') + mac(A)[:3], 0x0806),                             # 31 ARP cut
        eth(hexs('000108000a080001') + mac(A) + ip(C4) + bytes(6) + ip(S4), 0x0806),    # 32 ARP address lengths
        eth(b'\0', 0x8100), eth(H(10), 0x8100),                                         # 33-34 tag cut
        dns(H(7, 0x8180, 1, 0, 0, 0) + b'\xc0\x0c' + H(1, 1)),                          # 35 name that points to itself
        dns(H(7, 0x8180, 1, 0, 0, 0) + b'\xc0\xff' + H(1, 1)),                          # 36 beyond the message
        dns(H(7, 0x8180, 1, 9, 0, 0) + name + H(1, 1)),                                 # 37 nine answers promised
        dns(H(7, 0x8180, 1, 1, 0, 0) + name + H(1, 1) + b'\xc0\x0c' + H(1, 1) + I(60) + H(40) + ip(S4)),  # 38 data length
        dns(q[:5]), dns(H(7, 0x0100, 1, 0, 0, 0) + b'\x3f' + b'a' * 20),                # 39-40 cut
        dns(H(7, 0x0100, 1, 0, 0, 0) + (b'\x3f' + b'a' * 63) * 5 + b'\0' + H(1, 1)),    # 41 name of 320 bytes
        dns(H(7, 0x0100, 1, 0, 0, 0) + b'\x80bad' + H(1, 1)),                           # 42 label type
        eth(ip4(udp(dhcp + b'\x35\x20\x01', 68, 67, '0.0.0.0', '255.255.255.255'), 17, '0.0.0.0', '255.255.255.255')),  # 43
        eth(ip4(udp(dhcp[:100], 68, 67, '0.0.0.0', '255.255.255.255'), 17, '0.0.0.0', '255.255.255.255')),              # 44
        eth(ip4(H(0x2000, 0x0800), 47)), eth(I(100 << 12 | 64), 0x8847),                # 45-46 GRE, MPLS cut
        mac('01:80:c2:00:00:00') + mac(A) + H(200) + hexs('424203'),                    # 47 802.3 length
        mac('01:80:c2:00:00:00') + mac(A) + H(2) + hexs('4242'),                        # 48 LLC cut
        eth(b'\x45', 0x0800), eth(b'', 0x86dd), eth(ip4(b'', 6)), eth(ip4(b'', 17)),    # 49-52 nothing inside
        eth(ip6(icmp6(135, 0, I(0) + ip(S6) + b'\1\0' + mac(A)), 58, hop=255), 0x86dd), # 53 option of length 0
        eth(ip4(b'reserved', 255)), eth(ip4(good, 4, flags=0, off=8)),                  # 54-55
    ]
    return pcap(out)


# --- text and sessions --------------------------------------------------------

def dialogue(steps, sport, dport, src=C4, dst=S4):
    """The frames of a connection with its handshake and end, from [(c or s, data)]."""
    six = ':' in src
    out, seq = [], {'c': 1000, 's': 5000}
    def put(who, flags, data=b''):
        other = 's' if who == 'c' else 'c'
        ends = (sport, dport) if who == 'c' else (dport, sport)
        a, b = (src, dst) if who == 'c' else (dst, src)
        seg = tcp(*ends, seq[who], seq[other] if 'A' in flags else 0, flags, data, src=a, dst=b)
        pack = ip6(seg, 6, a, b) if six else ip4(seg, 6, a, b)
        out.append(eth(pack, 0x86dd if six else 0x0800, *((A, B) if who == 'c' else (B, A))))
        seq[who] += len(data) + ('S' in flags) + ('F' in flags)
    put('c', 'S'), put('s', 'SA'), put('c', 'A')
    for who, data in steps:
        put(who, 'PA', data)
    put('c', 'FA'), put('s', 'FA'), put('c', 'A')
    return out


def crlf(text):
    """(c or s, line) from lines that begin with C: or S:, several with \n between them in one segment."""
    return [(line[0].lower(), (line[3:] + '\r\n').replace('\n', '\r\n').replace('\r\r', '\r').encode('latin-1'))
            for line in text]


def ssh_string(data):
    return I(len(data)) + data


def ssh_packet(payload):
    pad = 8 - (5 + len(payload)) % 8
    pad += 8 if pad < 4 else 0
    return I(1 + len(payload) + pad) + bytes([pad]) + payload + b'\0' * pad


def ssh_init(kex, key, cipher, mac, compression=b'none', languages=b''):
    lists = [kex, key, cipher, cipher, mac, mac, compression, compression, languages, languages]
    return ssh_packet(b'\x14' + bytes(range(16)) + b''.join(map(ssh_string, lists)) + b'\0' + I(0))


@sample('ssh_exchange.pcap')
def _():
    hello = [('s', b'Welcome.\r\nSSH-2.0-server_1\r\n'), ('c', b'SSH-2.0-client_1 sample\r\n')]
    newkeys = [('s', ssh_packet(b'\x15')), ('c', ssh_packet(b'\x15'))]
    sealed = [('c', bytes(range(100, 148))), ('s', bytes(range(150, 198)))]
    num = lambda *b: ssh_string(bytes(b))
    def reply(code, key, value, sig):
        return ssh_packet(bytes([code]) + ssh_string(key) + value + ssh_string(sig))
    def run(port, kex, key, middle):
        init = ssh_init(kex, key, b'aes128-ctr', b'hmac-sha2-256', b'none', b'en')
        return dialogue(hello + [('c', init), ('s', init)] + middle + newkeys + sealed, port, 22)
    ed = ssh_string(b'ssh-ed25519')
    out = run(50221, b'curve25519-sha256', b'ssh-ed25519', [
        ('c', ssh_packet(b'\x1e' + ssh_string(bytes(32)))),
        ('s', reply(31, ed + ssh_string(b'k' * 32), ssh_string(bytes(32)), ed + ssh_string(b's' * 64)))])
    rsa = ssh_string(b'ssh-rsa')
    out += run(50222, b'diffie-hellman-group-exchange-sha256', b'ssh-rsa', [
        ('c', ssh_packet(b'\x22' + I(1024, 2048, 8192))), ('s', ssh_packet(b'\x1f' + num(0, 0x97, 0x11) + num(2))),
        ('c', ssh_packet(b'\x20' + num(1, 2, 3))),
        ('s', reply(33, rsa + num(1, 0, 1) + num(0, 0xc1, 0xc3), num(4, 5), rsa + ssh_string(b's' * 16)))])
    dss = ssh_string(b'ssh-dss')
    out += run(50223, b'diffie-hellman-group14-sha256', b'ssh-dss', [
        ('c', ssh_packet(b'\x1e' + num(9, 9))),
        ('s', reply(31, dss + num(7) + num(5) + num(3) + num(2), num(8, 8), dss + ssh_string(b's' * 40)))])
    curve = ssh_string(b'ecdsa-sha2-nistp256')
    out += run(50224, b'ecdh-sha2-nistp256', b'ecdsa-sha2-nistp256', [
        ('c', ssh_packet(b'\x1e' + ssh_string(b'\4' + bytes(64)))),
        ('s', reply(31, curve + ssh_string(b'nistp256') + ssh_string(b'\4' + b'q' * 64), ssh_string(b'\4' + bytes(64)),
                    curve + ssh_string(num(1, 2) + num(3, 4))))])
    other = ssh_string(b'x509v3-ssh-rsa')
    out += run(50225, b'diffie-hellman-group1-sha1', b'x509v3-ssh-rsa', [
        ('c', ssh_packet(b'\x1e' + num(9, 9))),
        ('s', reply(31, other + ssh_string(b'a certificate'), num(8), other + ssh_string(b's' * 16)))])
    out += dialogue(hello + [('s', ssh_packet(b'\1' + I(2) + ssh_string(b'protocol error') + ssh_string(b'')))], 50226, 22)
    old = I(6) + b'\0\0' + b'\3\xff' + bytes(4)                                        # SSH 1.5: a session key, cut short
    out += dialogue([('s', b'SSH-1.99-server\r\n'), ('c', b'SSH-1.5-client\n'), ('c', old), ('c', old)], 50227, 22)
    return pcap(out)


@sample('socks.pcap')
def _():
    get = b'GET / HTTP/1.1\r\nHost: www.example.net\r\n\r\n'
    ok = b'HTTP/1.1 204 No Content\r\n\r\n'
    out = dialogue([('c', hexs('0401 0050') + ip('198.51.100.1') + b'me\0'), ('s', hexs('005a 0050') + ip('198.51.100.1')),
                    ('c', get), ('s', ok)], 51080, 1080)
    out += dialogue([('c', hexs('0401 0050 00000001') + b'me\0www.example.net\0'), ('s', hexs('005b 0000 00000000'))], 51081, 1080)
    name = bytes([15]) + b'www.example.net'
    out += dialogue([('c', hexs('05020002')), ('s', hexs('0502')), ('c', b'\1\2me\6secret'), ('s', hexs('0100')),
                     ('c', hexs('05010003') + name + H(80)), ('s', hexs('05000001') + ip(S4) + H(1024)),
                     ('c', get), ('s', ok)], 51082, 1080)
    out += dialogue([('c', hexs('050100')), ('s', hexs('0500')), ('c', hexs('05010004') + ip(S6) + H(443)),
                     ('s', hexs('05050001') + ip('0.0.0.0') + H(0))], 51083, 1080)
    return pcap(out)


@sample('ftp.pcap')
def _():
    open_ = crlf(['S: 220-Welcome\n to the sample\n220 ready', 'C: USER anonymous', 'S: 331 Password, please.',
                  'C: PASS guest@example.net', 'S: 230 Logged in.', 'C: PWD', 'S: 257 "/" is current directory.',
                  'C: CWD pub', 'S: 250 Changed.', 'C: TYPE I', 'S: 200 Binary.'])
    def woven(port, steps, data, at, dport, back=False, six=False, more=()):
        """A control connection, and after its step number `at` the data connection."""
        ends = (C6, S6) if six else (C4, S4)
        control = dialogue(open_ + steps + list(more) + crlf(['C: QUIT', 'S: 221 Bye.']), port, 21, *ends)
        n = 3 + len(open_) + at
        flow = dialogue([('c', data)], 20, dport, ends[1], ends[0]) if back else \
            dialogue([('s', data)], port + 100, dport, *ends)
        return control[:n] + flow + control[n:]
    out = woven(52100, crlf(['C: PASV', 'S: 227 Entering Passive Mode (192,0,2,80,196,10).', 'C: RETR a.txt',
                             'S: 150 Here it comes.', 'S: 226 Done.']), b'one\ntwo\n', 4, 50186)
    out += woven(52101, crlf(['C: PORT 192,0,2,10,200,7', 'S: 200 Fine.', 'C: LIST', 'S: 150 Here it comes.', 'S: 226 Done.']),
                 b'-rw-r--r-- 1 0 0 8 Jan 01 00:00 a.txt\r\n', 4, 51207, back=True)
    out += woven(52102, crlf(['C: EPSV', 'S: 229 Entering Extended Passive Mode (|||50200|)', 'C: RETR a.bin',
                              'S: 150 Here it comes.', 'S: 226 Done.']), bytes(range(64)), 4, 50200, six=True)
    out += woven(52103, crlf(['C: EPRT |2|2001:db8::10|51300|', 'S: 200 Fine.', 'C: RETR a.txt', 'S: 150 Here it comes.',
                              'S: 226 Done.']), b'one\ntwo\n', 4, 51300, back=True, six=True)
    out += dialogue(open_ + crlf(['C: EPSV', 'S: 229 Fine (|||50201|)', 'C: EPRT |1|192.0.2.10|51301|', 'S: 200 Fine.',
                                  'C: PORT 198,51,100,7,0,80', 'S: 500 No.', 'C: PASV', 'S: 227 Fine (198,51,100,8,0,81)',
                                  'C: AUTH TLS', 'S: 502 Not here.', 'C: QUIT', 'S: 221 Bye.']), 52104, 21)
    return pcap(out)


@sample('smtp.pcap')
def _():
    head = ['S: 220 mail.example.net ESMTP', 'C: EHLO client.example.net', 'S: 250-mail.example.net\n250-PIPELINING\n250 HELP']
    names = ['Return-Path: <a@example.net>', 'Delivered-To: b@example.net', 'Received: from client.example.net\n\tby mail.example.net; '
             'Wed, 1 Jan 2025 00:00:00 +0000', 'Date: Wed, 1 Jan 2025 00:00:00 +0000', 'From: "A. Sample" <a@example.net>',
             'Sender: <s@example.net>', 'Reply-To: r@example.net', 'To: b@example.net, C <c@example.net>', 'Cc: d@example.net',
             'Bcc: e@example.net', 'Message-ID: <1@example.net>', 'In-Reply-To: <0@example.net>', 'References: <0@example.net>',
             'Subject: a sample', 'Comments: none', 'Keywords: sample, mail', 'User-Agent: make_frames', 'Resent-Date: Wed, 1 Jan '
             '2025 00:00:01 +0000', 'Resent-From: f@example.net', 'Resent-Sender: f@example.net', 'Resent-To: g@example.net',
             'Resent-Cc: h@example.net', 'Resent-Bcc: i@example.net', 'Resent-Message-ID: <2@example.net>', 'MIME-Version: 1.0',
             'Content-Type: text/plain; charset=us-ascii', 'Content-Description: text', 'Content-ID: <3@example.net>',
             'Content-Transfer-Encoding: 7bit', 'Content-Language: en', 'Importance: normal', 'Priority: normal',
             'Sensitivity: personal', 'Expires: Thu, 2 Jan 2025 00:00:00 +0000', 'X-Mailer: make_frames', 'X-MimeOLE: none',
             'X-MS-TNEF-Correlator: 0001', 'X-Virus-Scanned: no', 'X-Original-To: b@example.net', 'Thread-Index: AcpF',
             'Lines: 2', 'Precedence: bulk', 'X-Sample: yes']
    mail = ('\n'.join(names) + '\n\nHello,\n..dots are doubled.\n.\n').replace('\n', '\r\n').encode()
    out = dialogue(crlf(head + ['C: AUTH LOGIN', 'S: 334 VXNlcm5hbWU6', 'C: bWU=', 'S: 334 UGFzc3dvcmQ6', 'C: c2VjcmV0',
                                'S: 235 Accepted.', 'C: MAIL FROM:<a@example.net>\nRCPT TO:<b@example.net>\nDATA',
                                'S: 250 Fine.\n250 Fine.\n354 Go on.']) +
                   [('c', mail[:700]), ('c', mail[700:])] + crlf(['S: 250 Taken.', 'C: QUIT', 'S: 221 Bye.']), 52025, 25)
    out += dialogue(crlf(head + ['C: AUTH PLAIN AG1lAHNlY3JldA==', 'S: 235 Accepted.', 'C: BDAT 12 LAST']) +
                    [('c', b'Hello there\n')] + crlf(['S: 250 Taken.', 'C: QUIT', 'S: 221 Bye.']), 52026, 587)
    return pcap(out)


@sample('sip.pcap')
def _():
    def message(first, *headers, body=''):
        return '\r\n'.join([first, *headers, 'l: %d' % len(body), '', body]).encode()
    common = ['Call-ID: 1@client.example.net', 'From: "A. Sample" <sip:a@client.example.net:5070;transport=udp>;tag=1']
    to = 'To: "B" <sip:b@example.net:5061;user=phone>'
    via = 'Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK1;rport'
    sdp = '\r\n'.join(['v=0', 'o=a 1 2 IN IP4 192.0.2.10', 's=A sample', 'i=Nothing', 'u=https://www.example.net/', 'e=a@example.net',
                       'p=+1 555 0100', 'c=IN IP4 192.0.2.10', 'b=AS:64', 't=3944678400 3944682000', 'r=604800 3600 0 90000',
                       'z=3944678400 -1h', 'm=audio 40000 RTP/AVP 0 8', 'a=rtpmap:0 PCMU/8000', ''])
    invite = message('INVITE sip:b@example.net:5061 SIP/2.0', via, *common, to, 'CSeq: 1 INVITE', 'Max-Forwards: 70',
                     'Contact: <sip:a@192.0.2.10:5062;transport=udp>;expires=60', 'Accept: application/sdp', 'Accept-Encoding: gzip',
                     'Accept-Language: en', 'Allow: INVITE, ACK, BYE', 'Allow-Events: presence', 'Date: Wed, 01 Jan 2025 00:00:00 GMT',
                     'Event: presence', 'Expires: 120', 'Record-Route: <sip:p@example.net;lr>', 'Require: 100rel', 'Route: <sip:p@example.net;lr>',
                     'Subject: A sample', 'Supported: timer', 'User-Agent: make_frames', 'Warning: 399 a "none"', 'X-Sample: yes',
                     'Content-Type: application/sdp', body=sdp)
    asks = 'Digest realm="example.net", nonce="1", opaque="2", stale=FALSE, algorithm=MD5'
    gives = 'Digest username="a", realm="example.net", nonce="1", uri="sip:b@example.net", response="0a0b"'
    refuse = message('SIP/2.0 401 Unauthorized', via + ';received=192.0.2.10', *common, to + ';tag=2', 'CSeq: 1 INVITE', 'Server: make_frames',
                     'WWW-Authenticate: ' + asks, 'Proxy-Authenticate: ' + asks)
    again = message('INVITE sip:b@example.net SIP/2.0', via, *common, to, 'CSeq: 2 INVITE', 'Authorization: ' + gives,
                    'Proxy-Authorization: ' + gives)
    rtp = [hexs('9180 0007 000000a0 deadbeef 00000001 bede0001 10ff0000') + b'sound', hexs('8000 0008 00000140 deadbeef') + b'sound']
    up = lambda data, a=5060, b=5060: eth(ip4(udp(data, a, b), 17))
    down = lambda data, a=5060, b=5060: eth(ip4(udp(data, a, b, S4, C4), 17, S4, C4), 0x0800, B, A)
    out = [up(invite), down(refuse), up(invite), up(again)] + [down(r, 40002, 40000) for r in rtp]
    return pcap(out + dialogue([('c', invite[:200]), ('c', invite[200:]), ('s', refuse), ('c', b'no message\r\n')], 52060, 5060))

@sample('pop.pcap')
def _():
    return pcap(dialogue(crlf(['S: +OK ready', 'C: USER me', 'S: +OK', 'C: PASS secret', 'S: +OK 1 message', 'C: LIST',
                               'S: +OK 1 message\n1 56\n.', 'C: RETR 1', 'S: +OK 56 octets', 'S: From: a@example.net\n'
                               'Subject: a sample\n\nHello there.\n.', 'C: NOOP', 'S: -ERR not here', 'C: QUIT', 'S: +OK bye']),
                         52110, 110))


@sample('imap.pcap')
def _():
    return pcap(dialogue(crlf(['S: * OK ready', 'C: a1 LOGIN me "sec ret"', 'S: a1 OK LOGIN completed', 'C: a2 SELECT INBOX',
                               'S: * 1 EXISTS\n* FLAGS (\\Seen)\na2 OK [READ-WRITE] done', 'C: a3 UID FETCH 1 (BODY[])',
                               'S: * 1 FETCH (UID 7 BODY[] {23}\nSubject: a sample\n\nHi)\na3 OK FETCH completed',
                               'C: a4 LOGOUT', 'S: * BYE\na4 OK LOGOUT completed']), 52143, 143))


@sample('telnet.pcap')
def _():
    return pcap(dialogue([('s', hexs('fffd18 fffd1f fffd23 fffb03 fffd22')), ('c', hexs('fffb18 fffb1f fffb23 fffd03 fffc22')),
                          ('s', hexs('fffa1801fff0 fffa2301fff0 fffa2701fff0')),
                          ('c', hexs('fffa1f00500019fff0 fffa1800') + b'xterm' + hexs('fff0 fffa2300') + b'unix:0' + hexs('fff0')),
                          ('s', hexs('fffa2100fff0 fffb01')), ('c', hexs('fffd01')), ('s', b'\r\nsample\r\nlogin: '),
                          ('c', b'm'), ('s', b'm'), ('c', b'e\r\0'), ('s', b'e\r\nPassword: '), ('c', b'secret\r\0'),
                          ('s', b'\r\nLast login: Wed Jan  1 00:00:00 2025\r\n$ '), ('c', hexs('fff4 fffd06')),
                          ('s', hexs('fffb06 fff2')), ('c', b'exit\r\0')], 52023, 23))


@sample('websocket.pcap')
def _():
    mask = lambda data, key=hexs('37fa213d'): key + bytes(b ^ key[i % 4] for i, b in enumerate(data))
    get = (b'GET /chat HTTP/1.1\r\nHost: www.example.net\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
           b'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n')
    ok = (b'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
          b'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n')
    out = dialogue([('c', get), ('s', ok), ('c', b'\x81\x85' + mask(b'Hello')), ('s', b'\x01\x03Hel' + b'\x80\x02lo'),
                    ('s', b'\x89\x05Hello'), ('c', b'\x8a\x85' + mask(b'Hello')), ('s', b'\x82\x7e' + H(300) + bytes(300)),
                    ('c', b'\x88\x84' + mask(H(1000) + b'ok')), ('s', b'\x88\x02' + H(1000))], 52080, 80)
    out += dialogue([('c', get), ('s', ok), ('s', b'\x82\x7f' + I(0, 16) + bytes(16))], 52081, 80)
    return pcap(out)


@sample('irc.pcap')
def _():
    return pcap(dialogue(crlf(['C: NICK me\nUSER me 0 * :A Sample', 'S: :irc.example.net 001 me :Welcome\nPING :irc.example.net',
                               'C: :me PONG irc.example.net', 'C: JOIN #sample', 'S: :me!me@192.0.2.10 JOIN #sample',
                               'C: PRIVMSG #sample :\1ACTION waves\1', 'C: QUIT :bye', 'S: ERROR :Closing']), 52667, 6667))


# --- file formats -------------------------------------------------------------

def pings():
    out = []
    for i in range(1, 4):
        out += [eth(ping4(seq=i, ident=i)), eth(ping4(True, i, S4, C4, ident=i), 0x0800, B, A)]
    return out


@sample('bigendian.pcap')
def _():
    return pcap(pings(), endian='>')


@sample('bigendian_nano.pcap')
def _():
    return pcap(pings(), endian='>', magic=0xa1b23c4d, step=123456789)


class Ng:
    """A writer of pcapng blocks."""
    def __init__(self, endian='<'):
        self.e, self.out = endian, b''

    def pack(self, f, *v):
        return struct.pack(self.e + f, *v)

    def opts(self, *items):
        out = b''
        for code, value in items:
            value = value.encode() if isinstance(value, str) else value
            out += self.pack('HH', code, len(value)) + value + bytes(-len(value) % 4)
        return out + self.pack('HH', 0, 0) if items else b''

    def block(self, kind, body):
        n = 12 + len(body)
        self.out += self.pack('II', kind, n) + body + self.pack('I', n)

    def section(self, *o):
        self.block(0x0a0d0d0a, self.pack('IHHq', 0x1a2b3c4d, 1, 0, -1) + self.opts(*o))

    def interface(self, link, snap, *o):
        self.block(1, self.pack('HHI', link, 0, snap) + self.opts(*o))

    def packet(self, iface, t, data, *o, wire=None):
        self.block(6, self.pack('IIIII', iface, t >> 32, t & 0xffffffff, len(data), wire or len(data)) +
                   data + bytes(-len(data) % 4) + self.opts(*o))

    def simple(self, data):
        self.block(3, self.pack('I', len(data)) + data + bytes(-len(data) % 4))

    def names(self, *recs):
        out = b''
        for addr, name in recs:
            a = ip(addr)
            v = a + name.encode() + b'\0'
            out += self.pack('HH', 1 if len(a) == 4 else 2, len(v)) + v + bytes(-len(v) % 4)
        self.block(4, out + self.pack('HH', 0, 0))

    def stats(self, iface, t, received, dropped):
        self.block(5, self.pack('III', iface, t >> 32, t & 0xffffffff) +
                   self.opts((4, self.pack('Q', received)), (5, self.pack('Q', dropped))))


@sample('two_interfaces.pcapng')
def _():
    ng = Ng()
    us, ns = START * 10**6, START * 10**9
    ng.section((1, 'A file with two interfaces.'), (1, 'And with a second comment.'), (2, 'no real hardware'),
               (4, 'make_frames.py'))
    ng.interface(1, 262144, (2, 'lan0'), (3, 'The local network'), (9, b'\6'), (11, b'\0icmp'), (12, 'none'))
    ng.interface(101, 64, (2, 'tun0'), (3, 'A tunnel without Ethernet'), (9, b'\x09'))
    ng.names((S4, 'www.example.net'), (S6, 'www.example.net'), (C4, 'client.example.net'))
    p = pings()
    ng.packet(0, us, p[0], (1, 'The first echo request.'), (2, struct.pack('<I', 2)))
    ng.packet(0, us + 20000, p[1], (2, struct.pack('<I', 1)))
    ng.packet(1, ns + 25000123, ping6()[:64], (1, 'Cut to 64 bytes.'), wire=len(ping6()))
    ng.packet(1, ns + 30000456, ping6(True, 1, S6, C6)[:64], wire=len(ping6()))
    ng.simple(p[2])
    ng.packet(0, us + 60000, p[3], (1, 'Zwölf Boxkämpfer – not ASCII.'), (4, struct.pack('<Q', 1)))
    ng.block(0x0bad, struct.pack('<I', 32473) + b'a custom block  ')                   # RFC 5612 number
    ng.block(0x7fff0001, b'an unknown block')
    ng.stats(0, us + 70000, 4, 0)
    ng.stats(1, ns + 70000000, 2, 1)
    return ng.out


@sample('sections.pcapng')
def _():
    out = b''
    for i, e in enumerate('<>'):
        ng = Ng(e)
        ng.section((1, 'section %d' % (i + 1)))
        res = (b'\6', b'\x8a')[i]                                                      # 10^-6 s, 2^-10 s
        ng.interface(1, 0, (2, 'eth%d' % i), (9, res))
        for k, f in enumerate(pings()[:2]):
            ng.packet(0, START * (10**6, 1024)[i] + (20 * k + 100 * i) * (1000, 1)[i], f)
        out += ng.out
    return out


@sample('acme.pcap')
def _():
    """Two messages as datagrams; then both in one TCP connection, the first cut after 6 bytes."""
    hello, reading = b'\1\1' + H(5) + b'sonda', b'\1\2' + H(4) + b'12.5'
    ask = lambda seg, proto: eth(ip4(seg, proto, C4, S4))
    tell = lambda seg: eth(ip4(seg, 6, S4, C4), src=B, dst=A)
    out = [ask(udp(m, 50700, 7788), 17) for m in (hello, reading)]
    both, port = hello + reading, 7788
    up = lambda seq, ack, flags, data=b'': ask(tcp(50701, port, seq, ack, flags, data), 6)
    down = lambda seq, ack, flags: tell(tcp(port, 50701, seq, ack, flags, src=S4, dst=C4))
    end = 101 + len(both)
    out += [up(100, 0, 'S'), down(900, 101, 'SA'), up(101, 901, 'A'), up(101, 901, 'PA', both[:6]), down(901, 107, 'A'),
            up(107, 901, 'PA', both[6:]), up(end, 901, 'FA'), down(901, end + 1, 'FA'), up(end + 1, 902, 'A')]
    return pcap(out)


if __name__ == '__main__':
    sys.dont_write_bytecode = True
    import make_http2
    import make_nbss
    import make_quic
    import make_routing
    import make_rpc
    import make_stories
    import make_wlan
    FILES.update(make_http2.FILES)
    FILES.update(make_nbss.FILES)
    FILES.update(make_quic.FILES)
    FILES.update(make_routing.FILES)
    FILES.update(make_rpc.FILES)
    FILES.update(make_stories.FILES)
    FILES.update(make_wlan.FILES)
    out = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
    for name in sys.argv[2:] or FILES:
        with open(os.path.join(out, name), 'wb') as f:
            f.write(FILES[name]())
