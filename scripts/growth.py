#!/usr/bin/env python3
"""How time and memory grow with what is read: captures of n, 2n, 4n and 8n of something, one kind after the other.

    scripts/growth.py [-n LARGEST] [--mode WORDS] [--keep FOLDER] [NETDISSECT [KIND...]]

LARGEST is 8n, 200,000 if not said; kinds that write much or one byte to a packet take a part of it. NETDISSECT is
target/release/netdissect, and reads with -q if no other mode is said (--mode=--expert). Prints a table: processor time, least of three runs, and peak memory at the largest size, both
without those of an empty capture; and by what each doubling multiplied them: 2 is growth in proportion, 1 is none.
Exits with 1 if the last doubling takes more than 2.5 times as long. Python's library is all that it needs.
"""
import argparse
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
BENCH = [sys.executable, os.path.join(HERE, "bench_captures.py"), os.path.join(HERE, "..", "samples")]
ATTACKS = [sys.executable, os.path.join(HERE, "attacks.py")]
# Kind: who writes it, what of LARGEST it takes, what is counted, and what is added to the mode.
KINDS = {
    "mixed": (BENCH, 1, "packets of all kinds"),
    "flows": (BENCH, 1, "TCP flows of four packets"),
    "near": (BENCH, 1, "the same from one /16"),
    "tunnels": (ATTACKS, 1, "SYNs between the same two ends in as many tunnels"),
    "flood": (ATTACKS, 1, "SYNs from as many sources, 100 connections between them"),
    "datagrams": (ATTACKS, 1, "questions of DNS from as many sources"),
    "turn": (ATTACKS, 1, "sources of questions, then of SYNs, and 16 MB to remember them", "--limit", "memory=16M"),
    "bulk": (BENCH, 1, "segments of one transfer"),
    "holes": (BENCH, 1, "segments behind one hole"),
    "reverse": (ATTACKS, 5, "segments of one byte, the last first"),
    "every2nd": (ATTACKS, 5, "segments of one byte, every second missing"),
    "again": (ATTACKS, 5, "segments of one byte, each sent twice and acknowledged alone"),
    "gaps": (ATTACKS, 1600, "connections with 4 MiB behind a hole"),
    "pieces": (BENCH, 1, "first pieces of datagrams"),
    "trickle": (ATTACKS, 1, "segments of one byte, of HTTP heads that never end"),
    "heads": (ATTACKS, 50, "connections with 48 KB of an HTTP head that never ends"),
}
EMPTY = bytes.fromhex("d4c3b2a1 02000400 00000000 00000000 00000400 01000000")
STEPS = 4
TOO_MUCH = 2.5


def cost(binary, mode, name, runs=3):
    """Processor time in seconds, the least of some runs, and peak memory in MiB."""
    times, memory = [], 0
    for _ in range(runs):
        process = subprocess.Popen([binary, "read", "-Q", *mode, name], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            sys.exit(f"growth: {name}: exit {process.returncode}")
        times.append(usage.ru_utime + usage.ru_stime)
        memory = max(memory, usage.ru_maxrss / 1024)
    return min(times), memory


def factors(values, least):
    """By what each doubling multiplied; where there is too little to tell, a dash."""
    return " ".join(f"{b / a:.2f}" if a >= least else "-" for a, b in zip(values, values[1:]))


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("-n", type=int, default=200_000, metavar="LARGEST")
    options.add_argument("--mode", default="-q", metavar="WORDS")
    options.add_argument("--keep", metavar="FOLDER", help="where the captures are written, and stay")
    options.add_argument("binary", nargs="?", metavar="NETDISSECT")
    options.add_argument("kinds", nargs="*", metavar="KIND", help=", ".join(KINDS))
    said = options.parse_args()
    mode = said.mode.split()
    target = os.environ.get("CARGO_TARGET_DIR", os.path.join(HERE, "..", "target"))
    binary = said.binary or os.path.join(target, "release", "netdissect")
    for kind in said.kinds:
        if kind not in KINDS:
            options.error(f"{kind} is none of {', '.join(KINDS)}")
    too_much = []
    with tempfile.TemporaryDirectory() as folder:
        empty = os.path.join(folder, "empty")
        with open(empty, "wb") as file:
            file.write(EMPTY)
        base_time, base_memory = cost(binary, mode, empty)
        print("| what grows | up to | time | by doubling | memory | by doubling |")
        print("|---|---:|---:|---|---:|---|", flush=True)
        for kind in said.kinds or KINDS:
            writer, part, what, *words = KINDS[kind]
            sizes = [max(1, said.n // part >> step) for step in reversed(range(STEPS))]
            times, memories = [], []
            for size in sizes:
                name = os.path.join(said.keep or folder, f"{kind}-{size}")
                if not (said.keep and os.path.exists(name)):
                    subprocess.run([*writer, kind, str(size), name], check=True)
                seconds, megabytes = cost(binary, mode + words, name)
                times.append(max(seconds - base_time, 1e-6))
                memories.append(max(megabytes - base_memory, 1e-3))
                if not said.keep:
                    os.remove(name)
            print(f"| {what} | {sizes[-1]:,} | {times[-1]:.3f} s | {factors(times, 0.005)} "
                  f"| {memories[-1]:,.1f} MiB | {factors(memories, 1)} |", flush=True)
            if times[-2] >= 0.05 and times[-1] > TOO_MUCH * times[-2]:
                too_much.append(what)
    if too_much:
        sys.exit(f"growth: more than in proportion: {'; '.join(too_much)}")


main()
