#!/bin/bash
# Installs what is needed, builds, and runs the benchmarks.
#
#   tests/bench/run.sh [PART...]
#
#   decisions    what a decision costs, and how that grows with the number of targets
#   webhooks     how many webhooks a second, beside what people would use instead
#   latency      from a webhook to the changed Deployment, on a real API server
#   steady       500 notifications a second for a minute
#   judgement [FOLDER]
#                how well made loads and those of the folder are served, beside an HPA
#   autoscalers  beside a real HorizontalPodAutoscaler, in real time; some 15 minutes
#
# Without a part: the first four, about ten minutes. Figures are this machine's; what is comparable
# between machines is the ratios. For figures that mean something nothing else may run.
set -euo pipefail
caller=$PWD
cd "$(dirname "$0")/../.."
from_caller() { case $1 in /*) echo "$1" ;; *) echo "$caller/$1" ;; esac; }

case " $* " in *" -h "* | *" --help "*) sed -n '2,16s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
[ $# -gt 0 ] || set -- decisions webhooks latency steady

packaging/dependencies.sh build run test bench
cmake --preset release >/dev/null
cmake --build --preset release --target scalehook plugins bench-bare-server bench-bare-scale \
  bench-hpa-replay

export SCALEHOOK_ROOT=$PWD/build/release PYTHONDONTWRITEBYTECODE=1
uptime
while [ $# -gt 0 ]; do
  part=$1
  shift
  printf '\n=== %s\n' "$part"
  case $part in
    decisions) tests/bench/decisions.sh ;;
    webhooks | latency | steady | autoscalers) /usr/bin/python3 "tests/bench/$part.py" ;;
    judgement)
      folder=()
      if [ $# -gt 0 ] && [ -d "$(from_caller "$1")" ]; then
        folder=("$(from_caller "$1")")
        shift
      fi
      /usr/bin/python3 tests/bench/judgement.py ${folder[@]+"${folder[@]}"} ;;
    *) echo "run.sh: unknown part '$part' (decisions, webhooks, latency, steady, judgement," \
         "autoscalers)" >&2
      exit 2 ;;
  esac
done
