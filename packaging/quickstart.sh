#!/bin/bash
# Installs what is needed, builds scalehook, and shows an alert scaling a workload, on this machine.
#
#   packaging/quickstart.sh [--once] [--cluster]
#
#   --once      end by itself once the workload has been scaled out and back
#   --cluster   scale in the cluster of $KUBECONFIG, in a namespace of its own, rather than in an API
#               server on this machine
set -euo pipefail
cd "$(dirname "$0")/.."

case " $* " in *" -h "* | *" --help "*) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 0 ;; esac

echo "Installing what is needed ..."
packaging/dependencies.sh build run
echo "Building; the first time takes some minutes ..."
cmake --preset release >/dev/null
cmake --build --preset release --target scalehook plugins
SCALEHOOK_ROOT=$PWD/build/release exec /usr/bin/python3 packaging/quickstart/loop.py "$@"
