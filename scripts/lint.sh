#!/bin/sh
# Format and lints, where rustfmt and clippy are installed. With the Rust release that the code was last checked with
# they must pass; the tools of another release may know other rules, so there they only advise.
set -eu
cd "$(dirname "$0")/.."
release=1.95

# shellcheck disable=SC2046 # words are wanted
set -- $(rustc --version)
case $2 in
"$release".*) binding=yes ;;
*) binding= ;;
esac

# lint NAME COMMAND...: fails only where lints are binding.
lint() {
    name=$1
    shift
    echo "$*"
    if "$@"; then
        return
    fi
    [ -z "$binding" ] || exit 1
    echo "$name of another Rust release than $release complains; this does not count as a failure"
}

if cargo fmt --version >/dev/null 2>&1; then
    lint rustfmt cargo fmt --all --check
else
    echo "rustfmt is not installed: format not checked"
fi
if cargo clippy --version >/dev/null 2>&1; then
    lint clippy cargo clippy --workspace --all-targets --locked -- -D warnings
else
    echo "clippy is not installed: lints not checked"
fi
