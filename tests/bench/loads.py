"""Loads that autoscalers are judged on: recorded ones of a folder, and made ones."""

import csv
import gzip
import math
import pathlib
import random

TICK = 15  # seconds; a verdict looks so often
SEED = 7


class Load:
    """A load at each tick from its first row on: linear between its rows.

    `at` is the load, `mean` that of the last minute, which is what a scrape shows, and `measured`
    says where there was a scrape.
    """

    def __init__(self, rows):
        """Rows of seconds and load, times rising; None is a lost scrape."""
        known = [(time, load) for time, load in rows if load is not None]
        self.at, self.mean, self.measured = [], [], []
        row = sample = 0
        for time in range(int(rows[0][0]), int(rows[-1][0]) + 1, TICK):
            while row + 1 < len(rows) and rows[row + 1][0] <= time:
                row += 1
            while sample + 1 < len(known) and known[sample + 1][0] <= time:
                sample += 1
            begin, before = known[sample]
            end, after = known[min(sample + 1, len(known) - 1)]
            inside = begin <= time < end
            self.at.append(before + (after - before) * ((time - begin) / (end - begin))
                           if inside else before)
            last = self.at[-1:-5:-1]
            self.mean.append(sum(last) / len(last))
            self.measured.append(rows[row][1] is not None)


def read(path):
    """The rows of a CSV file `t,load`, compressed or not."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="ascii") as file:
        return [(float(row["t"]), float(row["load"]) if row["load"] else None)
                for row in csv.DictReader(file)]


def write(rows, path):
    text = "".join(f"{time},{'' if load is None else f'{load:.1f}'}\n" for time, load in rows)
    path.write_text("t,load\n" + text, encoding="ascii")


def recorded(folder):
    """The files of that folder by name, without what compresses them."""
    paths = sorted(pathlib.Path(folder).iterdir())
    return {path.name.split(".")[0]: path for path in paths
            if path.name.endswith((".csv", ".csv.gz"))}


def ticks(seconds):
    return range(0, seconds, TICK)


def step(chance):
    """Four times the load from one moment to the next, and back after three hours."""
    return [(t, (1400 if 3600 < t < 14400 else 350) + chance.gauss(0, 10)) for t in ticks(21600)]


def flash(chance):
    """Two crowds that come within a minute or two and leave slowly."""
    def crowd(t, begin, rise, height, decay):
        if t < begin:
            return 0
        if t < begin + rise:
            return height * (t - begin) / rise
        return height * math.exp(-(t - begin - rise) / decay)
    return [(t, 300 + crowd(t, 3600, 60, 1200, 600) + crowd(t, 14400, 120, 1700, 1800) +
             chance.gauss(0, 10)) for t in ticks(28800)]


def ramp(_):
    """From 200 to 1400 in twelve hours."""
    return [(t, 200 + 1200 * t / 43200) for t in ticks(43200)]


def sawtooth(period):
    """From 400 to 1200 within the period, and back at once."""
    return lambda _: [(t, 400 + 800 * (t % period) / period) for t in ticks(43200)]


def lost(chance):
    """Three days with a peak at two in the afternoon, where scrapes are lost: single ones, and all
    of them for some minutes."""
    rows = []
    until = 0
    for t in ticks(3 * 86400):
        daily = 830 - 620 * math.cos(2 * math.pi * (t / 86400 - 2 / 24))
        if t >= until and chance.random() < 0.001:
            until = t + TICK * chance.randint(11, 58)
        is_lost = t < until or chance.random() < 0.006
        rows.append((t, None if is_lost else max(0, daily * (1 + chance.gauss(0, 0.07)))))
    return [(0, rows[0][1] or 250)] + rows[1:]


def queue_rise(chance):
    """Eight times the load for two hours."""
    return [(t, (1200 if 3600 <= t < 10800 else 150) + chance.gauss(0, 5)) for t in ticks(18000)]


def queue_end(chance):
    """A load that ends: nothing comes in for an hour, and then it does again."""
    return [(t, 0 if 7200 <= t < 10800 else 1200 + chance.gauss(0, 10)) for t in ticks(18000)]


def queue_spikes(chance):
    """A minute and a half of six times the load, every quarter of an hour."""
    return [(t, (1200 if t % 900 >= 810 else 200) + chance.gauss(0, 5)) for t in ticks(21600)]


MADE = {"made_step": step, "made_flash": flash, "made_ramp": ramp, "made_sawtooth5m": sawtooth(300),
        "made_sawtooth10m": sawtooth(600), "made_lost": lost}
QUEUES = {"queue_rise": queue_rise, "queue_end": queue_end, "queue_spikes": queue_spikes}


def make(kinds, folder):
    """Files of made loads by name. The same each time."""
    paths = {}
    for name, kind in kinds.items():
        paths[name] = pathlib.Path(folder) / f"{name}.csv"
        write(kind(random.Random(f"{SEED} {name}")), paths[name])
    return paths
