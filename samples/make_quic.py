"""Builds the sample of QUIC; make_frames.py runs it. Nothing is secret here: the keys of Initial packets come from what
their headers say (RFC 9001 section 5.2)."""
import hashlib
import hmac

from make_frames import A, B, C4, C6, H, I, S4, S6, eth, hexs, ip, ip4, ip6, pcap, udp

FILES = {}
V1, V2, DRAFT_29, RESERVED = 1, 0x6b3343cf, 0xff00001d, 0x1a2a3a4a
SALTS = {
    V1: hexs('38762cf7f55934b34d179ae6a4c80cadccbb7f0a'),
    V2: hexs('0dede3def700a6db819381be6e269dcbf9bd2ed9'),
    DRAFT_29: hexs('afbfec289993d24c9e9786f19c6111e04390a899'),
}
INITIAL, ZERO_RTT, HANDSHAKE, RETRY = range(4)
PING = b'\1'


def sample(name):
    def keep(f):
        FILES[name] = f
        return f
    return keep


# --- AES-128-GCM (FIPS 197, NIST SP 800-38D) ------------------------------------

def _sbox():
    power, log, x = [0] * 255, [0] * 256, 1
    for i in range(255):
        power[i], log[x] = x, i
        x ^= x << 1 ^ (0x11b if x & 0x80 else 0)
    box = []
    for b in range(256):
        y = power[-log[b] % 255] if b else 0
        box.append(0x63 ^ y ^ (y << 1 | y >> 7) & 255 ^ (y << 2 | y >> 6) & 255 ^ (y << 3 | y >> 5) & 255
                   ^ (y << 4 | y >> 4) & 255)
    return box


SBOX = _sbox()
double = lambda b: b << 1 ^ (0x11b if b & 0x80 else 0)
xor = lambda a, b: bytes(x ^ y for x, y in zip(a, b))


def round_keys(key):
    words = [key[i:i + 4] for i in range(0, 16, 4)]
    rcon = 1
    for i in range(4, 44):
        w = words[-1]
        if i % 4 == 0:
            w = xor(bytes(SBOX[b] for b in w[1:] + w[:1]), bytes([rcon, 0, 0, 0]))
            rcon = double(rcon)
        words.append(xor(words[-4], w))
    return [b''.join(words[i:i + 4]) for i in range(0, 44, 4)]


def aes(keys, block):
    s = xor(block, keys[0])
    for n in range(1, 11):
        s = [SBOX[s[(i + 4 * (i % 4)) % 16]] for i in range(16)]
        if n < 10:
            out = []
            for i in range(0, 16, 4):
                a, b, c, d = s[i:i + 4]
                e = a ^ b ^ c ^ d
                out += [a ^ e ^ double(a ^ b), b ^ e ^ double(b ^ c), c ^ e ^ double(c ^ d), d ^ e ^ double(d ^ a)]
            s = out
        s = xor(s, keys[n])
    return s


def ghash(h, data):
    y = 0
    for i in range(0, len(data), 16):
        y ^= int.from_bytes(data[i:i + 16], 'big')
        z, v = 0, h
        for bit in range(127, -1, -1):
            if y >> bit & 1:
                z ^= v
            v = v >> 1 ^ (0xe1 << 120 if v & 1 else 0)
        y = z
    return y.to_bytes(16, 'big')


