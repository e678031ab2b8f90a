"""Builds the sample of NetBIOS sessions; make_frames.py runs it."""
from make_frames import H, I, hexs, pcap
from make_rpc import stream


def name(text, kind):
    """A name in its coded form (RFC 1001 section 14.1)."""
    plain = text.encode().ljust(15) + bytes([kind])
    return b'\x20' + bytes(65 + half for byte in plain for half in (byte >> 4, byte & 15)) + b'\0'


def packet(kind, body=b''):
    return I(kind << 24 | len(body)) + body


def nbss():
    request = packet(0x81, name('SERVER', 0x20) + name('STATION', 0))
    smb1 = hexs('ff534d42 72 00000000 18 0128 0000 0000000000000000 0000 0000 fffe 0000 0000 00 0200') + b'\x02'
    smb2 = hexs('fe534d42 4000 0000 00000000 0000 0100') + bytes(48)
    sessions = [
        ([(1, request), (0, packet(0x84, hexs('c0000251') + H(139)))], 139),
        ([(1, request), (0, packet(0x83, b'\x82'))], 139),
        ([(1, request), (0, packet(0x82)), (1, packet(0, smb1)), (0, packet(0, smb1)), (1, packet(0x85))], 139),
        ([(1, smb1[9:]), (1, packet(0, smb2)), (0, packet(0, smb2))], 445),
    ]
    return pcap([frame for n, (steps, port) in enumerate(sessions) for frame in stream(steps, 50150 + n, port)])


FILES = {'nbss.pcap': nbss}
