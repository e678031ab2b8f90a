"""Builds the samples of wireless LANs, frame relay, EAP, CDP, PIM and VRRP; make_frames.py runs it."""
import struct
import zlib

from make_frames import A, B, C4, C6, CAST, CL, H, I, R4, S4, S6, SL, csum, eth, hexs, ip, ip4, ip6, mac, pcap, ping4, \
    pseudo, udp

FILES = {}
AP, OTHER = '02:00:00:00:00:a0', '02:00:00:00:00:a1'
h = lambda *v: struct.pack('<%dH' % len(v), *v)
i = lambda *v: struct.pack('<%dI' % len(v), *v)
q = lambda *v: struct.pack('<%dQ' % len(v), *v)
WLAN, RADIOTAP, FRAME_RELAY = 105, 127, 107
SNAP = hexs('aaaa03000000')


def sample(name):
    def keep(f):
        FILES[name] = f
        return f
    return keep


# --- radiotap -----------------------------------------------------------------

ALIGNMENT = {0: 8, 3: 2, 4: 2, 7: 2, 8: 2, 9: 2, 14: 2, 15: 2, 18: 4, 20: 4, 21: 2, 22: 8, 23: 2, 24: 2, 27: 2, 28: 4, 30: 2}


def radiotap(*words):
    """Each word has its values by the numbers of their bits, or is the bits of a vendor whose values stand before."""
    heads, body, start = b'', b'', 4 + 4 * len(words)
    for n, values in enumerate(words):
        last = n == len(words) - 1
        bits = values if isinstance(values, int) else sum(1 << bit for bit in values)
        if not last:
            bits |= 1 << 31 | (0 if bits >> 30 & 1 else 1 << 29)
        heads += i(bits)
        for bit, value in () if isinstance(values, int) else sorted(values.items()):
            body += b'\0' * (-(start + len(body)) % ALIGNMENT.get(bit, 1)) + value
    return b'\0\0' + h(start + len(body)) + heads + body


# --- 802.11 -------------------------------------------------------------------

def header(kind, *addresses, flags=0, duration=44):
    """Type and subtype are one number, as in wlan.fc.type_subtype."""
    return bytes([(kind & 15) << 4 | kind >> 4 << 2, flags]) + h(duration) + b''.join(mac(a) for a in addresses)


def manage(kind, body, src=A, dst=AP, bss=AP, seq=1, flags=0, ht=b''):
    return header(kind, dst, src, bss, flags=flags) + h(seq << 4) + ht + body


def data(kind, flags, addresses, body, seq=1, fragment=0, fourth=None, qos=None, ht=b''):
    return header(kind, *addresses, flags=flags) + h(seq << 4 | fragment) + (mac(fourth) if fourth else b'') \
        + (b'' if qos is None else h(qos)) + ht + body


def checked(frame):
    return frame + i(zlib.crc32(frame))


def tag(number, *parts):
    body = b''.join(parts)
    return bytes([number, len(body)]) + body


def vendor(oui, kind, body=b''):
    return tag(221, hexs(oui), bytes([kind]), body)


def suites(oui, *kinds):
    return h(len(kinds)) + b''.join(hexs(oui) + bytes([kind]) for kind in kinds)


LAN = tag(0, b'lab')
RATES = tag(1, hexs('82848b960c121824')) + tag(50, hexs('3048606c'))
RSN = tag(48, h(1), hexs('000fac04'), suites('000fac', 4), suites('000fac', 2, 8), h(0x0080))
HT = tag(45, h(0x016f), b'\x17', b'\xff' + bytes(22))
VHT = tag(191, i(0x03800192), h(0xfffa, 0, 0xfffa, 0))


