"""A power cut at any moment loses no notification that was acknowledged, and repeats no change.

The daemon runs with power-cut.so (power_cut.c), which keeps an image of what is durable.
"""

import contextlib
import itertools
import pathlib
import random
import re
import shutil
import signal
import sqlite3

import lz4.frame
import pytest

from alert_load import CONFIG, Load, assert_as_undisturbed, changes, create_deployments
from programs.process import http_ok, wait_until
from programs.scalehook import Scalehook, preloading, reduced

CUTS = reduced(200, 100)


class Machine:
    """A daemon's folder, on a disk that can lose its power."""

    def __init__(self, folder, stand_in, chance):
        self._folder, self._chance = pathlib.Path(folder).resolve(), chance
        self._image = self._folder / "durable"
        self._image.mkdir(parents=True)
        self._environment = {"KUBECONFIG": str(stand_in.kubeconfig)}

    def start(self, cut_at=0, synchronous="FULL"):
        """A daemon that may not get as far as to be ready. `cut_at`: at which sync to the disk the
        power fails."""
        environment = {
            **self._environment, **preloading("power-cut.so"),
            "POWER_CUT_FOLDER": str(self._folder / "storage"), "POWER_CUT_IMAGE": str(self._image),
            "POWER_CUT_AT": str(cut_at), "POWER_CUT_SEED": str(self._chance.randrange(2**62))}
        if synchronous == "NORMAL":
            environment["POWER_CUT_NORMAL"] = "yes"
        return Scalehook(self._folder, CONFIG, environment, wait=False)

    def start_again(self):
        """A daemon that runs on, ready."""
        return Scalehook(self._folder, CONFIG, self._environment)

    def recover(self):
        """Leaves of the storage folder what is durable; answers the names of the sendings that are
        in there."""
        storage, looked_at = self._folder / "storage", self._folder / "looked-at"
        for folder in (storage, looked_at):
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(self._image, folder)
        # In a copy, for looking into a journal already changes its files.
        with contextlib.closing(sqlite3.connect(looked_at / "journal.db")) as journal:
            if not journal.execute("SELECT 1 FROM sqlite_schema WHERE name = 'state'").fetchall():
                return set()
            texts = [json for json, in journal.execute("SELECT json FROM record")]
            texts += [lz4.frame.decompress(body).decode()
                      for body, in journal.execute("SELECT body FROM notification")]
            return {name for text in texts for name in re.findall(r'"sending": ?"([^"]+)"', text)}


def ready_or_ended(scalehook):
    """Awaits either; whether it is ready."""
    wait_until(lambda: scalehook.process.returncode is not None or
               http_ok(scalehook.url + "/-/ready"), "the daemon is ready, or at its end",
               interval=0.005)
    return scalehook.process.returncode is None


def await_cut(scalehook):
    wait_until(lambda: scalehook.process.returncode is not None, "the power fails", interval=0.002)
    if scalehook.process.returncode != -signal.SIGKILL:
        raise scalehook.process.failed("ended by itself")


@pytest.fixture
def chance():
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")  # shown if it fails
    return random.Random(seed)


def test_a_power_cut_at_any_moment_loses_and_repeats_nothing(stand_in, tmp_path, chance):
    create_deployments(stand_in)
    machine = Machine(tmp_path / "scalehook", stand_in, chance)
    with Load() as load:
        for number in range(CUTS):
            scalehook = machine.start(cut_at=chance.randint(1, 60))
            if ready_or_ended(scalehook):
                load.turn_to(scalehook)
            await_cut(scalehook)
            load.turn_to(None)
            acknowledged = set(load.acknowledged)
            lost = acknowledged - machine.recover()
            assert not lost, f"acknowledged, and lost by cut {number}: {sorted(lost)}"
        with machine.start_again() as scalehook:
            load.turn_to(scalehook)
            load.end()
            assert_as_undisturbed(load, scalehook, stand_in, tmp_path)


@pytest.mark.parametrize("attempt", range(3))
def test_one_change_is_made_once_whichever_sync_is_cut(stand_in, tmp_path, chance, attempt):
    for sync in itertools.count(1):
        name = f"step-{sync}"
        create_deployments(stand_in, [name])
        machine = Machine(tmp_path / name, stand_in, chance)
        with Load({name: 1}) as load:
            scalehook = machine.start(cut_at=sync)
            if ready_or_ended(scalehook):
                load.turn_to(scalehook)
            wait_until(lambda: scalehook.process.returncode is not None or load.lengths[name],
                       "the power fails, or the alert is decided", interval=0.002)
            load.turn_to(None)
            if scalehook.process.returncode is None and scalehook.process.stop() == 0:
                break  # there is no such sync any more
            await_cut(scalehook)
            machine.recover()
            with machine.start_again() as again:
                load.turn_to(again)
                load.await_end()
        assert changes(stand_in)[name] == [2], f"sync {sync} was cut"
    assert sync > 3  # at least the notification's, the intent's and the record's


@pytest.mark.parametrize("synchronous", ["FULL", "NORMAL"])
def test_only_a_full_sync_keeps_what_was_acknowledged(stand_in, tmp_path, chance, synchronous):
    """That NORMAL loses some shows that the tests above would notice."""
    lost = set()
    for number in range(5):
        machine = Machine(tmp_path / str(number), stand_in, chance)
        scalehook = machine.start(synchronous=synchronous)
        assert ready_or_ended(scalehook), scalehook.log()
        with Load() as load:
            load.turn_to(scalehook)
            load.await_more("acknowledged", chance.randint(10, 60))
            scalehook.kill()  # and the power with it: of the folder only the image is kept
            acknowledged = set(load.acknowledged)
        lost |= acknowledged - machine.recover()
    assert bool(lost) == (synchronous == "NORMAL"), lost
