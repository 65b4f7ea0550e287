"""Prints day.csv: the tasks of an imagined day, one line a minute.

    /usr/bin/python3 tests/simulate/day.py > tests/simulate/day.csv

Few at night, a broad rise over the working hours with a dip at noon, and a ripple on top.
"""

import datetime
import math

START = datetime.datetime(2026, 3, 2)

print("time,app_active_task_count")
for minute in range(24 * 60):
    hour = minute / 60
    work = 38 * max(0.0, math.sin(math.pi * (hour - 7) / 12)) if 7 <= hour <= 19 else 0.0
    noon = 16 * math.exp(-((hour - 13) ** 2) / 0.3)
    ripple = 2 * math.sin(minute / 3) + 1.5 * math.sin(minute / 11)
    time = START + datetime.timedelta(minutes=minute)
    print(f"{time:%Y-%m-%dT%H:%M:%SZ},{max(0.0, 6 + work - noon + ripple):.1f}")
