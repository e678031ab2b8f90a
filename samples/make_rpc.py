"""Builds the samples of remote procedure calls and of NFS; make_frames.py runs it."""
import struct

from make_frames import A, B, C4, S4, H, I, eth, hexs, ip4, pcap, tcp, udp

FILES = {}
Q = lambda *v: struct.pack('!%dQ' % len(v), *v)
CALL, REPLY = 0, 1
PORTMAP, NFS, MOUNT, SADMIND = 100000, 100003, 100005, 100232


def sample(name):
    def keep(f):
        FILES[name] = f
        return f
    return keep


# --- XDR and RPC --------------------------------------------------------------

def opaque(data):
    data = data.encode() if isinstance(data, str) else data
    return I(len(data)) + data + b'\0' * (-len(data) % 4)


def rows(*entries):
    """A list of optional entries (RFC 4506 section 4.19)."""
    return b''.join(I(1) + entry for entry in entries) + I(0)


NONE = I(0, 0)


def unix(uid=1000, groups=(1000, 100)):
    body = I(0x5eed1234) + opaque('client1') + I(uid, groups[0]) + I(len(groups), *groups)
    return I(1) + opaque(body)


def gss(procedure, seq, service, handle=b'context1'):
    return I(6) + opaque(I(1, procedure, seq, service) + opaque(handle))


def call(xid, program, version, procedure, body=b'', cred=NONE, verf=NONE):
    return I(xid, CALL, 2, program, version, procedure) + cred + verf + body


def reply(xid, body=b'', verf=NONE, state=0):
    return I(xid, REPLY, 0) + verf + I(state) + body


def record(message, *cuts):
    """A record in as many fragments as there are cuts, and one more (RFC 5531 section 11)."""
    edges = [0, *cuts, len(message)]
    parts = [message[a:b] for a, b in zip(edges, edges[1:])]
    return b''.join(I(len(p) | (0x80000000 if n == len(parts) - 1 else 0)) + p for n, p in enumerate(parts))


def datagram(up, message, port, client=50111):
    if up:
        return eth(ip4(udp(message, client, port), 17), 0x0800, A, B)
    return eth(ip4(udp(message, port, client, S4, C4), 17, S4, C4), 0x0800, B, A)


class Talk:
    """Calls and replies of one client by UDP."""

    def __init__(self, port, program, version, cred=NONE, client=50111):
        self.frames, self.port, self.client = [], port, client
        self.what, self.cred, self.xid = (program, version), cred, 0x1000 * version + port

    def ask(self, procedure, body=b'', answer=b''):
        self.xid += 1
        self.send(True, call(self.xid, *self.what, procedure, body, self.cred))
        if answer is not None:
            self.send(False, reply(self.xid, answer))

    def send(self, up, message):
        self.frames.append(datagram(up, message, self.port, self.client))


def stream(steps, sport, dport, size=1448):
    """A connection in which each step (from the client?, bytes) is sent in segments of at most size bytes."""
    x, y, out = 1000, 5000, []

    def put(up, flags, data=b''):
        s, d, p, q = (C4, S4, sport, dport) if up else (S4, C4, dport, sport)
        m, n = (x, y) if up else (y, x)
        seg = tcp(p, q, m, 0 if flags == 'S' else n, flags, data, src=s, dst=d)
        out.append(eth(ip4(seg, 6, s, d), 0x0800, *((A, B) if up else (B, A))))
    put(1, 'S')
    x += 1
    put(0, 'SA')
    y += 1
    put(1, 'A')
    for up, data in steps:
        for at in range(0, len(data), size):
            piece = data[at:at + size]
            put(up, 'PA', piece)
            if up:
                x += len(piece)
            else:
                y += len(piece)
    put(1, 'FA')
    x += 1
    put(0, 'FA')
    y += 1
    put(1, 'A')
    return out


# --- portmap and MOUNT --------------------------------------------------------