@sample('radiotap.pcap')
def _():
    ack = header(0x1d, A, duration=0)
    beacon = manage(0x08, q(1) + h(100, 0x0411) + LAN + RATES, src=AP, dst=CAST)
    flags = lambda value: {1: bytes([value])}
    mcs = {19: hexs('7f1d0f')}
    vht = {20: i(7) + h(0x00bf) + b'\x4e\0', 21: h(0x01e7) + hexs('2704948382710515') + h(0x1ff)}
    return pcap([
        radiotap({0: q(1000000), 1: b'\x10', 2: b'\x0c', 3: h(2412, 0xa0), 5: b'\xc4', 6: b'\xa1', 11: b'\1', 14: h(2)})
        + checked(beacon),
        radiotap({1: b'\0', 2: b'\x02', 4: b'\1\2', 7: h(100), 8: h(3), 9: h(4), 10: b'\x14', 12: b'\x39', 13: b'\x0b',
                  15: h(0x3f), 17: b'\2'}) + ack,
        radiotap({**flags(0x10), 18: i(0x10140) + h(5180) + b'\x24\x14', **mcs}) + checked(ack),
        radiotap({**flags(0), **vht}) + ack,
        radiotap({22: q(123456789) + h(20) + b'\x11\x02', 23: h(1, 2, 3, 4, 5, 6), 24: h(7, 8) + bytes(8), 26: b'\1',
                  27: h(3, 0x064b)}) + ack,
        radiotap({5: b'\xc4'}, {5: b'\xc3', 11: b'\0'}, {5: b'\xc2', 11: b'\1'}) + ack,
        radiotap({2: b'\x16', 30: hexs('020304') + b'\7' + h(3) + b'own'}, 0x00ffffff, {2: b'\x0c'}) + ack,
        radiotap({2: b'\x16', 28: h(40, 3) + b'new\0' + h(41, 0)}) + ack,
        radiotap({1: b'\x30'}) + checked(data(0x28, 1, (AP, A, B), b'\0\0' + SNAP + H(0x0800) + ping4(), qos=6)),
        hexs('0000080001000000') + ack,
    ], RADIOTAP)


@sample('wlan_management.pcap')
def _():
    wmm = b''.join(hexs(row) for row in ('03a40000', '27a40000', '42435e00', '62322f00'))
    beacon = q(0x123456789) + h(100, 0x0c31) + LAN + RATES + b''.join((
        tag(3, b'\6'), tag(5, hexs('00030100')), tag(7, b'DE \1\x0d\x14\xc9\x51\x01'), tag(11, h(2), b'\x40', h(10000)),
        tag(32, b'\3'), tag(42, b'\4'), RSN, tag(54, hexs('123401')), HT, tag(61, hexs('06050100'), bytes(18)),
        tag(127, hexs('0400080000000040')), VHT, tag(192, hexs('012a00'), h(0xfffc)),
        vendor('0050f2', 1, h(1) + hexs('0050f202') + suites('0050f2', 2, 4) + suites('0050f2', 2)),
        vendor('0050f2', 2, b'\1\1\x84\0' + wmm), vendor('506f9a', 16, hexs('0700')), tag(255, b'\x23' + bytes(4))))
    known = tag(48, h(1), hexs('000fac04'), suites('000fac', 4), suites('000fac', 8), h(0xc0), h(1), bytes(range(16)),
                hexs('000fac06'))
    shared = lambda step, body=b'', **kw: manage(0x0b, h(1, step, 0) + body, seq=10 + step, **kw)
    back = dict(src=AP, dst=A)
    return pcap([
        manage(0x08, beacon, src=AP, dst=CAST),
        manage(0x04, tag(0) + RATES + HT + VHT, dst=CAST, bss=CAST),
        manage(0x05, q(0x123456799) + h(100, 0x0411) + LAN + RATES, seq=2, **back),
        shared(1), shared(2, tag(16, bytes(range(32))), **back),
        manage(0x0b, b'\0\0\0\x40' + bytes(range(40)), seq=13, flags=0x40),
        shared(4, **back),
        manage(0x0b, h(3, 1, 0, 19) + bytes(range(32)), seq=14),
        manage(0x00, h(0x0431, 10) + LAN + RATES + tag(33, b'\xfe\x14') + known + vendor('0050f2', 2, b'\0\1\x0f'), seq=15),
        manage(0x01, h(0x0431, 0, 0xc001) + RATES, seq=3, **back),
        manage(0x02, h(0x0431, 10) + mac(OTHER) + LAN + RATES, seq=16),
        manage(0x03, h(0x0431, 17, 0xc000) + RATES, seq=4, **back),
        manage(0x06, q(1) + h(0x0431) + LAN, seq=5, src=AP, dst=CAST),
        manage(0x09, b'', seq=17),
        manage(0x0d, hexs('0000012500'), seq=18),
        manage(0x0d, hexs('010000'), seq=19),
        manage(0x0d, b'\3\0\1' + h(0x1003, 0, 0x20), seq=20),
        manage(0x0d, b'\3\1\1' + h(0, 0x1003, 0), seq=6, **back),
        manage(0x0d, b'\3\2' + h(0x1800, 39), seq=21),
        manage(0x0d, hexs('0404'), seq=7, src=AP, dst=CAST), manage(0x0d, hexs('0701'), seq=22),
        manage(0x0d, b'\x08\0' + h(0x0102), seq=23), manage(0x0d, hexs('15023f'), seq=24), manage(0x0e, hexs('7f506f9a'), seq=25),
        manage(0x0a, h(8), seq=26, flags=0x80, ht=i(3)), manage(0x0c, h(3), seq=8, **back),
        manage(0x04, tag(0, b'lab') + b'\1\7\x82', seq=27, dst=CAST, bss=CAST),
    ], WLAN)


