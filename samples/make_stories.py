"""Builds the samples of what shows only over many packets: translated addresses, leases, claims, black holes;
make_frames.py runs it."""
from make_frames import A, B, C4, CAST, H, I, R4, S4, dname, dns_message, eth, icmp, ip, ip4, mac, pcap, rr, tcp, udp

FILES = {}


def sample(name):
    def put(fn):
        FILES[name] = fn
        return fn
    return put


# --- both sides of an address translator ----------------------------------------

IN, OUT, WEB = '192.168.1.10', '203.0.113.1', '198.51.100.80'
HOME = '192.168.1.80'                                                                  # a server behind it


def syn_options(mss, stamp, echo=0):
    return b'\2\4' + H(mss) + b'\4\2\x08\x0a' + I(stamp, echo) + b'\1\3\3\7'


def stamps(stamp, echo):
    return b'\1\1\x08\x0a' + I(stamp, echo)


def crossing(up, near, far, make):
    """One packet as it passes on both sides: near the client, then near the server, or the other way round.

    make(client, server) gives protocol and payload for the addresses (and ports) of one side."""
    out = []
    for side, ttl in ((near, 64), (far, 63)) if up else ((far, 64), (near, 63)):
        (client, _), (server, _) = side
        proto, payload = make(*side)
        src, dst = (client, server) if up else (server, client)
        out.append(eth(ip4(payload, proto, src, dst, ttl=ttl, ident=crossing.ident), src=A if up else B,
                       dst=B if up else A))
    crossing.ident += 1
    return out


crossing.ident = 100


def translated_tcp(near, far, x, y, clamp=1460):
    req, ans = b'GET /one HTTP/1.1\r\nHost: www.example.net\r\n\r\n', b'HTTP/1.1 204 No Content\r\n\r\n'
    steps = [(1, 'S', 0, None, b''), (0, 'SA', 0, 1, b''), (1, 'A', 1, 1, b''), (1, 'PA', 1, 1, req),
             (0, 'PA', 1, 1 + len(req), ans), (1, 'FA', 1 + len(req), 1 + len(ans), b''),
             (0, 'FA', 1 + len(ans), 2 + len(req), b''), (1, 'A', 2 + len(req), 2 + len(ans), b'')]
    out = []
    for n, (up, flags, seq, ack, data) in enumerate(steps):
        def make(client, server):
            (ca, cp), (sa, sp) = client, server
            mine, theirs = (x, y) if up else (y, x)
            mss = 1460 if (ca, cp) == near[0] else clamp
            opts = syn_options(mss, mine % 9999 + n, 0 if ack is None else theirs % 9999) if 'S' in flags else \
                stamps(mine % 9999 + n, theirs % 9999)
            ends = (cp, sp, mine + seq, 0 if ack is None else theirs + ack) if up else (sp, cp, mine + seq, theirs + ack)
            return 6, tcp(*ends, flags, data, opts=opts, src=ca if up else sa, dst=sa if up else ca)
        out += crossing(up, near, far, make)
    return out