@sample('rpc_portmap.pcap')
def _():
    v1 = Talk(111, PORTMAP, 1)
    v1.ask(0)
    v2 = Talk(111, PORTMAP, 2, client=50112)
    v2.ask(3, I(NFS, 3, 17, 0), I(2049))
    v2.ask(3, I(SADMIND, 10, 6, 0), I(0))
    v2.ask(1, I(NFS, 3, 6, 2049), I(1))
    v2.ask(4, b'', rows(I(PORTMAP, 2, 6, 111), I(NFS, 3, 6, 2049), I(MOUNT, 3, 17, 20048)))
    v2.ask(5, I(NFS, 3, 0) + opaque(b'args'), I(2049) + opaque(b'result'))
    v3 = Talk(111, PORTMAP, 3, client=50113)
    v3.ask(3, I(MOUNT, 3) + opaque('udp') + opaque('') + opaque(''), opaque('192.0.2.80.78.80'))
    v3.ask(4, b'', rows(I(PORTMAP, 4) + opaque('tcp') + opaque('0.0.0.0.0.111') + opaque('superuser')))
    v4 = Talk(111, PORTMAP, 4, client=50114)
    v4.ask(9, I(NFS, 4) + opaque('tcp') + opaque('192.0.2.80.8.1') + opaque('client1'), opaque(''))
    # A call that is repeated, and its reply too; versions and procedures that are not there; calls denied.
    odd = [(1, call(0x7001, SADMIND, 10, 0, cred=unix())), (1, call(0x7001, SADMIND, 10, 0, cred=unix())),
           (0, reply(0x7001)), (0, reply(0x7001)),
           (1, call(0x7002, NFS, 9, 0)), (0, reply(0x7002, I(2, 4), state=2)),
           (1, call(0x7003, NFS, 3, 99)), (0, reply(0x7003, state=3)),
           (1, call(0x7004, 200999, 1, 0)), (0, reply(0x7004, state=1)),
           (1, call(0x7005, NFS, 3, 0, cred=I(2) + opaque(b'short-1'))), (0, I(0x7005, REPLY, 1, 1, 13)),
           (1, call(0x7006, NFS, 3, 0)), (0, I(0x7006, REPLY, 1, 0, 2, 2)),
           (0, reply(0x7777))]
    out = v1.frames + v2.frames + v3.frames + v4.frames
    return pcap(out + [datagram(up, m, 111, 50115) for up, m in odd])


FH2 = bytes(range(32))
FH3 = hexs('0100070102000000') + bytes(range(20))


@sample('mount.pcap')
def _():
    exports = rows(opaque('/srv/home') + rows(opaque('192.0.2.0/24'), opaque('client1')), opaque('/srv/pub') + rows())
    mounted = rows(opaque('client1') + opaque('/srv/home'))
    out = []
    for version, client in ((1, 50120), (2, 50121), (3, 50122)):
        t = Talk(20048, MOUNT, version, unix(), client)
        handle = opaque(FH3) + I(2, 1, 390003) if version == 3 else FH2
        t.ask(0)
        t.ask(1, opaque('/srv/home'), I(0) + handle)
        t.ask(1, opaque('/srv/other'), I(13))
        t.ask(2, b'', mounted)
        t.ask(5, b'', exports)
        if version == 2:
            t.ask(7, opaque('/srv/home'), I(127, 255, 255, 255, 4096, 4096, 0, 0, 0x100, 0))
        t.ask(3, opaque('/srv/home'))
        t.ask(4)
        out += t.frames
    return pcap(out)


# --- NFS 2 and 3 --------------------------------------------------------------

SINCE = 1735689000


