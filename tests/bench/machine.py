"""What the benchmarks ask of the machine and how they print it."""

import contextlib
import math
import os
import statistics
import subprocess
import time


def cores():
    """Two cores: for what is measured, and for what measures."""
    usable = sorted(os.sched_getaffinity(0))
    assert len(usable) >= 2, "the benchmarks need two cores"
    return usable[0], usable[1]


@contextlib.contextmanager
def on_core(core):
    """What is started within runs on that core only."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def anonymous_mb(pid):
    """RssAnon: what the process itself holds, without the files mapped into it."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) / 1024
    raise AssertionError(f"process {pid} has no RssAnon")


def cpu_seconds(pid):
    """What a process and its children have used so far."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        user, system = stat.read().rpartition(")")[2].split()[11:13]
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:
        others = sum(cpu_seconds(child) for child in children.read().split())
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK") + others


def disk(folder):
    """A sentence on the file system of the folder and what a sync costs there."""
    told = subprocess.run(["findmnt", "--noheadings", "--output", "FSTYPE,SOURCE", "--target",
                           folder], capture_output=True, text=True, check=True)
    kind, source = told.stdout.split(maxsplit=1)
    path = os.path.join(folder, "sync-probe")
    times = []
    with open(path, "wb", buffering=0) as file:
        for _ in range(100):
            file.write(bytes(4096))
            begun = time.monotonic()
            os.fdatasync(file.fileno())
            times.append(1e3 * (time.monotonic() - begun))
    os.unlink(path)
    return f"{kind} on {source.strip()}, where fdatasync of 4 KiB takes {median(times):.2f} ms"


median = statistics.median


def percentile(values, percent):
    """The smallest value that so many percent of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)]
