#!/bin/bash
# Installs what is needed, builds, and runs the benchmarks.
#
#   tests/bench/run.sh [PART...]
#
#   decisions    what a decision costs, and how that grows with the number of targets
#   webhooks     how many webhooks a second, beside what people would use instead
#   latency      from a webhook to the changed Deployment, on a real API server
#   steady       500 notifications a second for a minute
#   autoscalers  beside a real HorizontalPodAutoscaler, in real time; some 20 minutes
#
# Without a part: all but the last, about ten minutes. Figures are this machine's; what is
# comparable between machines is the ratios. For figures that mean something nothing else may run.
set -euo pipefail
cd "$(dirname "$0")/../.."

case " $* " in *" -h "* | *" --help "*) sed -n '2,14s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
[ $# -gt 0 ] || set -- decisions webhooks latency steady

packaging/dependencies.sh build run test bench
cmake --preset release >/dev/null
cmake --build --preset release --target scalehook plugins bench-bare-server bench-bare-scale

export SCALEHOOK_ROOT=$PWD/build/release PYTHONDONTWRITEBYTECODE=1
uptime
for part; do
  printf '\n=== %s\n' "$part"
  case $part in
    decisions) tests/bench/decisions.sh ;;
    webhooks | latency | steady | autoscalers) /usr/bin/python3 "tests/bench/$part.py" ;;
    *) echo "run.sh: unknown part '$part' (decisions, webhooks, latency, steady, autoscalers)" >&2
      exit 2 ;;
  esac
done
