#!/usr/bin/env python3
"""What netdissect, tcpdump and tshark make of damaged files, hostile captures and outputs that fail.

    scripts/faults.py FOLDER [NETDISSECT]

Every file of FOLDER is read by each program in its plainest mode, one program at a time: exit code, lines printed, peak
memory and time. Prints the tables of BENCHMARKS.md. A program gets 60 seconds a file.
"""
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time

LIMIT = 60
PROGRAMS = {
    "netdissect": lambda binary, name: [binary, "read", name, "--color", "never"],
    "tcpdump": lambda _, name: ["tcpdump", "-nr", name],
    "tshark": lambda _, name: ["tshark", "-nr", name],
}


class Run:
    """One program on one file."""

    def __init__(self, command, out=None):
        with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as printed:
            start = time.monotonic()
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out or printed, stderr=said,
                                       preexec_fn=lambda: signal.alarm(LIMIT))
            _, status, usage = os.wait4(process.pid, 0)
            self.seconds = time.monotonic() - start
            process.returncode = os.waitstatus_to_exitcode(status)
            self.code = process.returncode
            self.megabytes = usage.ru_maxrss / 1024
            printed.seek(0)
            self.lines = sum(1 for _ in printed)
            said.seek(0)
            self.said = said.read().decode("utf-8", "replace").strip().splitlines()


def outcome(run):
    """In words, for the table."""
    if run.code == -signal.SIGALRM:
        return "no end"
    if run.code < 0:
        return signal.Signals(-run.code).name
    return f"exit {run.code}"


def files(folder, binary):
    names = sorted(name for name in os.listdir(folder) if os.path.isfile(os.path.join(folder, name)))
    names = [name for name in names if not name.endswith((".tsv", ".txt", ".md"))]
    runs = {program: [] for program in PROGRAMS}
    for name in names:
        for program, command in PROGRAMS.items():
            runs[program].append(Run(command(binary, os.path.join(folder, name))))
    print(f"{len(names)} files\n")
    print("| | packets printed | ended well | told of a fault | killed or without end | most memory | longest |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for program, all_of_it in runs.items():
        well = sum(run.code == 0 for run in all_of_it)
        told = sum(run.code > 0 for run in all_of_it)
        print(f"| {program} | {sum(run.lines for run in all_of_it):,} | {well} | {told} "
              f"| {sum(run.code < 0 for run in all_of_it)} | {max(run.megabytes for run in all_of_it):,.0f} MB "
              f"| {max(run.seconds for run in all_of_it):.1f} s |")
    ours, others = runs["netdissect"], [program for program in PROGRAMS if program != "netdissect"]
    print("\n| file | " + " | ".join(PROGRAMS) + " |")
    print("|---|" + "---|" * len(PROGRAMS))
    for at, name in enumerate(names):
        rows = [runs[program][at] for program in PROGRAMS]
        silent = any(runs[program][at].code == 0 and ours[at].code != 0 for program in others)
        heavy = any(row.megabytes > 200 or row.seconds > 5 or row.code < 0 for row in rows)
        if silent or heavy or len({row.lines for row in rows}) > 1:
            cells = [f"{outcome(row)}, {row.lines:,} packets, {row.megabytes:,.0f} MB, {row.seconds:.2f} s" for row in rows]
            print(f"| {name} | " + " | ".join(cells) + " |")


def outputs(binary):
    """Outputs that fail, with a capture that is whole."""
    sample = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "samples", "http_get.pcap")
    plain = {program: command(binary, sample) for program, command in PROGRAMS.items()}
    with open("/dev/full", "wb") as full:
        print_full = {program: Run(command, full) for program, command in plain.items()}
    save_full = {program: Run([*command, "-w", "/dev/full"]) for program, command in plain.items()}
    print("\n| | " + " | ".join(PROGRAMS) + " |")
    print("|---|" + "---|" * len(PROGRAMS))
    for title, rows in (("standard output on a full disk", print_full), ("`-w` on a full disk", save_full)):
        cells = [f"{outcome(run)}: {(run.said or ['nothing said'])[-1]}" for run in rows.values()]
        print(f"| {title} | " + " | ".join(cells) + " |")


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__.strip())
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    binary = sys.argv[2] if len(sys.argv) > 2 else "netdissect"
    files(sys.argv[1], binary)
    outputs(binary)


main()