@sample('wlan_data.pcap')
def _():
    echo, answer = SNAP + H(0x0800) + ping4(), SNAP + H(0x0800) + ping4(True, src=S4, dst=C4)
    up, down = (AP, A, B), (A, AP, B)
    key = hexs('888e') + hexs('0203005f02008a0010') + bytes(7) + b'\1' + bytes(range(32)) + bytes(48) + bytes(2)
    block = lambda kind, control, more=b'': header(kind, AP, A) + h(control, 0x0120) + more
    return pcap([
        data(0x20, 1, up, echo), data(0x20, 2, down, answer), data(0x28, 1, up, echo, seq=2, qos=6),
        data(0x28, 1, up, echo, seq=3, qos=0x4016), data(0x28, 2, down, answer, seq=2, qos=0x0250),
        data(0x28, 0x81, up, echo, seq=4, qos=0, ht=i(0x80000001)), data(0x20, 3, (AP, OTHER, B), echo, fourth=A, seq=5),
        data(0x20, 0, (B, A, AP), echo, seq=6), data(0x20, 5, up, echo[:24], seq=7), data(0x20, 1, up, echo[24:], seq=7, fragment=1),
        data(0x24, 0x11, up, b'', seq=8), data(0x2c, 1, up, b'', seq=9, qos=0x10),
        data(0x28, 2, down, mac(A) + mac(B) + H(len(answer)) + answer, seq=3, qos=0x80),
        data(0x20, 0x41, up, hexs('01020340') + bytes(range(40)), seq=10),
        data(0x28, 0x42, down, hexs('0121022003000000') + bytes(range(40)), seq=4, qos=0),
        data(0x28, 0x49, up, hexs('0100006000000000') + bytes(range(40)), seq=11, qos=0),
        data(0x28, 2, down, SNAP + key, seq=5, qos=6),
        header(0x1b, AP, A), header(0x1c, A), header(0x1d, A, duration=0), header(0x1a, AP, A, duration=0xc001),
        header(0x1e, CAST, AP, duration=0), header(0x1f, CAST, AP, duration=0), block(0x18, 0x1004), block(0x19, 0x1005, b'\xff' + bytes(7)),
        block(0x19, 0, bytes(128)), header(0x15, A, AP) + b'\4\1\0', header(0x14, A, AP) + b'\0', header(0x12, CAST, AP) + bytes(8),
        header(0x17, A, duration=0) + hexs('c4000000'), header(0x30, AP), header(0x31, AP), header(0x1d, A)[:7],
        b'\1' + header(0x1d, A)[1:],
    ], WLAN)


# --- frame relay --------------------------------------------------------------

