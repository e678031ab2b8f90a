#!/usr/bin/env python3
"""Writes the captures that scripts/bench.sh measures: always the same bytes.

    bench_captures.py SAMPLES KIND COUNT FILE

KIND is mixed (the Ethernet captures in SAMPLES over and over, each round between other addresses), flows (COUNT flows
of four packets of 64 bytes), near (the same within one /16), bulk (one transfer of COUNT segments), holes (COUNT
segments behind one that never comes) or pieces (COUNT datagrams of which only the first piece comes).
"""

import glob
import os
import struct
import sys

MACS = bytes.fromhex("020000000002020000000001")
SYN, ACK, FIN_ACK, SYN_ACK = 0x02, 0x10, 0x11, 0x12


def ones(data):
    """The Internet checksum (RFC 1071)."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def ipv4(protocol, src, dst, ident, payload, offset=0):
    """An Ethernet frame of at least 60 bytes."""
    head = struct.pack("!BBHHHBBHII", 0x45, 0, 20 + len(payload), ident & 0xFFFF, offset, 64, protocol, 0, src, dst)
    head = head[:10] + struct.pack("!H", ones(head)) + head[12:]
    return (MACS + b"\x08\0" + head + payload).ljust(60, b"\0")


def tcp(src, dst, ports, seq, ack, flags, ident, data=b""):
    head = struct.pack("!HHIIBBHHH", *ports, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, 0x50, flags, 65535, 0, 0)
    pseudo = struct.pack("!IIBBH", src, dst, 0, 6, 20 + len(data))
    head = head[:16] + struct.pack("!H", ones(pseudo + head + data)) + head[18:]
    return ipv4(6, src, dst, ident, head + data)


def samples(folder):
    """Frames of all classic Ethernet captures, with microseconds since the first of each file."""
    for name in sorted(glob.glob(os.path.join(folder, "*.pcap"))):
        with open(name, "rb") as file:
            data = file.read()
        if data[:4] not in (b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4"):
            continue
        order = "<" if data[:1] == b"\xd4" else ">"
        if struct.unpack_from(order + "I", data, 20)[0] != 1:
            continue
        at, first = 24, None
        while at + 16 <= len(data):
            secs, micros, have, wire = struct.unpack_from(order + "IIII", data, at)
            time = secs * 1_000_000 + micros
            first = time if first is None else first
            frame = data[at + 16 : at + 16 + have]
            at += 16 + have
            if len(frame) == have == wire:
                yield max(time - first, 0) % 60_000_000, frame


def moved(frame, by):
    """The frame between other addresses: what one half of an address gains the other loses, so that all checksums
    stay right."""
    if frame[12:14] == b"\x08\0" and len(frame) >= 34:
        places = (26, 30)
    elif frame[12:14] == b"\x86\xdd" and len(frame) >= 54:
        places = (34, 50)
    else:
        return frame
    frame = bytearray(frame)
    for place in places:
        high, low = struct.unpack_from("!HH", frame, place)
        struct.pack_into("!HH", frame, place, (high - by) % 65535, (low + by) % 65535)
    return bytes(frame)


def mixed(folder, count):
    frames = sorted(samples(folder), key=lambda row: row[0])
    for number in range(count):
        turn, at = divmod(number, len(frames))
        time, frame = frames[at]
        yield turn * 60_000_000 + time, moved(frame, turn % 65535) if turn else frame


def flows(count, near):
    for number in range(count):
        host = 0x0A000001 + (number % 65000 if near else number * 257 % 0x1000000)
        ports = (1024 + number // 65000 % 60000 if near else 1024 + number % 60000, 9999)
        server, seq = 0xC6336401, number * 7919
        for step, (up, flags, s, a) in enumerate(
            ((1, SYN, seq, 0), (0, SYN_ACK, seq + 5, seq + 1), (1, ACK, seq + 1, seq + 6), (1, FIN_ACK, seq + 1, seq + 6))
        ):
            ends, pair = ((host, server), ports) if up else ((server, host), ports[::-1])
            yield number * 20 + step, tcp(*ends, pair, s, a, flags, number + step)


def bulk(count, hole):
    client, server, data = 0xC000020A, 0xC6336450, b"x" * 1448
    up, down, ports = (client, server), (server, client), (40000, 39999)
    yield 0, tcp(*up, ports, 1000, 0, SYN, 1)
    yield 1, tcp(*down, ports[::-1], 5000, 1001, SYN_ACK, 1)
    yield 2, tcp(*up, ports, 1001, 5001, ACK, 2)
    seq = 5001 + (len(data) if hole else 0)
    for number in range(count):
        yield 10 + 10 * number, tcp(*down, ports[::-1], seq, 1001, ACK, number + 2, data[: 64 if hole else None])
        seq += 64 if hole else len(data)
        if number % 2 and not hole:
            yield 15 + 10 * number, tcp(*up, ports, 1001, seq, ACK, number + 3)


def pieces(count):
    for number in range(count):
        yield number, ipv4(17, 0x0A000001 + number // 65536, 0xC6336401, number, b"p" * 64, offset=0x2000)


def main():
    folder, kind, count, path = sys.argv[1:]
    count = int(count)
    packets = {
        "mixed": lambda: mixed(folder, count),
        "flows": lambda: flows(count, near=False),
        "near": lambda: flows(count, near=True),
        "bulk": lambda: bulk(count, hole=False),
        "holes": lambda: bulk(count, hole=True),
        "pieces": lambda: pieces(count),
    }[kind]()
    with open(path, "wb", buffering=1 << 20) as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
        for micros, frame in packets:
            secs, micros = divmod(1_700_000_000_000_000 + micros, 1_000_000)
            out.write(struct.pack("<IIII", secs, micros, len(frame), len(frame)) + frame)


main()