@sample('nat.pcap')
def _():
    crossing.ident = 100
    web = (WEB, 80)
    out = translated_tcp(((IN, 50800), web), ((OUT, 50800), web), 1000000, 7000000, 1412)   # port kept
    out += translated_tcp(((IN, 50801), web), ((OUT, 1024), web), 2000000, 8000000)         # port changed
    out += translated_tcp(((WEB, 50802), (OUT, 8080)), ((WEB, 50802), (HOME, 80)), 3000000, 9000000)  # to a server inside
    asked = dname('www.example.net') + H(1, 1)
    question = dns_message(0x5a5a, 0x0100, [asked])
    answer = dns_message(0x5a5a, 0x8180, [asked], [rr(1, ip('192.0.2.80'))])
    for up, data in ((1, question), (0, answer)):                                           # datagrams
        def make(client, server):
            (ca, cp), (sa, sp) = client, server
            return 17, udp(data, cp, sp, ca, sa) if up else udp(data, sp, cp, sa, ca)
        out += crossing(up, ((IN, 50803), (S4, 53)), ((OUT, 2048), (S4, 53)), make)
    for seq in (1, 2):                                                                      # echo, with another identifier
        for up in (1, 0):
            def make(client, server):
                return 1, icmp(8 if up else 0, 0, H(client[1], seq), b'echo no. %d behind a translator' % seq)
            out += crossing(up, ((IN, 77), (S4, 0)), ((OUT, 4096), (S4, 0)), make)
    # A flow that nobody translated, seen twice; and one to the same server that is another.
    out += translated_tcp(((C4, 50804), web), ((C4, 50804), web), 4000000, 6000000)
    out += translated_tcp(((C4, 50805), web), ((C4, 50805), web), 5000000, 6500000)
    return pcap(out)


# --- DHCP ------------------------------------------------------------------------

SERVER, OTHER, LEASED = '192.0.2.1', '192.0.2.2', '192.0.2.77'


def dhcp(kind, xid, hw, src, dst, options=b'', client='0.0.0.0', your='0.0.0.0', ident=1):
    reply = kind in (2, 5, 6)
    body = bytes([2 if reply else 1, 1, 6, 0]) + I(xid) + bytes(4) + ip(client) + ip(your) + bytes(8)
    body += mac(hw) + bytes(10 + 64 + 128) + bytes.fromhex('63825363') + bytes([53, 1, kind]) + options + b'\xff'
    body += b'\0' * (300 - len(body))
    ports = (67, 68) if reply else (68, 67)
    packet = ip4(udp(body, *ports, src, dst), 17, src, dst, ident=ident)
    return eth(packet, src=B if reply else hw, dst=CAST if dst == '255.255.255.255' else hw if reply else B)


@sample('dhcp_leases.pcap')
def _():
    everybody, nobody = '255.255.255.255', '0.0.0.0'
    by = lambda server: b'\x36\4' + ip(server)
    want = b'\x32\4' + ip(LEASED)
    times = b'\x33\4' + I(600) + b'\x3a\4' + I(300) + b'\x3b\4' + I(525)
    forever = b'\x33\4' + I(0xffffffff)
    name = b'\x0c\6laptop'
    one, two, three, four = A, '02:00:00:00:00:21', '02:00:00:00:00:22', '02:00:00:00:00:23'
    out = [dhcp(1, 1, one, nobody, everybody, name),                                       # two servers offer
           dhcp(2, 1, one, SERVER, LEASED, by(SERVER) + times, your=LEASED),
           dhcp(2, 1, one, OTHER, '192.0.2.99', by(OTHER) + times, your='192.0.2.99'),
           dhcp(3, 1, one, nobody, everybody, by(SERVER) + want + name),
           dhcp(5, 1, one, SERVER, LEASED, by(SERVER) + times, your=LEASED),
           dhcp(3, 2, one, LEASED, SERVER, name, client=LEASED),                           # renewed at once
           dhcp(5, 2, one, SERVER, LEASED, by(SERVER) + times, client=LEASED, your=LEASED),
           dhcp(3, 3, one, LEASED, SERVER, name, client=LEASED),                           # then not, but by another
           dhcp(3, 3, one, LEASED, SERVER, name, client=LEASED),
           dhcp(3, 4, one, LEASED, everybody, name, client=LEASED),
           dhcp(5, 4, one, OTHER, LEASED, by(OTHER) + times, client=LEASED, your=LEASED),
           dhcp(7, 5, one, LEASED, OTHER, by(OTHER), client=LEASED),
           dhcp(3, 6, two, nobody, everybody, want),                                       # back, and refused
           dhcp(6, 6, two, SERVER, everybody, by(SERVER)),
           dhcp(1, 7, two, nobody, everybody),
           dhcp(2, 7, two, SERVER, everybody, by(SERVER) + forever, your='192.0.2.78'),
           dhcp(3, 7, two, nobody, everybody, by(SERVER) + b'\x32\4' + ip('192.0.2.78')),
           dhcp(5, 7, two, SERVER, everybody, by(SERVER) + forever, your='192.0.2.78'),
           dhcp(1, 8, three, nobody, everybody),                                           # nobody answers
           dhcp(1, 8, three, nobody, everybody),
           dhcp(1, 9, four, nobody, everybody),                                            # somebody has it already
           dhcp(2, 9, four, SERVER, everybody, by(SERVER) + times, your='192.0.2.80'),
           dhcp(3, 9, four, nobody, everybody, by(SERVER) + b'\x32\4' + ip('192.0.2.80')),
           dhcp(5, 9, four, SERVER, everybody, by(SERVER) + times, your='192.0.2.80'),
           dhcp(4, 10, four, nobody, everybody, by(SERVER) + b'\x32\4' + ip('192.0.2.80')),
           dhcp(8, 11, four, C4, everybody, client=C4),                                    # settings only
           dhcp(5, 11, four, SERVER, C4, by(SERVER), client=C4)]
    return pcap(out, step=2500000)


