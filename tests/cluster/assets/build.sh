#!/usr/bin/env bash
# Builds the control plane that the cluster tests run on, from the Go module proxy, once, into a cache outside the checkout.
#   build.sh        builds what is missing and prints the folder
#   build.sh path   prints the folder only
# The folder's name carries a digest of the go.mod and go.sum files: another version, another folder.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
digest=$(cat "$here"/*/go.mod "$here"/*/go.sum "$here/build.sh" | sha256sum | cut -c1-12)
out=${XDG_CACHE_HOME:-$HOME/.cache}/sleepwalker/cluster-assets/$digest
[ "${1:-}" = path ] && { echo "$out"; exit 0; }
mkdir -p "$out"
export CGO_ENABLED=0 GOFLAGS=-buildvcs=false
version=$(cd "$here/controlplane" && awk '$1 == "require" && $2 == "k8s.io/kubernetes" {print $3}' go.mod)
minor=$(echo "$version" | cut -d. -f2)
stamp="-X k8s.io/component-base/version.gitVersion=$version -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=$minor"
stamp="$stamp -X k8s.io/client-go/pkg/version.gitVersion=$version"

build() { # folder, package, name of the program
	[ -x "$out/$3" ] && return
	echo "building $3 ..." >&2
	(cd "$here/$1" && go build -trimpath -ldflags "-s -w $stamp" -o "$out/.$3.part" "$2") ||
		{ echo "could not build $3 (package $2, pinned by $here/$1/go.mod)" >&2; exit 1; }
	mv "$out/.$3.part" "$out/$3"
}

build etcd ./cmd etcd
build controlplane k8s.io/kubernetes/cmd/kube-apiserver kube-apiserver
build controlplane k8s.io/kubernetes/cmd/kubectl kubectl
build controlplane k8s.io/kubernetes/cmd/kube-controller-manager kube-controller-manager
build controlplane k8s.io/kubernetes/cmd/kube-scheduler kube-scheduler
build kwok sigs.k8s.io/kwok/cmd/kwok kwok
echo "$out"
