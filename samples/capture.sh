#!/usr/bin/env bash
# Records the sample captures from real programs in network namespaces of its
# own, and builds the others with make_frames.py.
#
#   sudo ./capture.sh            all of them, about two minutes
#   sudo ./capture.sh dns dhcp   some of them
#   ./capture.sh --list          the names
#
# Nothing leaves the namespaces, and they are gone when the script ends.
set -euo pipefail

HERE=$(cd "$(dirname "$0")" && pwd)
OUT=${OUT:-$HERE}

# --- what it needs -----------------------------------------------------------

missing=()
need() { command -v "$1" >/dev/null 2>&1 || missing+=("$2"); }
need_all() {
    need ip iproute2; need ethtool ethtool; need tcpdump tcpdump
    need python3 python3; need editcap wireshark-common
    need nginx nginx-light; need curl curl; need openssl openssl
    need dnsmasq dnsmasq-base; need dig bind9-dnsutils; need dhclient isc-dhcp-client
    need ping iputils-ping; need arping iputils-arping; need traceroute traceroute
    need gzip gzip; need zstd zstd; need lz4 lz4
    if ((${#missing[@]})); then
        echo "Missing programs. Install them with:" >&2
        echo "    apt-get install ${missing[*]}" >&2
        exit 1
    fi
    if [ "$(id -u)" != 0 ]; then
        echo "This must run as root: it makes network namespaces." >&2
        exit 1
    fi
}

# --- namespaces, cables, captures --------------------------------------------

ID=smp$$
TMP=
namespaces=()
pids=()

cleanup() {
    local p n
    for p in "${pids[@]:-}"; do
        if [ -n "$p" ]; then kill "$p" 2>/dev/null || true; wait "$p" 2>/dev/null || true; fi
    done
    pids=()
    for n in "${namespaces[@]:-}"; do
        if [ -n "$n" ]; then ip netns del "$n" 2>/dev/null || true; fi
    done
    namespaces=()
}
finish() { cleanup; if [ -n "$TMP" ]; then rm -rf "$TMP"; fi; }
trap finish EXIT
trap 'exit 130' INT TERM

in_ns() { local n=$1; shift; ip netns exec "$ID$n" "$@"; }

new_ns() {  # new_ns NAME [6]: an empty namespace; IPv6 only if asked for
    local n=$1 six=${2:-}
    ip netns add "$ID$n"
    namespaces+=("$ID$n")
    in_ns "$n" ip link set lo up
    in_ns "$n" sh -c "
        cd /proc/sys/net
        echo 0 > ipv4/tcp_ecn
        echo 1 > ipv4/tcp_no_metrics_save
        echo 1 > ipv4/conf/all/arp_notify 2>/dev/null || true
        echo reno > ipv4/tcp_congestion_control 2>/dev/null || true
        for k in all default; do
            if [ -z '$six' ]; then echo 1 > ipv6/conf/\$k/disable_ipv6; fi
            echo 0 > ipv6/conf/\$k/accept_dad
            echo 0 > ipv6/conf/\$k/router_solicitations
            echo 0 > ipv6/conf/\$k/addr_gen_mode
        done"
}

cable() {  # cable NS1 IF1 MAC1 NS2 IF2 MAC2: a veth pair, without offloads
    local k
    ip link add "${ID}x" type veth peer name "${ID}y"
    ip link set "${ID}x" netns "$ID$1"
    ip link set "${ID}y" netns "$ID$4"
    in_ns "$1" ip link set "${ID}x" name "$2" address "$3"
    in_ns "$4" ip link set "${ID}y" name "$5" address "$6"
    in_ns "$1" ethtool -K "$2" tso off gso off gro off tx off rx off >/dev/null 2>&1 || true
    in_ns "$4" ethtool -K "$5" tso off gso off gro off tx off rx off >/dev/null 2>&1 || true
    in_ns "$1" ip link set "$2" up
    in_ns "$4" ip link set "$5" up
}

MAC_C=02:00:00:00:00:0c
MAC_S=02:00:00:00:00:05
MAC_R=02:00:00:00:00:a

await() {  # await FILE TEXT: until a program has written TEXT
    local i
    for ((i = 0; i < 100; i++)); do
        if grep -q "$2" "$1" 2>/dev/null; then return 0; fi
        sleep 0.05
    done
    echo "no '$2' after 5 seconds:" >&2
    cat "$1" >&2
    return 1
}

wire() {  # wire [options of wire.py]: joins left and right in w
    in_ns w python3 "$HERE/wire.py" --a left --b right "$@" >"$TMP/wire.log" 2>&1 &
    pids+=($!)
    await "$TMP/wire.log" ready
}

# link [options of wire.py]: client c and server s with a wire between them.
# LINK6=1 adds IPv6, LINKARP=1 leaves the neighbours to be found out.
link() {
    local six=${LINK6:-}
    new_ns c "$six"; new_ns s "$six"; new_ns w
    cable c eth0 $MAC_C w left 02:00:00:00:01:01
    cable s eth0 $MAC_S w right 02:00:00:00:01:02
    in_ns c ip addr add 192.0.2.10/24 dev eth0
    in_ns s ip addr add 192.0.2.80/24 dev eth0
    if [ -n "$six" ]; then
        in_ns c ip addr add 2001:db8::10/64 dev eth0
        in_ns s ip addr add 2001:db8::80/64 dev eth0
    fi
    if [ -z "${LINKARP:-}" ]; then
        in_ns c ip neigh replace 192.0.2.80 lladdr $MAC_S dev eth0 nud permanent
        in_ns s ip neigh replace 192.0.2.10 lladdr $MAC_C dev eth0 nud permanent
        if [ -n "$six" ]; then
            in_ns c ip neigh replace 2001:db8::80 lladdr $MAC_S dev eth0 nud permanent
            in_ns s ip neigh replace 2001:db8::10 lladdr $MAC_C dev eth0 nud permanent
        fi
    fi
    wire "$@"
}

dumps=()
record() {  # record NS IF FILE [tcpdump options and filter]
    local n=$1 dev=$2 file=$3 log=$TMP/tcpdump.${#dumps[@]}
    shift 3
    in_ns "$n" tcpdump -i "$dev" -w "$OUT/$file" -Z root -U --immediate-mode -B 4096 "$@" 2>"$log" &
    dumps+=($!)
    pids+=($!)
    await "$log" 'listening on'
}

done_() {  # end of a scenario: stop the captures, take everything down
    local p
    sleep "${1:-0.4}"
    for p in "${dumps[@]}"; do kill -INT "$p" 2>/dev/null || true; wait "$p" 2>/dev/null || true; done
    dumps=()
    cleanup
}

talk() { python3 "$HERE/talk.py" "/var/run/netns/${ID}c" "/var/run/netns/${ID}s" "$@"; }

# --- HTTP --------------------------------------------------------------------

web() {  # nginx in namespace s
    local d=$TMP/web
    mkdir -p "$d/html"
    python3 "$HERE/talk.py" - - page 7000 >"$d/html/index.html"
    python3 "$HERE/talk.py" - - text 1200 >"$d/html/notes.txt"
    printf 'body { color: #222; }\n' >"$d/html/style.css"
    printf '<p>A page made of parts: <!--#echo var="request_method" --></p>\n<!--#include virtual="/notes.txt" -->\n' \
        >"$d/html/parts.shtml"
    touch -d '2025-01-01 00:00:00 UTC' "$d"/html/*
    mkdir -p "$d/html/put"
    chmod -R a+rwX "$TMP"
    local tls=
    if [ -n "${TLS:-}" ]; then
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 \
            -subj /CN=www.example.net -keyout "$d/key" -out "$d/crt" 2>/dev/null
        tls="server { listen 192.0.2.80:443 ssl; root $d/html; ssl_certificate $d/crt; ssl_certificate_key $d/key; }"
    fi
    cat >"$d/nginx.conf" <<CONF
user root;
daemon off; master_process off;
pid $d/pid; error_log $d/error.log;
events { worker_connections 64; }
http {
    access_log off; server_tokens off; sendfile off;
    client_body_temp_path $d/t1; proxy_temp_path $d/t2; fastcgi_temp_path $d/t3;
    uwsgi_temp_path $d/t4; scgi_temp_path $d/t5;
    types { text/html html shtml; text/plain txt; text/css css; }
    server {
        listen 192.0.2.80:80; ${LINK6:+listen [2001:db8::80]:80;}
        server_name www.example.net;
        root $d/html;
        ssi on;
        location = /old { return 301 /notes.txt; }
        location = /form { return 200 "thank you\n"; }
        location = /gz.txt { alias $d/html/notes.txt; gzip on; gzip_min_length 1; gzip_types text/plain; }
        location /put/ { dav_methods PUT DELETE; }
    }
    $tls
}
CONF
    in_ns s nginx -c "$d/nginx.conf" -p "$d" -e "$d/error.log" &
    pids+=($!)
    local i
    for ((i = 0; i < 100; i++)); do
        if [ -n "$(in_ns s ss -Hltn 'sport = :80')" ]; then return 0; fi
        sleep 0.05
    done
    echo "nginx did not start" >&2; cat "$d/error.log" >&2; return 1
}

get() { in_ns c curl -s -o /dev/null --max-time 10 --resolve www.example.net:80:192.0.2.80 "$@"; }
URL=http://www.example.net

s_http_get() {
    link --delay 10; web
    record c eth0 http_get.pcap tcp
    get --local-port 50180 $URL/
    done_
}

s_http_keepalive() {
    link --delay 5; web
    record c eth0 http_keepalive.pcap tcp
    get --local-port 50181 $URL/ -o /dev/null $URL/style.css -o /dev/null $URL/notes.txt -o /dev/null $URL/parts.shtml
    done_
}

# --- main --------------------------------------------------------------------

scenarios() { declare -F | sed -n 's/^declare -f s_//p'; }

if [ "${1:-}" = --list ]; then scenarios; exit 0; fi
need_all
TMP=$(mktemp -d)
for name in ${*:-$(scenarios)}; do
    if ! declare -F "s_$name" >/dev/null; then echo "no such scenario: $name" >&2; exit 1; fi
    echo "$name"
    "s_$name"
done
