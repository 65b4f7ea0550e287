#!/bin/bash
# Provides kube-apiserver and kube-controller-manager; prints the folder that holds them.
#
#   tests/cluster/build-control-plane.sh [--if-built]
#
# With KUBEBUILDER_ASSETS set, that is the folder and nothing is built. Otherwise v1.20.2 is built
# once from Debian's source package `kubernetes` (some minutes) into the user's cache folder; from
# then on the answer is instant. --if-built never builds: it exits 1 when there is nothing yet.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
version=v1.20.2
programs=(kube-apiserver kube-controller-manager)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/scalehook/control-plane

say() { echo "build-control-plane: $*" >&2; }
complete() { for p in "${programs[@]}"; do [ -x "$1/$p" ] || return 1; done; }

if [ -n "${KUBEBUILDER_ASSETS:-}" ]; then
  [ -x "$KUBEBUILDER_ASSETS/kube-apiserver" ] || {
    say "KUBEBUILDER_ASSETS is $KUBEBUILDER_ASSETS, which holds no kube-apiserver"; exit 1; }
  echo "$KUBEBUILDER_ASSETS"
  exit
fi
if complete "$cache/$version"; then echo "$cache/$version"; exit; fi
case ${1:-} in
  '') ;;
  --if-built) exit 1 ;;
  *) say "unknown argument '$1' (--if-built)"; exit 2 ;;
esac

mkdir -p "$cache"
exec 9>"$cache/.lock"
flock -n 9 || { say "another build is running; waiting for it"; flock 9; }
if complete "$cache/$version"; then echo "$cache/$version"; exit; fi

"$here/../../packaging/dependencies.sh" control-plane

work=$(mktemp -d "$cache/.build.XXXXXX")
log=$cache/build.log
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# Source packages are asked of the machine's own mirrors, but through list files of our own, so
# that its apt configuration stays as it is.
mkdir -p "$work/apt/lists/partial" "$work/apt/archives/partial" "$work/source"
mirrors=$(apt-get indextargets --format '$(ORIGIN) $(REPO_URI) $(RELEASE) $(COMPONENT)' \
  'Created-By: Packages' | sed -n 's/^Debian //p' | sort -u)
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
sed "s|^|deb-src [signed-by=$keyring] |" \
  <<<"${mirrors:-http://deb.debian.org/debian bookworm main}" >"$work/apt/sources.list"
apt=(apt-get -q -o "Dir::Etc::sourcelist=$work/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
  -o "Dir::State::lists=$work/apt/lists" -o "Dir::Cache=$work/apt" -o APT::Sandbox::User=)

say "building $version in $cache; the log is $log"
build() {
  set -euo pipefail
  "${apt[@]}" update
  cd "$work/source"
  "${apt[@]}" source "kubernetes=$(apt_version)"
  local gopath=$work/gopath tree=$work/gopath/src/k8s.io/kubernetes
  mkdir -p "$(dirname "$tree")"
  mv "$work"/source/kubernetes-*/ "$tree"

  # The vendored reflect2 panics on every PUT and PATCH when built by Go 1.18 or later.
  rm -rf "$tree/vendor/github.com/modern-go/reflect2"
  cp -rL /usr/share/gocode/src/github.com/modern-go/reflect2 "$tree/vendor/github.com/modern-go/"

  cd "$tree"
  env -u GOROOT -u GOBIN PATH="/usr/lib/go-1.19/bin:$PATH" GOPATH="$gopath" \
    GOCACHE="$work/gocache" GOFLAGS= CGO_ENABLED=0 KUBE_GIT_MAJOR=1 KUBE_GIT_MINOR=20 \
    KUBE_GIT_VERSION=$version KUBE_GIT_TREE_STATE=clean \
    KUBE_GIT_COMMIT=faecb196815e248d3ecfb03c680a4507229c2a56 \
    nice make WHAT="$(printf 'cmd/%s ' "${programs[@]}")"
  mkdir "$work/$version"
  local p
  for p in "${programs[@]}"; do
    install -m 755 "$tree/_output/bin/$p" "$work/$version/"
    "$work/$version/$p" --version | grep -F "$version"
  done
}
apt_version() {
  apt-cache "${apt[@]:2}" showsrc kubernetes |
    sed -n 's/^Version: \(.*really1\.20\.2.*\)/\1/p' | sort -V | tail -1 | grep . || {
      echo "the mirrors have no kubernetes 1.20.2 source; set KUBEBUILDER_ASSETS instead" >&2
      return 1
    }
}
(build) >"$log" 2>&1 </dev/null &  # a job, because errexit is ignored inside a condition
if ! wait $!; then
  tail -n 30 "$log" >&2
  say "the build failed; its whole log is $log"
  exit 1
fi
mv "$work/$version" "$cache/$version"
say "built $cache/$version"
echo "$cache/$version"