def seal(key, nonce, aad, plain):
    keys = round_keys(key)
    block = lambda n: aes(keys, nonce + I(n))
    out = b''.join(xor(plain[i:i + 16], block(2 + i // 16)) for i in range(0, len(plain), 16))
    pad = lambda b: b + bytes(-len(b) % 16)
    sizes = (8 * len(aad)).to_bytes(8, 'big') + (8 * len(out)).to_bytes(8, 'big')
    return out + xor(ghash(int.from_bytes(aes(keys, bytes(16)), 'big'), pad(aad) + pad(out) + sizes), block(1))


# --- packets --------------------------------------------------------------------

def varint(v, n=0):
    n = n or next(n for n in (1, 2, 4, 8) if v < 1 << 8 * n - 2)
    return (v | n.bit_length() - 1 << 8 * n - 2).to_bytes(n, 'big')


opaque = lambda b: bytes([len(b)]) + b


def expand(secret, label, n):
    label = b'tls13 ' + label
    return hmac.new(secret, H(n) + opaque(label) + b'\0\1', hashlib.sha256).digest()[:n]


def long(version, kind, first, dcid, scid):
    kind = (kind + 1) % 4 if version == V2 else kind
    return bytes([0xc0 | kind << 4 | first]) + I(version) + opaque(dcid) + opaque(scid)


def initial(side, key_id, dcid, scid, number, frames, version=V1, token=b'', size=0, width=2, first=0):
    """Protected with the keys that `key_id` gives to `side`; padded so that the packet has `size` bytes."""
    head = long(version, INITIAL, width - 1 | first, dcid, scid) + varint(len(token)) + token
    frames += bytes(max(0, size - len(head) - 2 - width - len(frames) - 16))
    head += varint(width + len(frames) + 16, 2)
    secret = hmac.new(SALTS[version], key_id, hashlib.sha256).digest()
    secret = expand(secret, b'client in' if side else b'server in', 32)
    name = b'quicv2 ' if version == V2 else b'quic '
    key, iv, hp = expand(secret, name + b'key', 16), expand(secret, name + b'iv', 12), expand(secret, name + b'hp', 16)
    sent = number.to_bytes(8, 'big')[-width:]
    body = seal(key, xor(iv, bytes(4) + number.to_bytes(8, 'big')), head + sent, frames)
    mask = aes(round_keys(hp), (sent + body)[4:20])
    return bytes([head[0] ^ mask[0] & 15]) + head[1:] + xor(sent, mask[1:]) + body


def noise(n, seed):
    """What is protected by keys that nobody knows looks like this."""
    out = b''
    while len(out) < n:
        seed = hashlib.sha256(seed).digest()
        out += seed
    return out[:n]


def protected(kind, dcid, scid, n, version=V1):
    return long(version, kind, 2, dcid, scid) + varint(n, 2) + noise(n, dcid + scid + bytes([kind]))


short = lambda dcid, n, spin=0: bytes([0x40 | spin << 5 | 0x11]) + dcid + noise(n, dcid + bytes([n]))
crypto = lambda offset, data: b'\6' + varint(offset) + varint(len(data), 2) + data
ack = lambda largest, first=0, *ranges: b'\2' + b''.join(map(varint, (largest, 40, len(ranges) // 2, first) + ranges))
close = lambda error, cause, reason: b'\x1c' + varint(error) + varint(cause) + opaque(reason)


def retry(first, dcid, scid, token):
    """Its tag shows that it answers a packet to `first` (RFC 9001 section 5.8)."""
    packet = long(V1, RETRY, 15, dcid, scid) + token
    key, nonce = hexs('be0c690b9f66575a1d766b54e368c84e'), hexs('461599d35d632bf2239825bb')
    return packet + seal(key, nonce, opaque(first) + packet, b'')


# RFC 9001 appendix A: IDs, what the first packets of both sides hold, and a Retry.
CLIENT_ID, SERVER_ID = hexs('8394c8f03e515708'), hexs('f067a5502a4262b5')
CLIENT_HELLO = hexs(
    '010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e86804fe3a47f06a2b69484c00000413011302010000c000000010000e'
    '00000b6578616d706c652e636f6dff01000100000a00080006001d0017001800100007000504616c706e00050005010000000000330026'
    '0024001d00209370b2c9caa47fbabaf4559fedba753de171fa71f50f1ce15d43e994ec74d748002b0003020304000d0010000e04030503'
    '06030203080408050806002d00020101001c00024001003900320408ffffffffffffffff05048000ffff07048000ffff08011001048000'
    '75300901100f088394c8f03e51570806048000ffff')
SERVER_HELLO = hexs(
    '020000560303eefce7f7b37ba1d1632e96677825ddf73988cfc79825df566dc5430b9a045a1200130100002e00330024001d00209d3c94'
    '0d89690b84d08a60993c144eca684d1081287c834d5311bcf32bb9da1a002b00020304')
RETRY_PACKET = hexs('ff000000010008f067a5502a4262b5746f6b656e04a265ba2eff4d829058fb3f0f2496ba')
CHACHA_PACKET = hexs('4cfe4189655e5cd55c41f69080575d7999c25a5bfb')


def hello(name, parameters, kind=57):
    """A ClientHello with these transport parameters."""
    vector = lambda b: H(len(b)) + b
    row = lambda kind, data: H(kind) + vector(data)
    rows = row(0, vector(b'\0' + vector(name))) + row(10, vector(H(29))) + row(16, vector(opaque(b'h3'))) \
        + row(43, opaque(H(0x0304))) + row(13, vector(H(0x0403, 0x0804))) + row(45, opaque(b'\1')) \
        + row(51, vector(H(29) + vector(noise(32, name)))) \
        + row(kind, b''.join(varint(k) + varint(len(v)) + v for k, v in parameters))
    body = H(0x0303) + noise(32, name + b'random') + b'\0' + vector(H(0x1301)) + b'\1\0' + vector(rows)
    return b'\1' + I(len(body))[1:] + body


USUAL = [(0x01, varint(30000)), (0x03, varint(1472)), (0x04, varint(1 << 20)), (0x05, varint(65536)), (0x06, varint(65536)),
         (0x07, varint(65536)), (0x08, varint(100)), (0x09, varint(3)), (0x0f, b''), (0x11, I(V2, V2, V1)), (0x20, varint(65535))]
# Some only a server may send.
EVERY = [(0x00, CLIENT_ID), (0x01, varint(30000)), (0x02, noise(16, b'reset')), (0x03, varint(1472)), (0x04, varint(1 << 20)),
         (0x05, varint(65536)), (0x06, varint(65536)), (0x07, varint(65536)), (0x08, varint(100)), (0x09, varint(3)),
         (0x0a, varint(3)), (0x0b, varint(25)), (0x0c, b''),
         (0x0d, ip(S4) + H(4433) + ip(S6) + H(4433) + opaque(SERVER_ID) + noise(16, b'preferred')), (0x0e, varint(4)),
         (0x0f, SERVER_ID), (0x10, SERVER_ID), (0x11, I(V1, V1, V2)), (0x20, varint(65535)), (0x2ab2, b''),
         (0x3127, varint(21060)), (0x3128, b'SVRM'), (0x4752, I(V1)), (0x7158, varint(3)), (0xff02de1a, varint(1000)),
         (31 * 7 + 27, b'reserved')]


@sample('quic.pcap')
def _():
    out = []

    def up(port, data, v6=False):
        seg = udp(data, port, 443, C6 if v6 else C4, S6 if v6 else S4)
        out.append(eth(ip6(seg, 17), 0x86dd) if v6 else eth(ip4(seg, 17)))

    def down(port, data, v6=False):
        seg = udp(data, 443, port, S6 if v6 else S4, C6 if v6 else C4)
        out.append(eth(ip6(seg, 17, S6, C6), 0x86dd, B, A) if v6 else eth(ip4(seg, 17, S4, C4), src=B, dst=A))

    # 1-7: the packets of RFC 9001 appendix A and what would follow them
    first = initial(1, CLIENT_ID, CLIENT_ID, b'', 2, crypto(0, CLIENT_HELLO), size=1200, width=4)
    assert first[-16:] == hexs('e221af44860018ab0856972e194cd934')
    answer = initial(0, CLIENT_ID, b'', SERVER_ID, 1, hexs('0200000000') + crypto(0, SERVER_HELLO))
    assert answer[-16:] == hexs('3d20398c276456cbc42158407dd074ee')
    up(50100, first)
    down(50100, answer + protected(HANDSHAKE, b'', SERVER_ID, 600))
    up(50100, initial(1, CLIENT_ID, SERVER_ID, b'', 3, ack(1), size=600) + protected(HANDSHAKE, SERVER_ID, b'', 60)
       + short(SERVER_ID, 40))
    down(50100, protected(HANDSHAKE, b'', SERVER_ID, 40) + short(b'', 80))
    down(50100, CHACHA_PACKET)
    up(50100, short(SERVER_ID, 30, 1))
    # An ID that was given in a protected packet
    up(50100, short(hexs('5ec0de1d5ec0de1d'), 30))
    # 8-12: a Retry
    assert retry(CLIENT_ID, b'', SERVER_ID, b'token') == RETRY_PACKET
    asked, retried, server = hexs('0a11ce0a11ce0a11'), hexs('ba11ad00ba11ad00'), hexs('c0ffee01')
    up(50101, initial(1, asked, asked, b'', 0, crypto(0, CLIENT_HELLO), size=1200))
    down(50101, retry(asked, b'', retried, b'token'))
    up(50101, initial(1, retried, retried, b'', 1, crypto(0, CLIENT_HELLO), token=b'token', size=1200))
    down(50101, initial(0, retried, b'', server, 0, b'\3' + ack(1)[1:] + bytes([1, 0, 2]) + crypto(0, SERVER_HELLO)))
    down(50101, initial(0, retried, b'', server, 1, close(0x100 + 40, 6, b'no common cipher suite')))
    # 13-18: a version that is refused, then version 2; the hello in pieces that come in disorder
    refused, asked, server, client = hexs('feedfacefeedface'), hexs('1234567890abcdef'), hexs('ba5eba11'), hexs('0011223344556677')
    text = hello(b'www.example.net', USUAL)
    up(50102, long(RESERVED, INITIAL, 0, refused, client) + b'\0' + varint(1182, 2) + noise(1182, refused), True)
    down(50102, b'\xf5' + I(0) + opaque(client) + opaque(refused) + I(V2, V1, DRAFT_29, 0x5a6a7a8a), True)
    up(50102, initial(1, asked, asked, client, 0, crypto(200, text[200:]) + PING + bytes(40) + crypto(0, text[:60]) + PING,
                      V2, size=1200), True)
    up(50102, initial(1, asked, asked, client, 1, crypto(60, text[60:200]), V2, size=600)
       + protected(ZERO_RTT, asked, client, 400, V2), True)
    down(50102, initial(0, asked, client, server, 0, ack(1, 1) + crypto(0, SERVER_HELLO), V2, width=1)
         + protected(HANDSHAKE, client, server, 500, V2), True)
    up(50102, initial(1, asked, server, client, 70000, ack(9, 2, 0, 1, 3, 0), V2, size=600, width=3), True)
    # 19-20: draft-29, a hello over two packets; reserved bits that are not zero
    asked, text = hexs('decafbad00000029'), hello(b'old.example.net', USUAL, 65445)
    up(50103, initial(1, asked, asked, b'', 0, crypto(0, text[:100]), DRAFT_29, size=1200))
    up(50103, initial(1, asked, asked, b'', 1, crypto(100, text[100:]), DRAFT_29, size=1200, first=4))
    # 21: every transport parameter, and bytes behind the packet
    asked = hexs('decafbad00000021')
    up(50104, initial(1, asked, asked, hexs('aa'), 0, crypto(0, hello(b'all.example.net', EVERY)), size=1000) + noise(100, b'x'))
    # 22-25: frames and lengths that lie: a count of ranges, a frame that may not be here, too little for a packet number, a token
    asked = hexs('decafbad00000022')
    up(50105, initial(1, asked, asked, b'', 0, crypto(0, CLIENT_HELLO) + b'\2\x40\x40\0\x7f\xff\0\0\0'))
    up(50105, initial(1, asked, asked, b'', 1, PING + b'\x08\0'))
    up(50105, long(V1, INITIAL, 0, asked, b'') + b'\0\2' + bytes(2))
    up(50105, long(V1, INITIAL, 0, asked, b'') + b'\x7f\xff' + bytes(20))
    # 26: one that was captured in part; 27: one that was changed on its way; 28: a version that nobody knows, in a known flow
    cut, changed = hexs('decafbad00000026'), hexs('decafbad00000027')
    up(50106, initial(1, cut, cut, b'', 0, crypto(0, CLIENT_HELLO), size=1200))
    out[-1] = (out[-1][:400], len(out[-1]))
    up(50107, initial(1, changed, changed, b'', 0, crypto(0, CLIENT_HELLO), size=1200)[:-1] + b'\0')
    up(50105, long(0xabcd0001, INITIAL, 0, asked, hexs('bb')) + noise(30, b'unknown'))
    return pcap(out)