@sample('nfs2.pcap')
def _():
    def attributes(kind=1, mode=0o100644, size=13):
        return I(kind, mode, 1, 1000, 1000, size, 4096, 0, 8, 0x801, 4242, SINCE, 1, SINCE, 2, SINCE, 250000)
    keep = I(0xffffffff)
    sattr = I(0o640, 1000, 1000) + keep * 3 + keep * 2
    name = lambda text: FH2 + opaque(text)
    done = I(0) + FH2 + attributes()
    t = Talk(2049, NFS, 2, unix())
    t.ask(0)
    t.ask(1, FH2, I(0) + attributes(2, 0o40755, 4096))
    t.ask(2, FH2 + keep * 4 + I(SINCE, 5, SINCE, 6), I(0) + attributes())
    t.ask(4, name('readme'), done)
    t.ask(4, name('nothing'), I(2))
    t.ask(5, FH2, I(0) + opaque('../target'))
    t.ask(6, FH2 + I(0, 4096, 4096), I(0) + attributes() + opaque(b'hello, world\n'))
    t.ask(8, FH2 + I(0, 0, 13) + opaque(b'hello, world\n'), I(0) + attributes())
    t.ask(9, name('new') + sattr, done)
    t.ask(10, name('old'), I(0))
    t.ask(11, name('a') + name('b'), I(0))
    t.ask(12, FH2 + name('link'), I(17))
    t.ask(13, name('soft') + opaque('../target') + sattr, I(0))
    t.ask(14, name('dir') + sattr, done)
    t.ask(15, name('dir'), I(66))
    entries = rows(*(I(n) + opaque(text) + I(n * 8) for n, text in ((1, '.'), (2, '..'), (3, 'readme'))))
    t.ask(16, FH2 + I(0, 1024), I(0) + entries + I(1))
    t.ask(17, FH2, I(0, 8192, 4096, 1000000, 500000, 400000))
    return pcap(t.frames)


@sample('nfs3.pcap')
def _():
    def attributes(kind=1, mode=0o644, size=13):
        return (I(kind, mode, 1, 1000, 1000) + Q(size, 4096) + I(0, 0) + Q(0x801, 4242)
                + I(SINCE, 1, SINCE, 2, SINCE, 250000000))
    some, none = I(1) + attributes(), I(0)
    fh = opaque(FH3)
    changed = I(1) + Q(12) + I(SINCE, 1, SINCE, 2) + some
    name = lambda text: fh + opaque(text)
    verifier = b'verifier'
    keep = I(0) * 6
    made = I(0, 1) + fh + some + changed
    t = Talk(2049, NFS, 3, unix())
    t.ask(0)
    t.ask(1, fh, I(0) + attributes(2, 0o1777, 4096))
    t.ask(2, fh + I(1, 0o600, 1, 1000, 1, 1000, 1) + Q(5) + I(2, SINCE, 5, 1) + I(1, SINCE, 2), I(0) + changed)
    t.ask(2, fh + I(0) * 4 + I(1, 2, SINCE, 7) + I(0), I(10002) + none + none)
    t.ask(3, name('readme'), I(0) + fh + some + some)
    t.ask(3, name('nothing'), I(2) + none)
    t.ask(4, fh + I(0x1f), I(0) + some + I(0x03))
    t.ask(4, fh + I(0x21), I(0) + none + I(0x21))
    t.ask(5, fh, I(0) + some + opaque('../target'))
    t.ask(6, fh + Q(0) + I(4096), I(0) + some + I(13, 1) + opaque(b'hello, world\n'))
    t.ask(7, fh + Q(0) + I(13, 2) + opaque(b'hello, world\n'), I(0) + changed + I(13, 2) + verifier)
    t.ask(8, name('new') + I(0) + I(1, 0o644) + I(0) * 5, made)
    t.ask(8, name('only') + I(2) + verifier, made)
    t.ask(9, name('dir') + keep, made)
    t.ask(10, name('soft') + keep + opaque('../target'), made)
    t.ask(11, name('disk') + I(3) + keep + I(8, 1), made)
    t.ask(11, name('pipe') + I(7) + keep, I(1) + changed)
    t.ask(12, name('old'), I(0) + changed)
    t.ask(13, name('dir'), I(66) + changed)
    t.ask(14, name('a') + name('b'), I(0) + changed + changed)
    t.ask(15, fh + name('link'), I(0) + some + changed)
    entries = rows(*(Q(n) + opaque(text) + Q(n * 8) for n, text in ((1, '.'), (2, '..'), (3, 'readme'))))
    t.ask(16, fh + Q(0) + verifier + I(4096), I(0) + some + verifier + entries + I(1))
    entries = rows(Q(1) + opaque('.') + Q(8) + some + I(1) + fh, Q(3) + opaque('readme') + Q(16) + none + I(0))
    t.ask(17, fh + Q(0) + bytes(8) + I(512, 4096), I(0) + some + verifier + entries + I(1))
    t.ask(18, fh, I(0) + none + Q(1 << 40, 1 << 39, 1 << 38, 100000, 90000, 80000) + I(0))
    t.ask(19, fh, I(0) + none + I(1 << 20, 1 << 20, 4096, 1 << 20, 1 << 20, 4096, 65536) + Q((1 << 63) - 1)
          + I(0, 1, 0x1b))
    t.ask(20, fh, I(0) + none + I(32000, 255, 1, 1, 0, 1))
    t.ask(21, fh + Q(0) + I(0), I(0) + changed + verifier)
    return pcap(t.frames)


