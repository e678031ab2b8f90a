#!/bin/sh
# Tests setup.sh with stand-ins for cargo, the compiler and the package managers: it must be silent where nothing is
# missing, install what is, and say in one line what it cannot do.
set -eu
setup=$(dirname "$0")/setup.sh
need=$(sed -n 's/^rust-version = "\([0-9.]*\)"$/\1/p' "$(dirname "$0")/../Cargo.toml")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cases=0 failed=0

# A machine that has nothing but these.
fresh() {
    rm -rf "${dir:?}/bin" "$dir/calls" "$dir/libpcap"
    mkdir "$dir/bin"
    : >"$dir/calls"
    for tool in sh sed mktemp rm cat dirname env uname; do
        ln -s "$(command -v "$tool")" "$dir/bin/$tool"
    done
    fake id 'echo 0'
    fake cargo "echo 'cargo $need.0 (873a06493 2025-05-10)'"
    fake rustc "echo 'rustc $need.0 (6b00bc388 2025-06-23)'"
    # It links anything but libpcap, until that is installed.
    fake cc "case \"\$*\" in *-lpcap*) [ -e '$dir/libpcap' ] ;; esac"
}

# fake NAME SCRIPT: a command of that name.
fake() {
    rm -f "$dir/bin/$1"
    printf '#!/bin/sh\n%s\n' "$2" >"$dir/bin/$1"
    chmod +x "$dir/bin/$1"
}

# A package manager that notes how it is called and brings libpcap.
manager() {
    fake "$1" "echo \"$1 \$*\" >>'$dir/calls'; : >'$dir/libpcap'"
}

# expect WHAT CODE LINES TEXT: runs setup.sh and compares exit code, number of lines, and a part of the text.
expect() {
    cases=$((cases + 1)) code=0
    env -i PATH="$dir/bin" sh "$setup" >"$dir/out" 2>&1 </dev/null || code=$?
    lines=$(wc -l <"$dir/out")
    if [ "$code" -ne "$2" ] || [ "$lines" -ne "$3" ] || ! { cat "$dir/out" "$dir/calls"; echo ' '; } | grep -qF -- "$4"; then
        echo "setup.sh, $1: exit $code, expected $2; $lines lines, expected $3; expected \"$4\" in:"
        cat "$dir/out" "$dir/calls"
        failed=1
    fi
}

fresh && : >"$dir/libpcap" && expect 'nothing missing' 0 0 ' '
fresh && rm "$dir/bin/cargo" && expect 'no cargo' 1 1 "needs cargo $need or newer, and no working cargo"
fresh && rm "$dir/bin/rustc" && expect 'no rustc' 1 1 'no working rustc'
fresh && fake cargo 'echo "error: no default toolchain" >&2; exit 1' && expect 'empty rustup' 1 1 'no working cargo'
fresh && fake cargo 'echo cargo 0.66.0' && expect 'old cargo' 1 1 "needs cargo $need or newer, and this is cargo 0.66.0"
fresh && fake rustc 'echo rustc 1.70.0' && expect 'old rustc' 1 1 'this is rustc 1.70.0'
fresh && : >"$dir/libpcap" && fake cargo 'echo cargo 1.100.0-nightly' && expect 'newer cargo' 0 0 ' '
fresh && : >"$dir/libpcap" && fake cargo 'echo cargo 2.0.0' && expect 'next cargo' 0 0 ' '

fresh && manager apt-get && expect 'apt-get' 0 1 'Installing what is missing: apt-get install libpcap-dev'
fresh && manager apt-get && expect 'apt-get, its call' 0 1 'Lock::Timeout=120 install libpcap-dev'
fresh && manager dnf && expect 'dnf' 0 1 'dnf -y install libpcap-devel'
fresh && manager pacman && expect 'pacman' 0 1 'pacman -Sy --needed --noconfirm libpcap'
fresh && manager brew && fake id 'echo 501' && expect 'brew' 0 1 'brew install libpcap'
# shellcheck disable=SC2016 # for the sudo that is made
fresh && manager apt-get && fake id 'echo 1000' &&
    fake sudo 'case $1 in -n) exit 0 ;; esac; exec "$@"' &&
    expect 'sudo' 0 1 'Installing what is missing: sudo apt-get install libpcap-dev'
fresh && manager apt-get && fake id 'echo 1000' && expect 'no root' 1 1 'as root: apt-get install libpcap-dev'
fresh && manager apt-get && fake id 'echo 1000' && fake sudo 'exit 1' &&
    expect 'sudo with a password' 1 1 'as root: apt-get install libpcap-dev'
fresh && expect 'no package manager' 1 1 "please install libpcap's headers"
fresh && rm "$dir/bin/cc" && expect 'nothing at all' 1 1 "please install a C compiler and libpcap's headers"
fresh && manager brew && fake uname 'echo Darwin' && rm "$dir/bin/cc" && expect 'a Mac' 1 1 'xcode-select --install'
fresh && fake apt-get 'echo "E: no network"; exit 100' && expect 'no network' 1 4 'this failed: apt-get install libpcap-dev'
fresh && fake apt-get ':' && expect 'of no use' 1 2 'still not found'

[ "$failed" -eq 0 ] || exit 1
echo "setup.sh: $cases cases as expected"
