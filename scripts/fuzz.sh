#!/bin/sh
# Runs fuzz targets, each for a while, with inputs made from the samples to begin with.
#
#   scripts/fuzz.sh SECONDS [TARGET...]     all targets if none is named
#
# Needs a nightly toolchain, cargo-fuzz (cargo install cargo-fuzz) and a C++ compiler. What is found lies in
# fuzz/artifacts/TARGET; with a fix it becomes tests/regress/TARGET-CLASS, which cargo test tries from then on.
set -eu

seconds=${1:?how many seconds for each target?}
shift
here=$(cd "$(dirname "$0")/.." && pwd)
cd "$here"
cargo fuzz --version >/dev/null 2>&1 || { echo 'fuzz: cargo-fuzz is missing: cargo install cargo-fuzz' >&2; exit 1; }
[ $# -gt 0 ] || set -- $(cargo +nightly fuzz list)
NETDISSECT_CORPUS="$here/fuzz/corpus" cargo test --quiet --locked --test fuzz corpus
failed=
for target in "$@"; do
    # The same bytes beyond which a plan looks no further, which the plan itself keeps too.
    case $target in
    whole_cli) longest=65536 ;;
    application) longest=16384 ;;
    pcapng_read | roundtrip) longest=8192 ;;
    filter) longest=512 ;;
    *) longest=4096 ;;
    esac
    cargo +nightly fuzz run "$target" -- -max_total_time="$seconds" -timeout=5 -rss_limit_mb=1024 \
        -malloc_limit_mb=256 -max_len="$longest" -dict=fuzz/dictionary -print_final_stats=1 ||
        failed="$failed $target"
done
[ -z "$failed" ] || { echo "fuzz: found something:$failed" >&2; exit 1; }
