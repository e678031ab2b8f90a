#!/usr/bin/env python3
"""What netdissect, tcpdump and tshark make of damaged files, hostile captures and outputs that fail.

    scripts/faults.py FOLDER [NETDISSECT]

Every file of FOLDER is read by each program in its plainest mode, one program at a time: exit code, lines printed, whether
they hold anything that a terminal obeys (docs/faults.md, section 1), peak memory and processor time. Prints the tables of
BENCHMARKS.md; a file has a row where the programs differ in more than time. A program gets 60 seconds of the processor a file.
"""
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile

LIMIT = 60
# From here on memory, in MB, and time, in seconds, are worth a word.
MUCH, LONG = 200, 5
FORBIDDEN = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\udc80-\udcff]")
PROGRAMS = {
    "netdissect": lambda binary, name: [binary, "read", name, "--color", "never"],
    "tcpdump": lambda _, name: ["tcpdump", "-nr", name],
    "tshark": lambda _, name: ["tshark", "-nr", name],
}


class Run:
    """One program on one file."""

    def __init__(self, command, out=None):
        with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as printed:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out or printed, stderr=said,
                                       preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (LIMIT, LIMIT + 1)))
            _, status, usage = os.wait4(process.pid, 0)
            self.seconds = usage.ru_utime + usage.ru_stime
            process.returncode = os.waitstatus_to_exitcode(status)
            self.code = process.returncode
            self.megabytes = usage.ru_maxrss / 1024
            printed.seek(0)
            self.lines, self.obeyed = 0, False
            for line in printed:
                self.lines += 1
                self.obeyed = self.obeyed or bool(FORBIDDEN.search(line.decode("utf-8", "surrogateescape")))
            said.seek(0)
            self.said = said.read().decode("utf-8", "replace").strip().splitlines()


def outcome(run):
    """In words, for the table."""
    if run.code == -signal.SIGXCPU:
        words = "no end"
    elif run.code < 0:
        words = signal.Signals(-run.code).name
    else:
        words = f"exit {run.code}"
    words += f", {run.lines:,} packet" + "s" * (run.lines != 1)
    if run.obeyed:
        words += ", raw control characters"
    if run.megabytes > MUCH:
        words += f", {run.megabytes:,.0f} MB"
    if run.seconds > LONG:
        words += f", {run.seconds:.1f} s"
    return words


def files(folder, binary):
    names = sorted(name for name in os.listdir(folder) if os.path.isfile(os.path.join(folder, name)))
    names = [name for name in names if not name.endswith((".tsv", ".txt", ".md"))]
    runs = {program: [] for program in PROGRAMS}
    for name in names:
        for program, command in PROGRAMS.items():
            runs[program].append(Run(command(binary, os.path.join(folder, name))))
    print(f"{len(names)} files\n")
    print("| | packets printed | exit 0 | told of a fault | killed or without end | raw control characters | most memory | longest |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    for program, own in runs.items():
        print(f"| {program} | {sum(run.lines for run in own):,} | {sum(run.code == 0 for run in own)} "
              f"| {sum(run.code > 0 for run in own)} | {sum(run.code < 0 for run in own)} "
              f"| {sum(run.obeyed for run in own)} | {max(run.megabytes for run in own):,.0f} MB "
              f"| {max(run.seconds for run in own):.1f} s |")
    print("\n| file | " + " | ".join(PROGRAMS) + " |")
    print("|---|" + "---|" * len(PROGRAMS))
    for name, *rows in zip(names, *runs.values()):
        if len({outcome(row) for row in rows}) > 1:
            print(f"| {name} | " + " | ".join(map(outcome, rows)) + " |")


def outputs(binary):
    """Outputs that fail, with a capture that is whole."""
    sample = os.path.relpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "samples", "http_get.pcap"))
    plain = {program: command(binary, sample) for program, command in PROGRAMS.items()}
    with open("/dev/full", "wb") as full:
        print_full = {program: Run(command, full) for program, command in plain.items()}
    save_full = {program: Run([*command, "-w", "/dev/full"]) for program, command in plain.items()}
    print("\n| | " + " | ".join(PROGRAMS) + " |")
    print("|---|" + "---|" * len(PROGRAMS))
    for title, rows in (("standard output on a full disk", print_full), ("`-w` on a full disk", save_full)):
        cells = [f"exit {run.code}: {run.said[-1]}" if run.code and run.said else f"exit {run.code}" for run in rows.values()]
        print(f"| {title} | " + " | ".join(cells) + " |")


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__.strip())
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    binary = sys.argv[2] if len(sys.argv) > 2 else "netdissect"
    files(sys.argv[1], binary)
    outputs(binary)


main()