@sample('nfs_tcp.pcap')
def _():
    fh = opaque(FH3)
    read = I(0, 0, 3000, 0) + opaque(bytes(3000))
    ask = lambda xid, procedure, body, cred=unix(): (1, record(call(xid, NFS, 3, procedure, body, cred)))
    checked = I(6) + opaque(b'checksum')
    inner = I(2) + fh
    sealed = opaque(inner) + opaque(b'checksum')
    steps = [ask(1, 0, b''), (0, record(reply(1))),
             # two calls in one segment, one of them in three fragments; the replies in the other order
             (1, record(call(2, NFS, 3, 1, fh, unix())) + record(call(3, NFS, 3, 5, fh, unix()), 30, 60)),
             (0, record(reply(3, I(22, 0))) + record(reply(2, I(70)), 20)),
             # a record over several segments
             ask(4, 6, fh + Q(0) + I(3000)), (0, record(reply(4, read))),
             ask(5, 1, fh), (0, record(reply(5, I(70)))),
             # a context of RPCSEC_GSS, then calls with its three services
             ask(6, 0, opaque(b'token'), gss(1, 0, 1, b'')),
             (0, record(reply(6, opaque(b'context1') + I(0, 0, 128) + opaque(b'token'), checked))),
             (1, record(call(7, NFS, 3, 1, fh, gss(0, 1, 1), checked))), (0, record(reply(7, I(70), checked))),
             (1, record(call(8, NFS, 3, 1, sealed, gss(0, 2, 2), checked))),
             (0, record(reply(8, opaque(I(2, 70)) + opaque(b'checksum'), checked))),
             (1, record(call(9, NFS, 3, 1, opaque(b'unreadable'), gss(0, 3, 3), checked))),
             (0, record(reply(9, opaque(b'unreadable'), checked)))]
    return pcap(stream(steps, 50130, 2049))


# --- NFS 4 --------------------------------------------------------------------

CODES = {name: n for n, name in enumerate(
    'ACCESS CLOSE COMMIT CREATE DELEGPURGE DELEGRETURN GETATTR GETFH LINK LOCK LOCKT LOCKU LOOKUP LOOKUPP NVERIFY OPEN '
    'OPENATTR OPEN_CONFIRM OPEN_DOWNGRADE PUTFH PUTPUBFH PUTROOTFH READ READDIR READLINK REMOVE RENAME RENEW RESTOREFH '
    'SAVEFH SECINFO SETATTR SETCLIENTID SETCLIENTID_CONFIRM VERIFY WRITE RELEASE_LOCKOWNER'.split(), 3)}
CODES.update(EXCHANGE_ID=42, DESTROY_SESSION=44, SEQUENCE=53, RECLAIM_COMPLETE=58)


