"""Samples with what samples have: resets, gaps, ends, NaN, infinities, uneven times."""

import random

from programs.promql_ask import bits_of

START = 1_709_210_400_000  # 2024-02-29 12:40 UTC
MINUTE = 60_000
END = START + 30 * MINUTE
STALE = 0x7ff0000000000002
NAN, INF = float("nan"), float("inf")


def _series(name, samples, **labels):
    return {"labels": {"__name__": name, **labels},
            "samples": [[time, STALE if value is None else bits_of(value)]
                        for time, value in samples]}


def _times(step=15_000, offset=0, jitter=None):
    return [START + offset + number * step + (jitter.randrange(-40, 40) if jitter else 0)
            for number in range((END - START) // step)]


def _counter(chance, times, fastest, resets=()):
    value, result = chance.randrange(50), []
    for number, time in enumerate(times):
        value = 0 if number in resets else value + chance.randrange(fastest)
        result.append((time, float(value)))
    return result


def made_series():
    chance = random.Random(7)
    result = []
    for instance, offset in (("a:80", 0), ("b:80", 3_210), ("c:80", 9_999)):
        for code, fastest in (("200", 40), ("500", 3)):
            result.append(_series(
                "requests_total", _counter(chance, _times(offset=offset, jitter=chance), fastest,
                                           resets=(31, 32, 90) if instance == "b:80" else ()),
                job="web", instance=instance, code=code))
        result.append(_series("up", [(time, 1.0) for time in _times(offset=offset)], job="web",
                              instance=instance))
        result.append(_series("memory_bytes",
                              [(time, 1e8 + chance.random() * 5e7) for time in _times()],
                              job="web", instance=instance, pod=f"web-{instance[0]}"))
        result.append(_series("memory_limit_bytes", [(time, 2e8) for time in _times()],
                              instance=instance, kind="hard"))
        result.append(_series("build_info", [(time, 1.0) for time in _times()],
                              instance=instance, version=f"1.{instance[0]}", team="shop"))
        for index, bound in enumerate(("0.1", "0.5", "1", "2.5", "+Inf")):
            result.append(_series(
                "latency_seconds_bucket",
                [(time, float(number * (index + 1) + index * 3)) for number, time in
                 enumerate(_times())], job="web", instance=instance, le=bound))
    gauge = [(time, float(chance.randrange(-20, 200))) for time in _times()]
    result.append(_series("depth", gauge, queue="whole"))
    # No sample for 8 minutes: for 3 of them the lookback is over too.
    result.append(_series("depth", gauge[:40] + gauge[72:], queue="gap"))
    # Ended by a failed scrape, and back 2 minutes later.
    result.append(_series("depth", gauge[:50] + [(gauge[50][0], None)] + gauge[58:], queue="ended"))
    result.append(_series("depth", [(time, NAN if number % 7 == 3 else value) for number,
                                    (time, value) in enumerate(gauge)], queue="nan"))
    result.append(_series("depth", [(time, INF if number % 11 == 5 else -INF if number % 23 == 7
                                     else value) for number, (time, value) in enumerate(gauge)],
                          queue="infinite"))
    result.append(_series("depth", gauge[60:64], queue="short"))
    result.append(_series("constant", [(time, 3.0) for time in _times(60_000)]))
    result.append(_series("sawtooth", [(time, float(number % 5)) for number, time in
                                       enumerate(_times(10_000))]))
    result.append(_series("job:requests:rate5m", [(time, 0.25) for time in _times(30_000)],
                          job="web"))
    result.append(_series("born_seconds", [(time, 951_782_400.0 + number * 1e6) for number, time in
                                           enumerate(_times(60_000))], job="web"))
    for number in range(6):
        result.append(_series("load", [(time, float(number % 3)) for time in _times()],
                              host=f"h{number}", zone="north" if number < 4 else "south"))
    return result
