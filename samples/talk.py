#!/usr/bin/env python3
"""Both ends of a conversation between two network namespaces.

    talk.py CLIENT_NS SERVER_NS SCENARIO [ARGUMENTS]

CLIENT_NS and SERVER_NS are files such as /var/run/netns/NAME. One process
holds the sockets of both ends, so the order of what they do is certain.
"""
import ctypes
import fcntl
import os
import select
import socket
import struct
import sys
import threading
import time

C4, S4 = '192.0.2.10', os.environ.get('TALK_S4', '192.0.2.80')
C6, S6 = '2001:db8::10', '2001:db8::80'
C_NS, S_NS = sys.argv[1], sys.argv[2]
libc = ctypes.CDLL(None, use_errno=True)


# --- sockets in a namespace ---------------------------------------------------

def sock(ns, family=socket.AF_INET, kind=socket.SOCK_STREAM, proto=0):
    home = os.open('/proc/thread-self/ns/net', os.O_RDONLY)
    there = os.open(ns, os.O_RDONLY)
    try:
        if libc.setns(there, 0x40000000):
            raise OSError(ctypes.get_errno(), 'setns ' + ns)
        s = socket.socket(family, kind, proto)
        libc.setns(home, 0x40000000)
    finally:
        os.close(home)
        os.close(there)
    s.settimeout(20)
    if kind == socket.SOCK_STREAM:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b'reno')
        except OSError:
            pass
    return s


def tcp_listen(port, ip=S4, **opts):
    s = sock(S_NS)
    if 'rcvbuf' in opts:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, opts['rcvbuf'])
    s.bind((ip, port))
    s.listen(4)
    return s


def tcp_pair(sport, cport, rcvbuf_c=0, rcvbuf_s=0):
    """A connected pair (client socket, server socket)."""
    ls = tcp_listen(sport, **({'rcvbuf': rcvbuf_s} if rcvbuf_s else {}))
    c = sock(C_NS)
    if rcvbuf_c:
        c.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf_c)
    c.bind((C4, cport))
    c.connect((S4, sport))
    s, _ = ls.accept()
    s.settimeout(20)
    ls.close()
    return c, s


def recv_exact(s, n):
    got = b''
    while len(got) < n:
        b = s.recv(n - len(got))
        if not b:
            break
        got += b
    return got


def drain(s):
    """All bytes up to the end of the stream."""
    got = b''
    while True:
        b = s.recv(65536)
        if not b:
            return got
        got += b


