#!/usr/bin/env python3
"""Writes captures of attacks on whoever keeps state, each for a given size (docs/faults.md, sections 3.E and 3.F).

    scripts/attacks.py KIND COUNT FILE

flood      SYNs from COUNT sources, with 100 connections that go on before, between and behind them
tunnels    one SYN between the same two ends inside each of COUNT tunnels (IPv4 in IPv4)
fragments  first pieces of COUNT datagrams that are never completed
reverse    a stream of COUNT bytes, one to a segment, the last first
every2nd   a stream of COUNT segments of one byte of which every second is missing
again      a stream of COUNT bytes, one to a segment: 4,000 of them, all of them again, then an ACK for each
gaps       COUNT connections, each of which lacks its first byte and then sends 4 MiB less 64 KiB in segments of 16 KiB
unacked    COUNT connections that send data, in small segments and in turn, which nobody acknowledges
trickle    COUNT segments of one byte, of HTTP heads that never end, 40,000 to a connection
heads      COUNT connections, each with the beginning of an HTTP head that never ends
datagrams  a question of DNS from each of COUNT sources, never answered
turn       the same, and 20 seconds later a flood of SYNs as large
"""
import random
import struct
import sys

SEED = 2
START = 1_700_000_000_000_000


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


class File:
    """A capture file: a packet each 10 microseconds."""

    def __init__(self, name):
        self.out = open(name, "wb", buffering=1 << 20)
        self.out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 101))
        self.time = START

    def packet(self, data):
        self.time += 10
        self.out.write(struct.pack("<IIII", self.time // 1_000_000, self.time % 1_000_000, len(data), len(data)))
        self.out.write(data)


def ip(src, dst, protocol, payload, ident=1, offset=0):
    head = struct.pack(">BBHHHBBHII", 0x45, 0, 20 + len(payload), ident, offset, 64, protocol, 0, src, dst)
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + payload


def tcp(src, dst, ports, seq, ack, flags, payload=b"", options=b""):
    head = struct.pack(">HHIIBBHHH", *ports, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, (5 + len(options) // 4) << 4, flags, 65535, 0, 0)
    segment = head + options + payload
    total = checksum(struct.pack(">IIBBH", src, dst, 0, 6, len(segment)) + segment)
    return ip(src, dst, 6, segment[:16] + struct.pack(">H", total) + segment[18:])


CLIENT, SERVER = 0x0A000001, 0x0A000002
SYN, ACK, SYN_ACK, PSH_ACK = 0x02, 0x10, 0x12, 0x18
OPTIONS = bytes([2, 4, 5, 180, 1, 3, 3, 14])


def handshake(file, src, dst, ports):
    """Both ends begin at 0."""
    back = ports[::-1]
    file.packet(tcp(src, dst, ports, 0, 0, SYN, options=OPTIONS))
    file.packet(tcp(dst, src, back, 0, 1, SYN_ACK, options=OPTIONS))
    file.packet(tcp(src, dst, ports, 1, 1, ACK))


def exchange(file, ports, n):
    """Question and answer number `n` of a connection that goes on."""
    size = 18
    at = 1 + n * size
    file.packet(tcp(CLIENT, SERVER, ports, at, at, PSH_ACK, b"question %08d\n" % n))
    file.packet(tcp(SERVER, CLIENT, ports[::-1], at, at + size, PSH_ACK, b"answer   %08d\n" % n))
    file.packet(tcp(CLIENT, SERVER, ports, at + size, at + size, ACK))


def flood(file, count):
    good = [(50_000 + i, 8_080) for i in range(100)]
    for ports in good:
        handshake(file, CLIENT, SERVER, ports)
        exchange(file, ports, 0)
    rng = random.Random(SEED)
    turn = max(1, count // 2_000)
    for i in range(count):
        src = rng.randrange(0x0B000000, 0xDF000000)
        file.packet(tcp(src, SERVER, (1024 + i % 60_000, 80), rng.getrandbits(32), 0, SYN, options=OPTIONS))
        if i % turn == turn - 1:
            nth = i // turn
            exchange(file, good[nth % 100], 1 + nth // 100)
    for ports in good:
        file.packet(tcp(CLIENT, SERVER, ports, 1 + 18 * (1 + -(-2_000 // 100)), 0, 0x04))


def tunnels(file, count):
    inner = tcp(CLIENT, SERVER, (40_000, 80), 0, 0, SYN, options=OPTIONS)
    for i in range(count):
        file.packet(ip(0x0B000000 + i, SERVER, 4, inner))


def fragments(file, count):
    for i in range(count):
        file.packet(ip(0x0B000000 + (i >> 16), SERVER, 17, bytes(64), ident=i & 0xFFFF, offset=0x2000))


def reverse(file, count):
    ports = (40_000, 80)
    handshake(file, CLIENT, SERVER, ports)
    for i in range(count - 1, -1, -1):
        file.packet(tcp(CLIENT, SERVER, ports, 1 + i, 1, PSH_ACK, bytes([97 + i % 26])))


def every2nd(file, count):
    ports = (40_000, 80)
    handshake(file, CLIENT, SERVER, ports)
    for i in range(count):
        file.packet(tcp(CLIENT, SERVER, ports, 2 + 2 * i, 1, PSH_ACK, b"x"))


def again(file, count):
    ports = (40_000, 80)
    handshake(file, CLIENT, SERVER, ports)
    for first in range(1, count + 1, 4_000):
        run = range(first, min(first + 4_000, count + 1))
        for seq in [*run, *run]:
            file.packet(tcp(CLIENT, SERVER, ports, seq, 1, PSH_ACK, b"x"))
            file.time += 50
        for seq in run:
            file.packet(tcp(SERVER, CLIENT, ports[::-1], 1, seq + 1, ACK))


def gaps(file, count):
    data = bytes(16 << 10)
    for i in range(count):
        ports = (1024 + i, 80)
        handshake(file, CLIENT, SERVER, ports)
        for at in range(2, (4 << 20) - (64 << 10), len(data)):
            file.packet(tcp(CLIENT, SERVER, ports, at, 1, PSH_ACK, data))


def unacked(file, count):
    for i in range(count):
        handshake(file, CLIENT + (i >> 15 << 8), SERVER, (1024 + i % 32_768, 80))
    for n in range(64):
        for i in range(count):
            ports = (1024 + i % 32_768, 80)
            file.packet(tcp(CLIENT + (i >> 15 << 8), SERVER, ports, 1 + 10 * n, 1, PSH_ACK, b"0123456789"))


def trickle(file, count):
    head = b"GET / HTTP/1.1\r\nX: "
    for i in range(count):
        ports, at = (1024 + i // 40_000, 80), i % 40_000
        if at == 0:
            handshake(file, CLIENT, SERVER, ports)
        file.packet(tcp(CLIENT, SERVER, ports, 1 + at, 1, PSH_ACK, head[at : at + 1] or b"y"))


def heads(file, count):
    line = b"X-%04d: " + b"y" * 1000 + b"\r\n"
    for i in range(count):
        handshake(file, CLIENT + (i >> 15 << 8), SERVER, (1024 + i % 32_768, 80))
    for n in range(48):
        for i in range(count):
            ports = (1024 + i % 32_768, 80)
            payload = line % n
            at = 1 + n * len(payload) + (16 if n else 0)
            start = b"GET / HTTP/1.1\r\n" if n == 0 else b""
            file.packet(tcp(CLIENT + (i >> 15 << 8), SERVER, ports, at, 1, PSH_ACK, start + payload))


def datagrams(file, count):
    question = struct.pack(">HHHHHH", 1, 0x0100, 1, 0, 0, 0) + b"\7example\3com\0\0\1\0\1"
    rng = random.Random(SEED)
    for i in range(count):
        src = rng.randrange(0x0B000000, 0xDF000000)
        head = struct.pack(">HHHH", 1024 + i % 60_000, 53, 8 + len(question), 0)
        file.packet(ip(src, SERVER, 17, head + question))


def turn(file, count):
    datagrams(file, count)
    file.time += 20_000_000
    flood(file, count)


def main():
    kinds = {f.__name__: f for f in (flood, tunnels, fragments, reverse, every2nd, again, gaps, unacked, trickle, heads,
                                        datagrams, turn)}
    if len(sys.argv) != 4 or sys.argv[1] not in kinds:
        sys.exit(__doc__)
    file = File(sys.argv[3])
    kinds[sys.argv[1]](file, int(sys.argv[2]))
    file.out.close()


main()