def bitmap(*bits):
    words = [0] * (max(bits, default=-1) // 32 + 1)
    for bit in bits:
        words[bit // 32] |= 1 << bit % 32
    return I(len(words), *words)


def fattr(values):
    return bitmap(*values) + opaque(b''.join(values[bit] for bit in sorted(values)))


@sample('nfs4.pcap')
def _():
    steps, xid = [], 0

    def ask(*operations, status=0, minor=0, tag=''):
        """Each operation is (name, arguments, results) or (name, arguments, results, status)."""
        nonlocal xid
        xid += 1
        up = b''.join(I(CODES[op[0]]) + op[1] for op in operations)
        down = b''.join(I(CODES[op[0]], op[3] if len(op) > 3 else 0) + op[2] for op in operations)
        steps.append((1, record(call(xid, NFS, 4, 1, opaque(tag) + I(minor, len(operations)) + up, unix()))))
        steps.append((0, record(reply(xid, I(status) + opaque(tag) + I(len(operations)) + down))))

    steps += [(1, record(call(99, NFS, 4, 0))), (0, record(reply(99)))]
    fh, when = opaque(FH3), Q(SINCE) + I(250000000)
    state, client, verifier = I(1) + b'state-id-001', Q(0x0102030405060708), b'verifier'
    changed = I(1) + Q(10, 11)
    ace = I(0, 0, 0x1601bf) + opaque('OWNER@')
    file = {1: I(1), 3: Q(7), 4: Q(13), 8: Q(8, 1), 20: Q(4242), 33: I(0o644), 35: I(1), 36: opaque('ann@example.net'),
            37: opaque('users@example.net'), 41: I(0, 0), 45: Q(4096), 47: when, 52: when, 53: when, 55: Q(4242)}
    short = {1: I(2), 20: Q(4243)}
    root = {0: bitmap(0, 1, 4, 33), 2: I(0), 5: I(1), 6: I(1), 7: I(0), 9: I(1), 10: I(90), 11: I(0), 12: I(1) + ace,
            13: I(15), 14: I(0), 15: I(1), 16: I(0), 17: I(1), 18: I(1), 19: fh, 21: Q(80), 22: Q(90), 23: Q(100),
            25: I(0), 26: I(1), 27: Q(1 << 40), 28: I(32000), 29: I(255), 30: Q(1 << 20), 31: Q(1 << 20),
            32: opaque('text/plain'), 34: I(1), 38: Q(1000), 39: Q(900), 40: Q(100), 42: Q(1 << 38), 43: Q(1 << 39),
            44: Q(1 << 40), 46: I(0), 49: when, 50: when, 51: Q(0) + I(1)}
    here = ('PUTFH', fh, b'')
    ask(('SETCLIENTID', verifier + opaque('client1/1') + I(0x40000000) + opaque('tcp') + opaque('192.0.2.10.3.9') + I(1),
         client + verifier), tag='set')
    ask(('SETCLIENTID', verifier + opaque('client1/1') + I(0x40000000) + opaque('tcp') + opaque('192.0.2.10.3.9') + I(1),
         opaque('tcp') + opaque('192.0.2.11.3.9'), 10017), status=10017)
    ask(('SETCLIENTID_CONFIRM', client + verifier, b''), ('RENEW', client, b''))
    ask(('PUTROOTFH', b'', b''), ('LOOKUP', opaque('srv'), b''), ('GETFH', b'', fh),
        ('GETATTR', bitmap(*root), fattr(root)), ('SECINFO', opaque('home'), I(2, 1, 6) + opaque(hexs('2a864886f712010202'))
                                                 + I(0, 3)))
    ask(here, ('ACCESS', I(0x1f), I(0x1f, 0x03)), ('GETATTR', bitmap(*file), fattr(file)))
    ask(here, ('READDIR', Q(0) + bytes(8) + I(512, 4096) + bitmap(*short), verifier + rows(
        Q(1) + opaque('readme') + fattr(short), Q(2) + opaque('sub') + fattr(short)) + I(1)))
    opened = state + changed + I(2) + bitmap(4, 33)
    new = I(1, 3, 0) + client + opaque('owner-1')
    ask(here, ('SAVEFH', b'', b''), ('OPEN', new + I(1, 0) + fattr({4: Q(0), 33: I(0o644), 48: I(0)}) + I(0)
                                     + opaque('new'), opened + I(0)),
        ('GETFH', b'', fh), ('OPEN_CONFIRM', state + I(2), state), ('RESTOREFH', b'', b''))
    ask(here, ('OPEN', new + I(1, 2) + verifier + I(0) + opaque('only'), opened + I(1) + state + I(0) + ace))
    ask(here, ('OPEN', new + I(0, 0) + opaque('old'), opened + I(2) + state + I(0, 1) + Q(1 << 30) + ace))
    ask(here, ('OPEN', new + I(0, 1, 1), b'', 10033), status=10033)
    ask(here, ('OPEN', new + I(0, 2) + state + opaque('x'), opened + I(3, 0)), ('OPENATTR', I(1), b''),
        ('OPEN_DOWNGRADE', state + I(3, 1, 0), state))
    ask(here, ('WRITE', state + Q(0) + I(2) + opaque(b'hello, world\n'), I(13, 2) + verifier),
        ('COMMIT', Q(0) + I(13), verifier), ('READ', state + Q(0) + I(4096), I(1) + opaque(b'hello, world\n')))
    owner = client + opaque('lock-1')
    ask(here, ('LOCK', I(2, 0) + Q(0, 100) + I(1, 3) + state + I(0) + owner, state),
        ('LOCKT', I(1) + Q(0, 10) + owner, Q(0, 100) + I(2) + owner, 10010), status=10010)
    ask(here, ('LOCK', I(1, 0) + Q(200, 100) + I(0) + state + I(1), state), ('LOCKU', I(2, 4) + state + Q(0, 100), state),
        ('RELEASE_LOCKOWNER', owner, b''), ('CLOSE', I(5) + state, state), ('DELEGRETURN', state, b''))
    ask(here, ('SETATTR', state + fattr({4: Q(5), 54: I(1) + when}), bitmap(4, 54)),
        ('VERIFY', fattr({4: Q(5)}), b''), ('NVERIFY', fattr({4: Q(5)}), b'', 10009), status=10009)
    ask(here, ('CREATE', I(5) + opaque('../target') + opaque('soft') + fattr({}), changed + bitmap()),
        ('READLINK', b'', opaque('../target')), ('LINK', opaque('hard'), changed))
    ask(here, ('CREATE', I(3, 8, 1) + opaque('disk') + fattr({33: I(0o600)}), changed + bitmap(33)),
        ('LOOKUPP', b'', b''), ('REMOVE', opaque('old'), changed), ('RENAME', opaque('a') + opaque('b'), changed * 2))
    ask(('PUTPUBFH', b'', b''), ('LOOKUP', opaque('nothing'), b'', 2), status=2)
    ask(('DELEGPURGE', client, b''))
    session = b'session-id-00001'
    ask(('SEQUENCE', session + I(1, 0, 0, 1), session + I(1, 0, 0, 63, 0)), ('RECLAIM_COMPLETE', I(0), b''), minor=1)
    ask(('SEQUENCE', session + I(2, 0, 0, 0), session + I(2, 0, 0, 63, 0)), here,
        ('GETATTR', bitmap(1, 24), fattr({1: I(1), 24: I(0, 0)})), minor=2)
    ask(('DESTROY_SESSION', session, b''), minor=1)
    ask(('EXCHANGE_ID', verifier + opaque('client1/1') + I(0, 0, 0), Q(1) + I(1, 0, 0) + Q(0) + opaque('srv') + opaque('scope') + I(0)),
        minor=1)
    return pcap(stream(steps, 50140, 2049))
