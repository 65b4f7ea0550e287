#!/bin/bash
# Measures what a decision costs, and how that grows with the number of targets.
#
#   tests/bench/decisions.sh
#
# Medians of five interleaved rounds with their spread. Absolute figures are this machine's; what is
# comparable between machines is the last column.
set -euo pipefail
cd "$(dirname "$0")/../.."

packaging/dependencies.sh build bench
cmake --preset release >/dev/null
cmake --build --preset release --target bench-scaling

build/release/bin/bench-scaling --benchmark_repetitions=5 --benchmark_min_time=0.3 \
  --benchmark_enable_random_interleaving=true --benchmark_format=json |
  /usr/bin/python3 -c '
import collections, json, statistics, sys
rounds = collections.defaultdict(list)
for run in json.load(sys.stdin)["benchmarks"]:
    if run["run_type"] == "iteration":
        rounds[run["run_name"]].append(run["cpu_time"])
print(" " * 22 + "   ns each          spread      a second  to 10 targets")
for (what, targets), times in sorted(
        ((name.split("/")[0], int(name.split("/")[1])), times) for name, times in rounds.items()):
    median = statistics.median(times)
    first = statistics.median(rounds[f"{what}/10"])
    print(f"{what:15}{targets:>7}{median:10.0f}{min(times):9.0f}-{max(times):<6.0f}"
          f"{1e9 / median:14,.0f}{median / first:9.2f}")
'
