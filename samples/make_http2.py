"""Builds the sample of HTTP/2; make_frames.py runs it."""
import struct
import zlib

from make_frames import H, I, hexs, pcap
from make_rpc import stream

FILES = {}
MAGIC = b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
(DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION, ALTSVC,
 ORIGIN, PRIORITY_UPDATE) = *range(11), 12, 16
END_STREAM, ACK, END_HEADERS, PADDED, WITH_PRIORITY = 1, 1, 4, 8, 32


def sample(name):
    def keep(f):
        FILES[name] = f
        return f
    return keep


# --- frames -------------------------------------------------------------------

def frame(kind, flags=0, number=0, payload=b''):
    return I(len(payload))[1:] + bytes([kind, flags]) + I(number) + payload


def settings(*rows):
    return frame(SETTINGS, 0, 0, b''.join(H(name) + I(value) for name, value in rows))


def padded(payload, n):
    return bytes([n]) + payload + bytes(n)


def gzip(data):
    """Not compressed, so that the same bytes come out everywhere."""
    block = b'\1' + struct.pack('<HH', len(data), len(data) ^ 0xffff) + data
    return hexs('1f8b08000000000000ff') + block + struct.pack('<II', zlib.crc32(data), len(data))


# --- header compression (RFC 7541) --------------------------------------------

def integer(value, bits, first=0):
    most = (1 << bits) - 1
    if value < most:
        return bytes([first | value])
    out, value = [first | most], value - most
    while value >= 128:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out + [value])


def text(s):
    return integer(len(s), 7) + s.encode()


def literal(name, value, first=0, bits=4):
    """The name is an index or a text."""
    head = integer(name, bits, first) if isinstance(name, int) else bytes([first]) + text(name)
    return head + text(value)


indexed = lambda *numbers: b''.join(integer(n, 7, 0x80) for n in numbers)
keep = lambda name, value: literal(name, value, 0x40, 6)
never = lambda name, value: literal(name, value, 0x10)
resize = lambda size: integer(size, 5, 0x20)
# GET http://www.example.com/ in Huffman code, and the same again (appendix C.4).
GET, GET_AGAIN = hexs('828684418cf1e3c2e5f23a6ba0ab90f4ff'), hexs('828684be5886a8eb10649cbf')
METHOD_GET, METHOD_POST, ROOT, HTTP, OK, NOT_FOUND = 2, 3, 4, 6, 8, 13

ASKED = {
    'accept': 'text/html', 'accept-charset': 'utf-8', 'accept-encoding': 'gzip', 'accept-language': 'en', 'cookie': 'a=1',
    'expect': '100-continue', 'from': 'ann@example.net', 'if-match': '"1"', 'if-modified-since': 'Wed, 01 Jan 2025 00:00:00 GMT',
    'if-none-match': '"2"', 'if-range': '"3"', 'if-unmodified-since': 'Wed, 01 Jan 2025 00:00:00 GMT', 'max-forwards': '5',
    'range': 'bytes=0-99', 'referer': 'http://www.example.net/', 'user-agent': 'sample/1', 'via': '2 proxy.example.net',
    'content-type': 'application/x-www-form-urlencoded', 'content-length': '7', 'x-sample': 'of no field',
}
ANSWERED = {
    'accept-ranges': 'bytes', 'access-control-allow-origin': '*', 'age': '10', 'allow': 'GET, HEAD', 'cache-control': 'private',
    'content-disposition': 'inline', 'content-encoding': 'identity', 'content-language': 'en', 'content-location': '/5',
    'content-range': 'bytes 0-99/200', 'date': 'Wed, 01 Jan 2025 00:00:00 GMT', 'etag': '"1"',
    'expires': 'Wed, 01 Jan 2025 01:00:00 GMT', 'last-modified': 'Tue, 31 Dec 2024 00:00:00 GMT', 'link': '</a>; rel=next',
    'location': '/found', 'proxy-authenticate': 'Basic realm="proxy"', 'refresh': '5', 'retry-after': '120', 'server': 'sample/1',
    'set-cookie': 'a=1; Path=/', 'strict-transport-security': 'max-age=31536000', 'vary': 'accept',
    'www-authenticate': 'Basic realm="sample"',
}
fields = lambda rows: b''.join(literal(name, value) for name, value in rows.items())