def pattern(n):
    """n bytes of numbered lines, 64 bytes each."""
    out = b''.join(b'%07d abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ .\n' % i
                   for i in range(n // 64 + 1))
    return out[:n]


WORDS = ('a packet leaves its sender and finds a way through cables and routers until it '
         'comes to its receiver or is lost and then it must be sent again').split()


def text(n):
    out, line, i = [], '', 0
    while sum(map(len, out)) < n:
        w = WORDS[(i * i + i // 7) % len(WORDS)]
        i += 1
        if len(line) + len(w) > 70:
            out.append(line.strip() + '\n')
            line = ''
        line += w + ' '
    return ''.join(out)


def page(n):
    return ('<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8"><title>A sample page</title></head>\n'
            '<body>\n<h1>A sample page</h1>\n<p>\n' + text(n) + '</p>\n</body>\n</html>\n')


# --- openings and closings ----------------------------------------------------

def hello(c, s):
    c.sendall(b'hello\n')
    recv_exact(s, 6)
    s.sendall(b'hello to you\n')
    recv_exact(c, 13)
    time.sleep(0.1)


def close4():
    c, s = tcp_pair(7001, 50001)
    hello(c, s)
    c.close()
    drain(s)
    time.sleep(0.3)
    s.close()


def close3():
    c, s = tcp_pair(7002, 50002)
    hello(c, s)
    c.close()
    drain(s)
    s.close()


def close_both():
    c, s = tcp_pair(7003, 50003)
    hello(c, s)
    c.close()
    s.close()


def open_both():
    c, s = sock(C_NS), sock(S_NS)
    c.bind((C4, 50004))
    s.bind((S4, 50005))
    for x, to in ((c, (S4, 50005)), (s, (C4, 50004))):
        x.setblocking(False)
        x.connect_ex(to)
    for x in (c, s):
        select.select([], [x], [], 5)
        x.settimeout(10)
    time.sleep(0.2)
    hello(c, s)
    c.close()
    drain(s)
    s.close()


def half_close():
    c, s = tcp_pair(7006, 50006)
    c.sendall(b'that was all from me, now tell me yours\n')
    c.shutdown(socket.SHUT_WR)
    drain(s)
    for i in range(3):
        time.sleep(0.15)
        s.sendall(b'line %d after the half close\n' % i)
    time.sleep(0.15)
    s.close()
    drain(c)
    c.close()


def refused():
    c = sock(C_NS)
    c.bind((C4, 50007))
    print(c.connect_ex((S4, 7007)))


def reset():
    c, s = tcp_pair(7008, 50008)
    hello(c, s)
    c.sendall(pattern(3000))
    recv_exact(s, 1000)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
    s.close()
    time.sleep(0.1)
    try:
        c.recv(10)
    except OSError as e:
        print(e)


def abort_unread():
    """The receiver closes with unread data: the kernel answers with a reset."""
    c, s = tcp_pair(7009, 50009)
    c.sendall(b'nobody will read this\n')
    time.sleep(0.2)
    s.close()
    time.sleep(0.2)


def quick(sport, cport):
    c, s = tcp_pair(int(sport), int(cport))
    hello(c, s)
    c.close()
    drain(s)
    s.close()


def port_reuse():
    for i in range(2):
        c, s = tcp_pair(7010, 50010)
        hello(c, s)
        s.close()                        # TIME_WAIT at the server
        drain(c)
        c.close()
        time.sleep(1.2)


def fast_open():
    ls = sock(S_NS)
    ls.setsockopt(socket.IPPROTO_TCP, 23, 5)             # TCP_FASTOPEN
    ls.bind((S4, 7011))
    ls.listen(4)
    for i, msg in enumerate((b'first: ask for a cookie\n', b'second: data in the SYN\n')):
        c = sock(C_NS)
        c.settimeout(None)                               # must block to send in the SYN
        c.bind((C4, 50011 + i))
        c.sendto(msg, 0x20000000, (S4, 7011))            # MSG_FASTOPEN
        s, _ = ls.accept()
        recv_exact(s, len(msg))
        s.sendall(b'thank you\n')
        recv_exact(c, 10)
        c.close()
        drain(s)
        s.close()
        time.sleep(0.2)


# --- data ---------------------------------------------------------------------

def bulk(sport, cport, size, rcvbuf=0, up=False):
    """The server sends SIZE bytes to the client (or the client to it, with `up`)."""
    c, s = tcp_pair(int(sport), int(cport), rcvbuf_c=int(rcvbuf))
    data = pattern(int(size))
    src, dst = (c, s) if up else (s, c)
    got = []
    t = threading.Thread(target=lambda: got.append(drain(dst)))
    t.start()
    src.sendall(data)
    src.shutdown(socket.SHUT_WR)
    t.join(30)
    dst.close()
    drain(src)
    src.close()
    assert got and got[0] == data, 'not all arrived'


def zero_window():
    """The server does not read for 2.5 s, then reads all."""
    c, s = tcp_pair(7020, 50020, rcvbuf_s=8192)
    data = pattern(40000)
    t = threading.Thread(target=lambda: (c.sendall(data), c.shutdown(socket.SHUT_WR)))
    t.start()
    time.sleep(2.5)
    assert drain(s) == data
    t.join()
    s.close()
    drain(c)
    c.close()


def keep_alive():
    c, s = tcp_pair(7021, 50021)
    c.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    c.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1)
    c.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)
    c.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3)
    hello(c, s)
    time.sleep(3.5)
    c.sendall(b'still here\n')
    recv_exact(s, 11)
    c.close()
    drain(s)
    s.close()


def keep_alive_dead():
    """The wire is cut (by a rule) while both ends are idle."""
    c, s = tcp_pair(7022, 50022)
    for o, v in ((socket.TCP_KEEPIDLE, 1), (socket.TCP_KEEPINTVL, 1), (socket.TCP_KEEPCNT, 3)):
        c.setsockopt(socket.IPPROTO_TCP, o, v)
    c.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    hello(c, s)
    try:
        c.recv(1)
    except OSError as e:
        print(e)


def urgent():
    c, s = tcp_pair(7023, 50023)
    c.sendall(b'plain ')
    time.sleep(0.05)
    c.send(b'!', socket.MSG_OOB)
    time.sleep(0.05)
    c.sendall(b' more')
    time.sleep(0.1)
    c.close()
    drain(s)
    s.close()


def chat():
    """Small messages to and fro, some sent without waiting for the answer."""
    c, s = tcp_pair(7024, 50024)
    for x in (c, s):
        x.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for i in range(5):
        c.sendall(b'question %d\n' % i)
        recv_exact(s, 11)
        s.sendall(b'answer %d\n' % i)
        recv_exact(c, 9)
        time.sleep(0.03 * i)
    for i in range(4):
        c.sendall(b'news %d\n' % i)
        time.sleep(0.004)
    recv_exact(s, 28)
    c.close()
    drain(s)
    s.close()


# --- HTTP by hand -------------------------------------------------------------

def http_raw(cport, *pieces):
    """Send the pieces (with \\r\\n escapes), read to the end."""
    c = sock(C_NS)
    c.bind((C4, int(cport)))
    c.connect((S4, 80))
    for p in pieces:
        c.sendall(p.encode().decode('unicode_escape').encode())
        time.sleep(0.1)
    drain(c)
    c.close()


# --- UDP and multicast --------------------------------------------------------

def udp(cport, sport, size, family='4'):
    """One datagram of SIZE bytes to the server, the same back."""
    six = family == '6'
    fam = socket.AF_INET6 if six else socket.AF_INET
    s, c = sock(S_NS, fam, socket.SOCK_DGRAM), sock(C_NS, fam, socket.SOCK_DGRAM)
    if six:
        for x in (c, s):
            x.setsockopt(socket.IPPROTO_IPV6, 23, 1)     # IPV6_MTU_DISCOVER
    else:
        for x in (c, s):
            x.setsockopt(socket.IPPROTO_IP, 10, 0)       # IP_MTU_DISCOVER: dont
    s.bind((S6 if six else S4, int(sport)))
    c.bind((C6 if six else C4, int(cport)))
    c.sendto(pattern(int(size)), (S6 if six else S4, int(sport)))
    data, peer = s.recvfrom(65536)
    s.sendto(data, peer)
    c.recvfrom(65536)


def dns_name(name):
    return b''.join(bytes([len(p)]) + p.encode() for p in name.split('.') if p) + b'\0'


def mdns():
    group, port = '224.0.0.251', 5353
    ends = []
    for ns, ip in ((C_NS, C4), (S_NS, S4)):
        x = sock(ns, socket.AF_INET, socket.SOCK_DGRAM)
        x.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        x.bind(('', port))
        x.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(ip))
        x.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
        x.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
        x.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                     socket.inet_aton(group) + socket.inet_aton(ip))
        ends.append(x)
    c, s = ends
    time.sleep(0.3)

    def rr(name, kind, data, ttl=120, flush=True):
        return name + struct.pack('!HHIH', kind, 0x8001 if flush else 1, ttl, len(data)) + data

    host, service = dns_name('printer.local'), dns_name('_ipp._tcp.local')
    inst = b'\x0cThe printer!' + service
    # a question for an address, with the unicast-response bit clear
    c.sendto(struct.pack('!6H', 0, 0, 1, 0, 0, 0) + host + struct.pack('!HH', 1, 1), (group, port))
    s.recvfrom(2000)
    s.sendto(struct.pack('!6H', 0, 0x8400, 0, 1, 0, 0) + rr(host, 1, socket.inet_aton(S4)), (group, port))
    c.recvfrom(2000)
    time.sleep(0.05)
    # browsing for a service, unicast response wished (QU)
    c.sendto(struct.pack('!6H', 0, 0, 1, 0, 0, 0) + service + struct.pack('!HH', 12, 0x8001), (group, port))
    s.recvfrom(2000)
    msg = struct.pack('!6H', 0, 0x8400, 0, 1, 0, 3)
    msg += rr(service, 12, inst, 4500, False)
    msg += rr(inst, 33, struct.pack('!HHH', 0, 0, 631) + host)
    msg += rr(inst, 16, b'\x09txtvers=1\x0brp=printers', 4500)
    msg += rr(host, 1, socket.inet_aton(S4))
    s.sendto(msg, (C4, port))
    c.recvfrom(2000)
    time.sleep(0.05)
    # good-bye: the record with a time to live of 0
    s.sendto(struct.pack('!6H', 0, 0x8400, 0, 1, 0, 0) + rr(service, 12, inst, 0, False), (group, port))
    c.recvfrom(2000)
    time.sleep(0.1)


