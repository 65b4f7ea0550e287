"""The daemon is killed at chosen moments, under a load."""

import random
import time

from programs.scalehook import Scalehook


def seeded(kills):
    """Chance, whose seed is shown if the test fails."""
    seed = random.SystemRandom().randrange(2**32)
    print(f"{kills} kills, seed {seed}")
    return random.Random(seed)


class Moments:
    """Each method returns when it is time to kill the daemon."""

    def __init__(self, load, chance):
        self._load, self._chance = load, chance

    def starting(self):
        # Nothing outside shows how far a start has come, so this is a time.
        time.sleep(self._chance.uniform(0, 0.04))

    def decided(self):
        self._load.await_more("decided", self._chance.randint(1, 20))


def names(moments):
    return [name for name in dir(moments) if not name.startswith("_")]


def kill_at(moment, moments, load, *arguments):
    """Starts a daemon with the arguments of Scalehook, and kills it at that moment."""
    scalehook = Scalehook(*arguments, wait=False)
    if moment != "starting":
        scalehook.await_ready(interval=0.005)
        load.turn_to(scalehook)
    getattr(moments, moment)()
    scalehook.kill()
    load.turn_to(None)
