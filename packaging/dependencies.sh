#!/bin/bash
# Installs the Debian packages that scalehook needs for a purpose.
#
#   packaging/dependencies.sh PURPOSE...
#
#   build          compile it, tests included
#   run            the programs of the quickstart: Prometheus, Alertmanager, etcd, kubectl
#   test           what the tests start or import, beside `build` and `run`
#   bench          what the benchmarks are written with, and what they measure against (tests/bench)
#   lint           the formatter and the linters
#   control-plane  build a Kubernetes control plane from Debian's source (tests/cluster)
#
# As root or through sudo. When nothing is missing it asks nobody, so it works offline.
set -euo pipefail

packages() {
  case $1 in
    build) echo build-essential ccache cmake libboost-json1.81-dev libboost-url1.81-dev \
      libboost1.81-dev libcli11-dev libcrypt-dev libcurl4-openssl-dev libfmt-dev libgmock-dev \
      libgtest-dev libidn2-dev liblz4-dev librapidcheck-dev libre2-dev libspdlog-dev \
      libsqlite3-dev libssl-dev libsystemd-dev libyaml-cpp-dev mold ninja-build pkg-config \
      prometheus-cpp-dev zlib1g-dev ;;
    run) echo ca-certificates curl etcd-server prometheus prometheus-alertmanager python3 \
      python3-yaml
      # Others ship kubectl too, some at the very path of Debian's package.
      command -v kubectl >/dev/null || echo kubernetes-client ;;
    test) echo ca-certificates clang iproute2 libclang-rt-14-dev libsasl2-modules logrotate \
      microsocks nginx-light openssl python3 python3-aiosmtpd python3-lz4 python3-pytest \
      python3-yaml rsyslog rsyslog-openssl sasl2-bin slowhttptest socat systemd tinyproxy-bin
      # It would take the place of another mail server that this machine has.
      [ -e /usr/sbin/sendmail ] || echo postfix ;;
    bench) echo gunicorn libbenchmark-dev python3 python3-flask wrk ;;
    lint) echo clang-format clang-tidy ;;
    control-plane) echo dpkg-dev golang-1.19-go golang-github-modern-go-reflect2-dev jq make \
      rsync ;;
    *) echo "dependencies.sh: unknown purpose '$1' (build, run, test, bench, lint, control-plane)" >&2
      return 2 ;;
  esac
}

[ $# -gt 0 ] || { sed -n '2,13s/^# \{0,1\}//p' "$0" >&2; exit 2; }
wanted=
for purpose; do wanted+=" $(packages "$purpose")"; done

installed=$(dpkg-query -W -f='${Package} ${db:Status-Status}\n' $wanted 2>/dev/null |
  sed -n 's/ installed$//p' || true)  # it fails when it knows not all
missing=()
for package in $wanted; do
  grep -qFx "$package" <<<"$installed" || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  as_root=(sudo)
  command -v sudo >/dev/null || {
    echo "dependencies.sh: needs root; as root run: apt-get install ${missing[*]}" >&2; exit 1; }
fi

# The servers come with units that start at once; here only their programs are wanted. A policy
# that the machine already has is its owner's and stays.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
  trap '"${as_root[@]}" rm -f "$policy"' EXIT
  trap 'exit 130' INT TERM
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" install -m 755 /dev/stdin $policy
fi

echo "dependencies.sh: installing ${missing[*]}" >&2
apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=600)
"${apt[@]}" update >&2
"${apt[@]}" install --no-install-recommends "${missing[@]}" >&2
