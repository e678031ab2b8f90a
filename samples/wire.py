#!/usr/bin/env python3
"""A cable between two network interfaces, run in user space.

    wire.py --a IF --b IF [--delay MS] [--rule RULE]...

Every frame that arrives on one interface leaves on the other one DELAY
milliseconds later. Rules change the fate of single frames:

    RULE = DIR:WHAT:LIST:ACTION
    DIR     ab or ba
    WHAT    any, tcp, syn (no ACK), synack, data (TCP with payload), fin, rst,
            ack (TCP without payload, SYN, FIN or RST), udp, icmp, frag (IP fragment)
    LIST    numbers of the frames that match WHAT in that direction, counted
            from 1, such as 3 or 3,5 or 7-9 or 7-
    ACTION  drop
            dup          send it twice
            after=N      let the N following matching frames pass first
            hold=MS      that much more delay for this frame only

There is no chance in it: the same frames get the same treatment each time.
Prints "ready" when it forwards; one line per frame that a rule hit.
"""
import argparse
import heapq
import select
import socket
import struct
import sys
import time

IGNORE_OUTGOING = 23                     # PACKET_IGNORE_OUTGOING
SOL_PACKET = 263


def classify(frame):
    """The set of WHAT words a frame belongs to."""
    words = {'any'}
    off = 14
    ethertype = struct.unpack_from('!H', frame, 12)[0]
    if ethertype == 0x0800 and len(frame) >= off + 20:
        ihl = (frame[off] & 15) * 4
        total = struct.unpack_from('!H', frame, off + 2)[0]
        proto, l4, end = frame[off + 9], off + ihl, off + total
        fragment = struct.unpack_from('!H', frame, off + 6)[0] & 0x3fff
        if fragment:
            words.add('frag')
        if fragment & 0x1fff:
            return words                 # no transport header in it
    elif ethertype == 0x86dd and len(frame) >= off + 40:
        proto, l4 = frame[off + 6], off + 40
        end = l4 + struct.unpack_from('!H', frame, off + 4)[0]
        if proto == 44:
            words.add('frag')
    else:
        return words
    if proto == 17:
        words.add('udp')
    elif proto in (1, 58):
        words.add('icmp')
    elif proto == 6 and len(frame) >= l4 + 20:
        words.add('tcp')
        flags = frame[l4 + 13]
        payload = end - l4 - (frame[l4 + 12] >> 4) * 4
        if flags & 2:
            words.add('synack' if flags & 16 else 'syn')
        if flags & 1:
            words.add('fin')
        if flags & 4:
            words.add('rst')
        if payload > 0:
            words.add('data')
        elif not flags & 7:
            words.add('ack')
    return words


class Rule:
    def __init__(self, text):
        self.text = text
        self.dir, self.what, numbers, action = text.split(':')
        self.action, _, arg = action.partition('=')
        self.arg = float(arg or 0)
        self.ranges = []
        for part in numbers.split(','):
            lo, dash, hi = part.partition('-')
            self.ranges.append((int(lo), int(hi) if hi else (1 << 60 if dash else int(lo))))
        self.seen = 0
        self.waiting = []                # [frames still to pass, frame]

    def hits(self, words):
        if self.what not in words:
            return False
        self.seen += 1
        return any(lo <= self.seen <= hi for lo, hi in self.ranges)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument('--a', required=True)
    ap.add_argument('--b', required=True)
    ap.add_argument('--delay', type=float, default=0.0, help='milliseconds, one way')
    ap.add_argument('--rule', action='append', default=[], type=Rule)
    opt = ap.parse_args()
    socks = []
    for dev in (opt.a, opt.b):
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        s.setsockopt(SOL_PACKET, IGNORE_OUTGOING, 1)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        s.bind((dev, 3))                 # ETH_P_ALL
        s.setblocking(False)
        socks.append(s)
    print('ready', flush=True)
    queue, order = [], 0                 # (time to leave, order, socket, frame)

    def send_at(when, out, frame):
        nonlocal order
        order += 1
        heapq.heappush(queue, (when, order, out, frame))

    while True:
        now = time.monotonic()
        while queue and queue[0][0] <= now:
            _, _, out, frame = heapq.heappop(queue)
            try:
                socks[out].send(frame)
            except OSError as e:
                print('send:', e, file=sys.stderr, flush=True)
        wait = max(0, queue[0][0] - now) if queue else None
        ready, _, _ = select.select(socks, [], [], wait)
        for s in ready:
            side = socks.index(s)
            try:
                frame = s.recv(65535)
            except OSError:
                continue
            when = time.monotonic() + opt.delay / 1000
            words, out = classify(frame), 1 - side
            copies, held = 1, False
            freed = []
            for rule in opt.rule:
                if rule.dir != ('ab', 'ba')[side]:
                    continue
                hit = rule.hits(words)
                if rule.what in words and not hit:
                    for w in rule.waiting:
                        w[0] -= 1
                    freed += [w[1] for w in rule.waiting if w[0] <= 0]
                    rule.waiting = [w for w in rule.waiting if w[0] > 0]
                if not hit:
                    continue
                print('rule %s frame %d' % (rule.text, rule.seen), flush=True)
                if rule.action == 'drop':
                    copies = 0
                elif rule.action == 'dup':
                    copies = 2
                elif rule.action == 'hold':
                    when += rule.arg / 1000
                elif rule.action == 'after':
                    rule.waiting.append([int(rule.arg), frame])
                    held = True
            if not held:
                for _ in range(copies):
                    send_at(when, out, frame)
            for f in freed:
                send_at(when, out, f)


if __name__ == '__main__':
    main()
