#!/bin/bash
# Installs what is needed, builds, and runs every test.
#
#   tests/run.sh [--without-cluster] [--preset release|debug|asan|tsan] [CTEST OPTIONS…]
#
# The first run builds a Kubernetes control plane from Debian's source into the user's cache folder
# (some minutes); KUBEBUILDER_ASSETS names a folder with another one. --without-cluster leaves out
# the tests that need it, and says which.
set -euo pipefail
cd "$(dirname "$0")/.."

preset=release
cluster=true
while [ $# -gt 0 ]; do
  case $1 in
    --without-cluster) cluster=false ;;
    --preset) preset=$2; shift ;;
    -h | --help) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) break ;;
  esac
  shift
done

packaging/dependencies.sh build run test
if $cluster; then tests/cluster/build-control-plane.sh; fi

cmake --preset "$preset"
cmake --build --preset "$preset"

leave_out=()
if ! $cluster; then
  leave_out=(--label-exclude '^cluster$')
  echo "Left out, for they need a Kubernetes control plane:"
  ctest --preset "$preset" --label-regex '^cluster$' --show-only | sed -n 's/^ *Test *#[0-9]*: /  /p'
fi
status=0
ctest --preset "$preset" --parallel 2 "${leave_out[@]}" "$@" || status=$?

# pytest's way to say it, and GoogleTest's in two lines.
skipped=$(awk '/^SKIPPED \[/ { print }
               /: Skipped$/ { place = $1; getline; print "SKIPPED " place " " $0 }' \
  "build/$preset/Testing/Temporary/LastTest.log")
if [ -n "$skipped" ]; then printf 'Skipped on this machine:\n%s\n' "$skipped"; fi
exit $status