@sample('frame_relay.pcap')
def _():
    dlci = hexs('1841')
    bridged = eth(ping4(), 0x0800)
    return pcap([
        dlci + b'\3\xcc' + ping4(), hexs('1a41') + b'\3\xcc' + ping4(True, src=S4, dst=C4), dlci + b'\3\x8e' + ip6(udp(b'x', 1, 9, C6, S6), 17),
        dlci + hexs('030080000000') + H(0x0800) + ping4(seq=2), dlci + hexs('0300800080c20007') + bridged,
        dlci + hexs('03008000000c2000') + cdp((1, b'frad')), dlci + hexs('03cf') + H(0x0021) + ping4(seq=3),
        dlci + hexs('0382811101'), dlci + hexs('03b1aabb'), hexs('184d') + H(0x0800) + ping4(seq=4), hexs('1843') + H(0x86dd) + ip6(b'', 59),
        hexs('000c05') + hexs('220082811101'), hexs('1c003007') + hexs('0105'), hexs('1e413f'), hexs('1a410105'), dlci + hexs('7f'),
        hexs('0001') + hexs('030800007501010003020a14'), hexs('00010000'), dlci + b'\xaf\0', hexs('0101'), dlci,
    ], FRAME_RELAY)


# --- EAP ----------------------------------------------------------------------

def eapol(kind, body=b'', version=2, up=True):
    return eth(bytes([version, kind]) + H(len(body)) + body, 0x888e, *((A, '01:80:c2:00:00:03') if up else (B, A)))


def eap(code, number, body=b''):
    return eapol(0, bytes([code, number]) + H(4 + len(body)) + body, up=code == 2)