def join(group4, group6, dev):
    """The client joins two groups, waits, leaves them."""
    a, b = sock(C_NS, socket.AF_INET, socket.SOCK_DGRAM), sock(C_NS, socket.AF_INET6, socket.SOCK_DGRAM)
    a.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(group4) + socket.inet_aton(C4))
    index = struct.pack('@I', 2)
    for line in os.popen('nsenter --net=%s ip -o link show %s' % (C_NS, dev)):
        index = struct.pack('@I', int(line.split(':')[0]))
    b.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, socket.inet_pton(socket.AF_INET6, group6) + index)
    time.sleep(2.5)
    a.close()
    b.close()
    time.sleep(2.5)


# --- a cable of bare IP packets: two TUN devices ------------------------------

def tun_cable():
    """tun0 in both namespaces, joined; runs until killed."""
    fds = []
    for ns in (C_NS, S_NS):
        there = os.open(ns, os.O_RDONLY)
        libc.setns(there, 0x40000000)
        os.close(there)
        fd = os.open('/dev/net/tun', os.O_RDWR)
        fcntl.ioctl(fd, 0x400454ca, struct.pack('16sH', b'tun0', 0x1001))   # IFF_TUN, IFF_NO_PI
        fds.append(fd)
    print('ready', flush=True)
    while True:
        for fd in select.select(fds, [], [])[0]:
            packet = os.read(fd, 65535)
            try:
                os.write(fds[1 - fds.index(fd)], packet)
            except OSError:
                pass                     # the other end is not up yet


if __name__ == '__main__':
    name, rest = sys.argv[3], sys.argv[4:]
    if name in ('page', 'text'):
        sys.stdout.write({'page': page, 'text': text}[name](int(rest[0])))
    elif name == 'pattern':
        sys.stdout.buffer.write(pattern(int(rest[0])))
    else:
        {k: v for k, v in globals().items() if callable(v)}[name.replace('-', '_')](*rest)