# --- ARP -------------------------------------------------------------------------

@sample('arp_conflict.pcap')
def _():
    other, third = '02:00:00:00:00:66', '02:00:00:00:00:67'
    def arp(op, sha, spa, tpa, tha='00:00:00:00:00:00'):
        cast = op == 1 or spa == tpa
        packet = H(1, 0x0800) + b'\6\4' + H(op) + mac(sha) + ip(spa) + mac(tha) + ip(tpa)
        return eth(packet, 0x0806, sha, CAST if cast else tha, pad=True)
    out = [arp(1, A, C4, S4), arp(2, B, S4, C4, A),                                         # two hosts answer
           arp(2, other, S4, C4, A), arp(1, A, C4, S4), arp(2, B, S4, C4, A),
           arp(1, B, R4, R4), arp(1, third, R4, R4),                                        # the router's address moves
           arp(1, A, C4, R4), arp(2, third, R4, C4, A),
           arp(1, A, C4, '192.0.2.200'), arp(1, A, C4, '192.0.2.200'), arp(1, A, C4, '192.0.2.200'),  # nobody
           arp(1, other, '0.0.0.0', '192.0.2.201'), arp(1, other, '0.0.0.0', C4),           # free, and not
           arp(2, A, C4, '0.0.0.0', other)]
    return pcap(out, step=250000)


# --- packets that vanish ----------------------------------------------------------

@sample('mtu_black_hole.pcap')
def _():
    """Packets of 1,500 bytes vanish and nobody says so, until the sender tries shorter ones (RFC 4821)."""
    x, y, port = 1000, 5000, 50850
    up = lambda seq, ack, flags, data=b'', opts=b'': eth(ip4(tcp(port, 80, x + seq, y + ack if ack else 0, flags, data,
                                                              opts=opts), 6))
    down = lambda seq, ack, flags, opts=b'': eth(ip4(tcp(80, port, y + seq, x + ack, flags, opts=opts, src=S4, dst=C4), 6,
                                                     S4, C4), src=B, dst=A)
    mss = b'\2\4' + H(1460)
    long, short = b'L' * 1460, b'L' * 984
    out = [up(0, 0, 'S', opts=mss), down(0, 1, 'SA', opts=mss), up(1, 1, 'A'),
           up(1, 1, 'PA', b'P' * 100), down(1, 101, 'A')]
    out += [up(101, 1, 'A', long)] * 3 + [down(1, 101, 'A')] + [up(101, 1, 'A', long)]
    out += [up(101, 1, 'A', short), down(1, 1085, 'A'), up(1085, 1, 'PA', b'L' * 476), down(1, 1561, 'A')]
    return pcap(out, step=300000)
