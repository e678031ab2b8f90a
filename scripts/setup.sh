#!/bin/sh
# Makes sure that netdissect can be built here: a cargo that is new enough, a C compiler that links, libpcap's
# headers. Silent where nothing is missing. What is missing is installed with the system's package manager; where
# that cannot be done, one line says what to install. A cargo is never installed: whoever works with Rust has chosen
# where it comes from.
set -eu
cd "$(dirname "$0")/.."

die() {
    printf 'error: %s\n' "$1" >&2
    exit 1
}

# Rust ------------------------------------------------------------------------

need=$(sed -n 's/^rust-version = "\([0-9.]*\)"$/\1/p' Cargo.toml)

# at_least HAVE WANTED: whether one version is not below another; only major and minor count.
at_least() {
    have=$1.0 want=$2.0
    major=${have%%.*} minor=${have#*.}
    minor=${minor%%.*}
    want_minor=${want#*.}
    case $major$minor in *[!0-9]*) return 1 ;; esac
    [ "$major" -gt "${want%%.*}" ] ||
        { [ "$major" -eq "${want%%.*}" ] && [ "$minor" -ge "${want_minor%%.*}" ]; }
}

for tool in cargo rustc; do
    # "cargo 1.88.0 (873a06493 2025-05-10)"
    # shellcheck disable=SC2046 # words are wanted
    set -- $("$tool" --version 2>/dev/null || :)
    [ $# -ge 2 ] || die "netdissect needs cargo $need or newer, and no working $tool was found; https://rustup.rs has it"
    at_least "$2" "$need" ||
        die "netdissect needs cargo $need or newer, and this is $tool $2; https://rustup.rs has a current one"
done

# C compiler and libpcap ------------------------------------------------------

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# compiles PROGRAM FLAG...: whether the compiler turns a C program into an executable.
compiles() {
    printf '%s\n' "$1" >"$scratch/try.c"
    shift
    cc "$scratch/try.c" -o "$scratch/try" "$@" >/dev/null 2>&1
}

has_cc() {
    compiles 'int main(void) { return 0; }'
}

has_pcap() {
    flags=$(pkg-config --cflags --libs libpcap 2>/dev/null || :)
    [ -z "${LIBPCAP_LIBDIR:-}" ] || flags="$flags -L$LIBPCAP_LIBDIR"
    # shellcheck disable=SC2086 # flags are several words
    compiles '#include <pcap.h>
int main(void) { return pcap_lib_version() == 0; }' $flags -lpcap
}

cc='' pcap=''
has_cc || cc=missing
has_pcap || pcap=missing
[ -n "$cc$pcap" ] || exit 0

# packages COMPILER LIBPCAP: those of them that are missing.
packages() {
    echo ${cc:+"$1"} ${pcap:+"$2"}
}

has() {
    command -v "$1" >/dev/null 2>&1
}

if has apt-get; then
    manager=apt-get list=$(packages 'gcc libc6-dev' libpcap-dev)
    command="apt-get install $list"
elif has dnf; then
    manager=dnf list=$(packages gcc libpcap-devel)
    command="dnf install $list"
elif has pacman; then
    manager=pacman list=$(packages gcc libpcap)
    command="pacman -Sy --needed $list"
elif [ "$(uname)" = Darwin ] && [ -n "$cc" ]; then
    die "please install Apple's compiler: xcode-select --install"
elif has brew; then
    manager=brew list=$(packages gcc libpcap)
    command="brew install $list"
else
    headers="libpcap's headers (libpcap-dev or libpcap-devel)"
    die "please install ${cc:+a C compiler}${cc:+${pcap:+ and }}${pcap:+$headers}; no package manager known here was found"
fi

root=''
if [ "$(id -u)" -ne 0 ] && [ "$manager" != brew ]; then
    # Without a terminal nobody can type a password.
    if has sudo && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
        root=sudo
    else
        die "please install what is missing, as root: $command"
    fi
fi

install() {
    # shellcheck disable=SC2086 # packages and sudo are words
    case $manager in
    apt-get)
        # Old lists may still do where the server does not answer.
        $root apt-get -q update || :
        $root env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends \
            -o DPkg::Lock::Timeout=120 install $list
        ;;
    dnf) $root dnf -y install $list ;;
    pacman) $root pacman -Sy --needed --noconfirm $list ;;
    brew) brew install $list ;;
    esac
}

echo "Installing what is missing: ${root:+$root }$command" >&2
install >"$scratch/log" 2>&1 </dev/null || {
    cat "$scratch/log" >&2
    die "this failed: ${root:+$root }$command"
}
has_cc || die "there is still no C compiler that links; please install one"
has_pcap || die "libpcap's headers are still not found; if they are in an unusual place, set PKG_CONFIG_PATH"