@sample('http2.pcap')
def _():
    whole = END_STREAM | END_HEADERS
    ack = frame(SETTINGS, ACK)
    page, answer = b'<p>hello</p>\n', b'{"answer": 42}\n'
    asked = indexed(METHOD_POST, HTTP) + literal(4, '/form?text=a%20b') + literal(1, 'www.example.net') + fields(ASKED) + \
        never(23, 'Basic dXNlcjpzZWNyZXQ=') + never('proxy-authorization', 'Basic dXNlcjpzZWNyZXQ=')
    answered = literal(8, '203') + fields(ANSWERED)
    third = len(answered) // 3
    steps = [
        (1, MAGIC + settings((1, 4096), (2, 1), (3, 100), (4, 65535), (5, 16384), (6, 65536), (0x4a4a, 7))
            + frame(WINDOW_UPDATE, 0, 0, I(1 << 20)) + frame(HEADERS, whole, 1, GET)),
        (0, settings((1, 4096), (3, 128), (8, 1)) + ack + frame(WINDOW_UPDATE, 0, 1, I(1000))),
        # padding and a priority; the second request takes its host from the table
        (1, ack + frame(HEADERS, whole | PADDED | WITH_PRIORITY, 3, padded(I(0x80000001) + b'\x0f' + GET_AGAIN, 3))),
        # a body in two frames, then one that is coded and comes in one
        (0, frame(HEADERS, END_HEADERS, 1, indexed(OK) + keep(31, 'text/html; charset=utf-8'))
            + frame(DATA, 0, 1, page[:5])),
        (0, frame(DATA, END_STREAM | PADDED, 1, padded(page[5:], 4))),
        (0, frame(HEADERS, END_HEADERS, 3, indexed(OK) + keep(31, 'application/json') + keep(26, 'gzip'))
            + frame(DATA, END_STREAM, 3, gzip(answer))),
        (1, frame(HEADERS, END_HEADERS, 5, asked) + frame(DATA, END_STREAM, 5, b'a=1&b=2')),
        # a header block in three frames
        (0, frame(HEADERS, END_STREAM, 5, answered[:third]) + frame(CONTINUATION, 0, 5, answered[third:2 * third])
            + frame(CONTINUATION, END_HEADERS, 5, answered[2 * third:])),
        (1, frame(HEADERS, whole, 7, indexed(METHOD_GET, HTTP) + literal(4, '/page') + indexed(63))),
        (0, frame(PUSH_PROMISE, END_HEADERS | PADDED, 7,
                  padded(I(2) + indexed(METHOD_GET, HTTP) + literal(4, '/style.css') + literal(1, 'www.example.com'), 2))
            + frame(HEADERS, whole, 7, indexed(NOT_FOUND)) + frame(HEADERS, END_HEADERS, 2, indexed(OK) + keep(31, 'text/css'))
            + frame(DATA, END_STREAM, 2, b'p { color: red }\n')),
        (1, frame(PRIORITY, 0, 9, I(7) + b'\xff') + frame(PRIORITY_UPDATE, 0, 0, I(9) + b'u=2, i') + frame(PING, 0, 0, b'12345678')),
        (0, frame(PING, ACK, 0, b'12345678')
            + frame(ALTSVC, 0, 0, H(22) + b'http://www.example.com' + b'h2=":8443"; ma=60')
            + frame(ORIGIN, 0, 0, H(22) + b'http://www.example.net' + H(22) + b'http://www.example.org')
            + frame(0x16, 0xff, 0, b'of no known type')),
        # the table is emptied, then made large again
        (1, frame(HEADERS, END_HEADERS, 9, resize(0) + resize(4096) + indexed(METHOD_GET, HTTP, ROOT)
                  + keep(1, 'www.example.org')) + frame(RST_STREAM, 0, 9, I(8))),
        (0, frame(GOAWAY, 0, 0, I(9, 0) + b'good bye')),
        (1, frame(GOAWAY, 0, 0, I(2, 0))),
    ]
    # RFC 7540 section 3.2: the answer to the request that asks for the upgrade comes on stream 1
    ask = b'GET / HTTP/1.1\r\nHost: www.example.net\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n' \
          b'HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n'
    upgrade = [
        (1, ask),
        (0, b'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n' + settings((3, 100))),
        (1, MAGIC + settings((4, 65535)) + ack),
        (0, ack + frame(HEADERS, END_HEADERS, 1, indexed(OK) + keep(31, 'text/plain')) + frame(DATA, END_STREAM, 1, b'hello\n')),
        (1, frame(GOAWAY, 0, 0, I(0, 0))),
    ]
    return pcap(stream(steps, 50150, 8080) + stream(upgrade, 50151, 80))
