"""Models of the HPA held against the real controller, sync by sync, under a changing load."""

import csv
import dataclasses
import datetime
import math
import random
import re
import subprocess
import time

from bench.autoscaled import CALM, MAXIMUM, MINIMUM, TARGET
from bench.hpa_model import WINDOW, Hpa, Policies
from bench.reaction import sleep_until
from programs.scalehook import root

SECONDS = 720  # more than twice the default window of scaling down


@dataclasses.dataclass
class Modelled:
    """An HPA: its behavior as the API takes it and as the model does; its pods' seconds."""
    behavior: dict | None
    policies: Policies | None
    window: int
    pending: int
    starting: int


MODELLED = {
    "no-behavior": Modelled(None, None, WINDOW, pending=20, starting=15),
    "empty-behavior": Modelled({}, Policies(), WINDOW, pending=0, starting=25),
    "own-behavior": Modelled(
        {"scaleUp": {"policies": [{"type": "Pods", "value": 3, "periodSeconds": 30},
                                  {"type": "Percent", "value": 60, "periodSeconds": 30}]},
         "scaleDown": {"stabilizationWindowSeconds": 60, "policies": [
             {"type": "Percent", "value": 40, "periodSeconds": 45}]}},
        Policies(up=((3, None, 30), (None, 60, 30)), down=((None, 40, 45),)), 60,
        pending=5, starting=20)}


@dataclasses.dataclass
class Sync:
    time: float   # Unix seconds, by the controller: between two of them windows end
    load: float
    value: int    # of each ready pod, in thousandths
    ready: int
    pending: int
    missing: int
    spec: int
    asked: int    # by the metric alone, as the controller's log has it
    count: int    # that it set
    model_asked: int
    model_count: int


def steps(seed):
    """(seconds from the start, load): small changes and large ones, up and down."""
    rng = random.Random(seed)
    now, load = 30.0, CALM
    while now < SECONDS:
        load = (load * rng.uniform(0.88, 1.13) if rng.random() < 0.35 else
                80 * math.exp(rng.uniform(0, math.log(20))))
        yield now, round(load)
        now += rng.uniform(15, 50)


def prepare(installation):
    """The Deployments and HPAs that are modelled."""
    for name, modelled in MODELLED.items():
        installation.deploy(name, modelled.pending, modelled.starting)
        installation.create_hpa(name, name, modelled.behavior)


def play(installation, seed):
    """The changing load, for all of them at the same times."""
    begun = time.time()
    for seconds, load in steps(seed):
        sleep_until(begun + seconds)
        for name in MODELLED:
            installation.apps[name].set(load)


def logged(installation, name, year):
    """Each sync's (time, what the metric asked for, count set), from the controller's log."""
    text = (installation.plane.folder / "kube-controller-manager.log").read_text(errors="replace")
    target = f"Deployment/{installation.namespace}/{name}"
    pattern = re.compile(rf"^I(\d{{4}} [\d:.]+) .*proposing (\d+) desired replicas .* for {target}$"
                         rf"|decided not to scale {target} to (\d+) "
                         rf"|Successful rescale of {name}, old size: \d+, new size: (\d+)", re.M)
    found, proposal = [], None
    for when, asked, kept, changed in (match.groups() for match in pattern.finditer(text)):
        if asked:
            at = datetime.datetime.strptime(f"{year}{when}", "%Y%m%d %H:%M:%S.%f").timestamp()
            proposal = at, int(asked)
        elif proposal:
            found.append((*proposal, int(kept or changed)))
            proposal = None
    return found


def syncs(installation, name):
    """Every sync with its inputs, the real counts and the model's."""
    samples = [sample for sample in list(installation.metrics.samples)
               if sample.selector == {"app": name} and sample.values]
    outcomes = logged(installation, name, time.localtime(samples[0].time).tm_year)
    # The last sync may still be on its way to the log.
    assert len(samples) - len(outcomes) in (0, 1), (name, len(samples), len(outcomes))
    model = Hpa(1000 * TARGET, MINIMUM, MAXIMUM, MODELLED[name].policies, MODELLED[name].window)
    found = []
    for sample, (at, *outcome) in zip(samples, outcomes):
        spec = installation.counts.at(name, sample.time)
        found.append(Sync(at, sample.total, sample.values[0], len(sample.values),
                          sample.pending, sample.missing, spec, *outcome, *model.sync(
                              at, spec, sample.values, sample.pending, sample.missing)))
    return found


def simulated(found):
    """The counts that simulate's HPA sets at these syncs: it is one with `behavior: {}`."""
    told = "".join(f"{sync.time} {sync.spec} {sync.ready} {sync.value}\n" for sync in found)
    done = subprocess.run(
        [root() / "bin" / "bench-hpa-replay", str(TARGET), str(MINIMUM), str(MAXIMUM)],
        input=told, capture_output=True, text=True, check=True, timeout=60)
    return [int(line) for line in done.stdout.splitlines()]


def write(path, series):
    """All syncs as CSV, for another model to be held against."""
    columns = ["hpa", *(field.name for field in dataclasses.fields(Sync))]
    with open(path, "w", encoding="ascii", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for name, found in series.items():
            writer.writerows([name, *dataclasses.astuple(sync)] for sync in found)