@sample('eapol.pcap')
def _():
    words = lambda kind, body: bytes([kind, (len(body) + 5) // 4]) + body + b'\0' * (-(len(body) + 2) % 4)
    text = b'\x10' + bytes(range(16))
    answer = b'\x31' + bytes(range(16)) + bytes(8) + bytes(range(24)) + b'\0'
    chap = lambda code, body: b'\x1a' + bytes([code, 9]) + H(4 + len(body)) + body
    rc4 = lambda index, key=b'': eapol(3, b'\1' + H(5) + bytes(7) + b'\1' + bytes(range(16)) + bytes([index]) + bytes(16) + key,
                                       1, False)

    def key(info, body, up, descriptor=2, nonce=bytes(range(32)), replay=1):
        return eapol(3, bytes([descriptor]) + H(info, 16) + bytes(7) + bytes([replay]) + nonce + bytes(16) + bytes(8) + bytes(8)
                     + (bytes(range(16)) if info & 0x100 else bytes(16)) + H(len(body)) + body, up=up)

    return pcap([
        eapol(1), eap(1, 1, b'\1'), eap(2, 1, b'\1alice'), eap(1, 2, b'\2be patient'), eap(2, 2, b'\2'), eap(1, 3, b'\4' + text + b'srv'),
        eap(2, 3, b'\3\x19\x0d'), eap(1, 4, b'\x0d\x20'), eap(2, 4, b'\x0d\xc0' + I(300) + hexs('160301')), eap(1, 4, b'\x0d\0'),
        eap(2, 4, b'\x19\x01' + hexs('1403010001')), eap(1, 5, b'\x11\1\0\x08' + bytes(8) + b'ap'), eap(2, 5, b'\x11\1\0\x18' + bytes(24) + b'alice'),
        eap(1, 6, b'\x12\x0a\0\0' + words(15, hexs('000200010000')) + words(17, hexs('0100'))),
        eap(2, 6, b'\x12\x0a\0\0' + words(14, H(5) + b'alice') + words(7, bytes(18)) + words(16, hexs('0001'))),
        eap(1, 7, b'\x12\x0c\0\0' + words(12, H(16384))), eap(2, 7, b'\x12\x0e\0\0' + words(22, H(0))),
        eap(1, 8, b'\x17\1\0\0' + words(1, bytes(18)) + words(2, bytes(18))), eap(2, 8, b'\x17\4\0\0' + words(4, bytes(14))),
        eap(1, 9, b'\x17\x0c\0\0' + words(12, H(0))), eap(2, 9, b'\x17\x0e\0\0' + words(22, H(0))),
        eap(1, 9, chap(1, text + b'srv')), eap(2, 9, chap(2, answer + b'alice')), eap(1, 10, chap(3, b'S=0123')), eap(2, 10, b'\x1a\3'),
        eap(1, 11, chap(4, b'E=691 R=0')), eap(2, 11, chap(7, bytes(4))), eap(1, 12, b'\xfe\0\0\0' + I(5) + b'own'), eap(2, 12, b'\6one time'),
        eap(3, 13), eap(4, 14), rc4(0x83, b'12345'), rc4(2), key(0x008a, hexs('dd14000fac04') + bytes(16), False),
        key(0x010a, hexs('3014') + h(1) + hexs('000fac04') + suites('000fac', 4) + suites('000fac', 2) + h(0), True),
        key(0x13ca, bytes(56), False, replay=2), key(0x030a, b'', True, nonce=bytes(32), replay=2), key(0x1382, bytes(40), False, replay=3),
        key(0x0302, b'', True, nonce=bytes(32), replay=3), key(0x0109, b'', True, 254), eapol(5, b'\1\x20\x10\0', 3), eapol(2),
    ])


# --- Cisco Discovery Protocol -------------------------------------------------

def cdp(*elements, version=2):
    m = bytes([version, 180, 0, 0]) + b''.join(H(kind, 4 + len(body)) + body for kind, body in elements)
    # A last odd byte counts as a number with a sign, and one is lost where it is negative.
    last = m[-1]
    padded = m if len(m) % 2 == 0 else m[:-1] + (b'\0' + bytes([last]) if last < 128 else b'\xff' + bytes([last - 1]))
    return m[:2] + H(csum(padded)) + m[4:]


@sample('cdp.pcap')
def _():
    def frame(message):
        body = hexs('aaaa0300000c2000') + message
        return eth(body, len(body), B, '01:00:0c:cc:cc:cc', pad=True)

    address = lambda protocol, a: bytes([1 if len(protocol) == 1 else 2, len(protocol)]) + protocol + H(len(a)) + a
    four, six, other = hexs('cc'), hexs('aaaa0300000086dd'), hexs('81')
    addresses = I(3) + address(four, ip(R4)) + address(six, ip(SL)) + address(other, hexs('49000102'))
    cluster = hexs('00000c') + H(0x0112) + ip('0.0.0.0') + ip('255.255.255.255') + hexs('01022fff') + bytes(6) + mac(B) + b'\xff' + H(1)
    return pcap([
        frame(cdp((1, b'switch1'), (2, addresses), (3, b'GigabitEthernet0/5'), (4, I(0x28)), (5, b'Software, release 1\nof the lab'),
                  (6, b'switch of the lab'), (8, cluster), (9, b'Lab'), (10, H(1)), (11, b'\1'), (18, b'\0'), (19, b'\0'),
                  (22, I(1) + address(four, ip(R4))), (26, H(0, 1) + I(0, 0xffffffff)))),
        frame(cdp((1, b'phone1'), (3, b'Port 1'), (4, I(0x490)), (11, b'\1'), (14, b'\1' + H(20)), (15, b'\x20'), (16, H(6300)), (17, I(1500)),
                  (20, b'phone'), (21, hexs('06082b0601040109')), (23, b'\0room 1'), (25, H(7, 0) + I(6300)), (31, b'\0'))),
        frame(cdp((1, b'router1'), (7, ip('192.0.2.0') + b'\x18' + ip('198.51.100.0') + b'\x18'), (8, hexs('00000c') + H(0x0115) + b'\xe0'))),
        frame(cdp((1, b'stub1'), (7, ip(R4)), version=1)), frame(hexs('02b4d0f20001000573')), frame(hexs('02b4fd4b00010002')),
    ])


# --- routers ------------------------------------------------------------------

@sample('pim.pcap')
def _():
    def pim(kind, body, src=R4, dst='224.0.0.13', covered=None):
        m = bytes([0x20 | kind, 0]) + H(0) + body
        part = m[:covered]
        c = csum(part if '.' in src else pseudo(src, dst, 103, len(part)) + part)
        return router(m[:2] + H(c) + m[4:], src, dst)

    def router(m, src=R4, dst='224.0.0.13'):
        if '.' in src:
            return eth(ip4(m, 103, src, dst, ttl=1), 0x0800, B, '01:00:5e:00:00:0d')
        return eth(ip6(m, 103, src, dst, hop=1), 0x86dd, B, '33:33:00:00:00:0d')

    family = lambda a: b'\1\0' if '.' in a else b'\2\0'
    unicast = lambda a: family(a) + ip(a)
    prefix = lambda a, flags=0, length=None: family(a) + bytes([flags, (32 if '.' in a else 128) if length is None else length]) + ip(a)
    option = lambda kind, body=b'': H(kind, len(body)) + body
    group, group6, all6 = '239.1.1.1', 'ff3e::1', 'ff02::d'
    joins = lambda up, g, join, prune: unicast(up) + b'\0\1' + H(210) + prefix(g) + H(1, 1) + prefix(join, 7) + prefix(prune, 5)
    boot = lambda bsr, g, rp: H(0x04b0) + b'\x1e\x40' + unicast(bsr) + prefix(g, 0x80, 4) + b'\1\1\0\0' + unicast(rp) + H(150) + b'\7\0'
    dummy = ip4(b'', 103, C4, group)
    refresh = lambda g, s, o: prefix(g) + unicast(s) + unicast(o) + I(101, 10) + b'\x18\x10\xa0\x3c'
    six = dict(src=SL, dst=all6)
    return pcap([
        pim(0, option(1, H(105)) + option(2, H(0x81f4, 2500)) + option(19, I(1)) + option(20, I(0x12345678)) + option(21, hexs('013c0000'))
            + option(22) + option(24, unicast('192.0.2.2')) + option(65001, unicast('192.0.2.3')) + option(99, b'new')),
        pim(0, option(1, H(105)) + option(24, unicast(S6)), **six),
        pim(1, I(0x80000000) + ip4(udp(b'stream', 5004, 5004, C4, group), 17, C4, group), dst=S4, covered=8),
        pim(1, I(0x40000000) + dummy, dst=S4, covered=8), pim(1, I(0) + ip6(udp(b'stream', 5004, 5004, C6, group6), 17, C6, group6), S6, C6, 8),
        pim(1, I(0x40000000) + ip6(b'', 103, C6, group6), S6, C6, 8), pim(2, prefix(group) + unicast(C4), S4, R4), pim(2, prefix(group6) + unicast(C6), S6, C6),
        pim(3, joins('192.0.2.2', group, C4, S4)), pim(3, joins(CL, group6, C6, S6), **six), pim(4, boot(R4, '224.0.0.0', '192.0.2.3')),
        pim(4, boot(S6, 'ff00::', C6), **six), pim(5, prefix(group) + unicast(C4) + I(0x80000065, 10)),
        pim(6, joins('192.0.2.2', group, C4, S4)), pim(7, joins('192.0.2.2', group, C4, S4)),
        pim(8, b'\1\0' + H(150) + unicast('192.0.2.3') + prefix('224.0.0.0', 0, 4), dst=S4),
        pim(9, refresh(group, C4, R4)), pim(9, refresh(group6, C6, S6), **six), pim(12, b'', R4), router(hexs('1000efff')),
    ])


@sample('vrrp.pcap')
def _():
    def vrrp(version, interval, *addresses, prio=100, tail=b'', src=R4, dst='224.0.0.18', count=None):
        m = bytes([version << 4 | 1, 7, prio, len(addresses) if count is None else count]) + interval + H(0) + b''.join(map(ip, addresses)) + tail
        c = csum((pseudo(src, dst, 112, len(m)) if version == 3 else b'') + m)
        m = m[:6] + H(c) + m[8:]
        if '.' in src:
            return eth(ip4(m, 112, src, dst, ttl=255), 0x0800, '00:00:5e:00:01:07', '01:00:5e:00:00:12')
        return eth(ip6(m, 112, src, dst, hop=255), 0x86dd, '00:00:5e:00:02:07', '33:33:00:00:00:12')

    return pcap([
        vrrp(2, b'\0\1', '192.0.2.100', tail=bytes(8)), vrrp(2, b'\1\1', '192.0.2.100', '192.0.2.101', tail=b'lab\0\0\0\0\0'),
        vrrp(3, H(100), '192.0.2.100', prio=255), vrrp(3, H(100), 'fe80::64', '2001:db8::64', src=SL, dst='ff02::12'),
        vrrp(3, H(100), '192.0.2.100', prio=0), vrrp(3, H(100), '192.0.2.100', count=9),
    ])
