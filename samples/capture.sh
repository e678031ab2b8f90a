#!/usr/bin/env bash
# Records the sample captures from real programs in network namespaces of its
# own, and builds the others with make_frames.py.
#
#   sudo ./capture.sh            all of them, about three minutes
#   sudo ./capture.sh dns dhcp   some of them
#   ./capture.sh --list          the names
#
# Nothing leaves the namespaces, and they are gone when the script ends.
set -Eeuo pipefail

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
    need sshd openssh-server; need ssh openssh-client; need vsftpd vsftpd; need dovecot dovecot-imapd; need telnet inetutils-telnet
    need in.tftpd tftpd-hpa; need snmpd snmpd; need snmpwalk snmp
    need postfix postfix; need rpcbind rpcbind; need ganesha.nfsd nfs-ganesha; need nfs-cat libnfs-utils
    [ -x /usr/sbin/telnetd ] || missing+=(inetutils-telnetd)
    [ -e /usr/lib/x86_64-linux-gnu/ganesha/libfsalvfs.so ] || missing+=(nfs-ganesha-vfs)
    [ -e /usr/lib/dovecot/pop3 ] || missing+=(dovecot-pop3d)
    [ -x /usr/lib/frr/zebra ] || missing+=(frr)
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
trap 'echo "failed: line $LINENO: $BASH_COMMAND" >&2' ERR

in_ns() { local n=$1; shift; ip netns exec "$ID$n" "$@"; }
# start NS LOG PROGRAM...: in the background, ended by cleanup; its id is in $!
start() {
    local n=$1 log=$2
    shift 2
    ip netns exec "$ID$n" "$@" >"$log" 2>&1 </dev/null &
    pids+=($!)
}

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
    ready "$1" "$2"
    ready "$4" "$5"
}

ready() {  # ready NS IF: until the interface really sends
    local i
    for ((i = 0; i < 100; i++)); do
        if in_ns "$1" ip -o link show "$2" | grep -q 'state UP'; then return 0; fi
        sleep 0.03
    done
    echo "$2 did not come up" >&2
    return 1
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
    start w "$TMP/wire.log" python3 "$HERE/wire.py" --a left --b right "$@"
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
    start "$n" "$log" tcpdump -i "$dev" -w "$OUT/$file" -Z root -U --immediate-mode -B 4096 "$@"
    dumps+=($!)
    await "$log" 'listening on'
    sleep 0.4                            # it says so a little too early
}

done_() {  # end of a scenario: stop the captures, take everything down
    local p
    sleep "${1:-0.4}"
    for p in "${dumps[@]}"; do kill "$p" 2>/dev/null || true; wait "$p" 2>/dev/null || true; done
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
        tls="server { listen 192.0.2.80:443 ssl; ssl_protocols TLSv1.2 TLSv1.3; root $d/html; ssl_certificate $d/crt; ssl_certificate_key $d/key; }
    server { listen 192.0.2.80:8443 ssl http2; root $d/html; ssl_certificate $d/crt; ssl_certificate_key $d/key; }"
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
    start s "$d/out" nginx -c "$d/nginx.conf" -p "$d" -e "$d/error.log"
    local i
    for ((i = 0; i < 100; i++)); do
        if [ -n "$(in_ns s ss -Hltn 'sport = :80')" ]; then return 0; fi
        sleep 0.05
    done
    echo "nginx did not start" >&2; cat "$d/out" "$d/error.log" >&2; return 1
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

s_http_methods() {
    link --delay 5; web
    record c eth0 http_methods.pcap tcp
    get --local-port 50182 -I $URL/notes.txt
    get --local-port 50183 -d 'name=value&more=words' $URL/form
    get --local-port 50184 $URL/nothing
    get --local-port 50185 -H 'If-Modified-Since: Fri, 03 Jan 2025 00:00:00 GMT' $URL/notes.txt
    get --local-port 50186 -L $URL/old
    get --local-port 50187 --compressed $URL/gz.txt
    get --local-port 50188 -r 100-199 $URL/notes.txt
    get --local-port 50189 -T "$TMP/web/html/style.css" -H 'Expect: 100-continue' $URL/put/new.css
    get --local-port 50190 -X DELETE $URL/put/new.css
    get --local-port 50191 -0 -u user:secret $URL/style.css
    done_
}

s_http_pipeline() {
    link --delay 5; web
    record c eth0 http_pipeline.pcap tcp
    local h='Host: www.example.net\r\n'
    # five requests at once, then a POST in chunks whose request is cut in two
    talk http_raw 50192 \
        "GET /style.css HTTP/1.1\r\n$h\r\nHEAD /notes.txt HTTP/1.1\r\n$h\r\nGET /parts.shtml HTTP/1.1\r\n$h\r\nGET /none HTTP/1.1\r\n$h\r\nGET /notes.txt HTTP/1.1\r\n$h\r\n" \
        "POST /form HTTP/1.1\r\n${h}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n6\r\nfirst \r\n" \
        "a;note=x\r\nand second\r\n0\r\nX-Trailer: yes\r\n\r\n"
    done_
}

s_http_v6() {
    LINK6=1 link --delay 5; LINK6=1 web
    record c eth0 http_v6.pcap tcp
    get --local-port 50193 --resolve 'six.example.net:80:[2001:db8::80]' http://six.example.net/notes.txt
    done_
}

s_tls() {
    link --delay 5; TLS=1 web
    record c eth0 tls.pcap tcp
    get -k --local-port 50443 --tlsv1.2 --tls-max 1.2 --resolve www.example.net:443:192.0.2.80 https://www.example.net/notes.txt
    get -k --local-port 50444 --resolve www.example.net:443:192.0.2.80 https://www.example.net/notes.txt
    done_
}

s_tls_keys() {
    link --delay 5; TLS=1 web
    record c eth0 tls_keys.pcap tcp
    local keys=$OUT/tls_keys.keylog own='--resolve www.example.net:443:192.0.2.80'
    rm -f "$keys"
    export SSLKEYLOGFILE=$keys
    get -k --local-port 50445 --http1.1 --tls-max 1.2 $own https://www.example.net/notes.txt
    get -k --local-port 50446 --http1.1 --tlsv1.3 $own https://www.example.net/notes.txt
    get -k --local-port 50447 --http2 --resolve www.example.net:8443:192.0.2.80 \
        https://www.example.net:8443/notes.txt
    unset SSLKEYLOGFILE
    sha256sum "$TMP/web/html/notes.txt"
    done_
    editcap -F pcapng --inject-secrets "tls,$keys" "$OUT/tls_keys.pcap" "$OUT/tls_keys.pcapng"
}

# --- files, mail, terminals, agents ---------------------------------------------

port() {  # port NUMBER [udp]: until something in s listens there
    local i kind=${2:-tcp}
    for ((i = 0; i < 100; i++)); do
        if [ -n "$(in_ns s ss -Hln "--$kind" "sport = :$1")" ]; then return 0; fi
        sleep 0.05
    done
    echo "nothing listens on port $1" >&2
    return 1
}

s_ssh_session() {
    link --delay 5
    ssh-keygen -q -t ed25519 -N '' -C sample -f "$TMP/host"
    ssh-keygen -q -t ed25519 -N '' -C sample -f "$TMP/user"
    mkdir -p /run/sshd
    start s "$TMP/sshd.log" /usr/sbin/sshd -D -e -f /dev/null -h "$TMP/host" -p 22 \
        -o AuthorizedKeysFile="$TMP/user.pub" -o StrictModes=no -o UsePAM=no -o PermitRootLogin=yes -o PrintMotd=no
    port 22
    record c eth0 ssh_session.pcap tcp
    in_ns c ssh -F none -i "$TMP/user" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR \
        root@192.0.2.80 echo hello
    done_
}

s_ftp_session() {
    link --delay 5
    mkdir -p "$TMP/ftp/pub"
    python3 "$HERE/talk.py" - - text 1200 >"$TMP/ftp/pub/notes.txt"
    chmod 755 "$TMP" "$TMP/ftp" "$TMP/ftp/pub"
    cat >"$TMP/vsftpd.conf" <<CONF
listen=YES
background=NO
anonymous_enable=YES
anon_root=$TMP/ftp
no_anon_password=NO
seccomp_sandbox=NO
run_as_launching_user=NO
connect_from_port_20=YES
CONF
    chmod 600 "$TMP/vsftpd.conf"
    start s "$TMP/vsftpd.log" vsftpd "$TMP/vsftpd.conf"
    port 21
    record c eth0 ftp_session.pcap tcp
    in_ns c curl -s -o /dev/null --max-time 10 ftp://192.0.2.80/pub/
    in_ns c curl -s -o /dev/null --max-time 10 --disable-epsv ftp://192.0.2.80/pub/notes.txt
    in_ns c curl -s -o /dev/null --max-time 10 -P 192.0.2.10 --disable-eprt ftp://192.0.2.80/pub/notes.txt
    in_ns c curl -s -o /dev/null --max-time 10 ftp://192.0.2.80/pub/missing.txt || true
    done_
}

s_mailbox() {
    link --delay 5
    local box=$TMP/mail
    mkdir -p "$box/new" "$box/cur" "$box/tmp"
    printf 'From: Ada <ada@example.net>\r\nTo: bob@example.net\r\nSubject: notes\r\nDate: Wed, 1 Jan 2025 00:00:00 +0000\r\n\r\nThe notes follow.\r\n' \
        >"$box/new/1735689600.1.mail"
    chmod -R a+rwX "$TMP"
    cat >"$TMP/dovecot.conf" <<CONF
protocols = imap pop3
listen = 192.0.2.80
base_dir = $TMP/dovecot
log_path = $TMP/dovecot.log
ssl = no
disable_plaintext_auth = no
mail_location = maildir:$box
passdb {
  driver = static
  args = password=secret
}
userdb {
  driver = static
  args = uid=mail gid=mail home=$box
}
first_valid_uid = 1
CONF
    start s "$TMP/dovecot.out" dovecot -F -c "$TMP/dovecot.conf"
    port 143
    port 110
    record c eth0 imap_session.pcap 'port 143'
    record c eth0 pop_session.pcap 'port 110'
    in_ns c curl -s -o /dev/null --max-time 10 -u bob:secret 'imap://192.0.2.80/INBOX'
    in_ns c curl -s -o /dev/null --max-time 10 -u bob:secret 'imap://192.0.2.80/INBOX;MAILINDEX=1'
    in_ns c curl -s -o /dev/null --max-time 10 -u bob:secret 'pop3://192.0.2.80/'
    in_ns c curl -s -o /dev/null --max-time 10 -u bob:secret 'pop3://192.0.2.80/1'
    done_
}

s_smtp_session() {
    link --delay 5
    local d=$TMP/postfix
    mkdir -p "$d/etc" "$d/queue" "$d/data"
    chmod 755 "$TMP"
    chown postfix "$d/data"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 \
        -subj /CN=mail.example.net -keyout "$d/key" -out "$d/crt" 2>/dev/null
    cat >"$d/etc/main.cf" <<CONF
compatibility_level = 3.6
queue_directory = $d/queue
data_directory = $d/data
daemon_directory = /usr/lib/postfix/sbin
maillog_file = $d/log
maillog_file_prefixes = $d
myhostname = mail.example.net
mydestination =
inet_interfaces = 192.0.2.80
inet_protocols = ipv4
mynetworks = 192.0.2.0/24
relay_domains = example.net
relay_transport = discard
smtpd_relay_restrictions = reject_unauth_destination
smtpd_peername_lookup = no
smtpd_tls_security_level = may
smtpd_tls_chain_files = $d/key, $d/crt
CONF
    cat >"$d/etc/master.cf" <<CONF
smtp      inet  n - n - - smtpd
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
error     unix  - - n - - error
discard   unix  - - n - - discard
tlsmgr    unix  - - n 1000? 1 tlsmgr
proxymap  unix  - - n - - proxymap
anvil     unix  - - n - 1 anvil
postlog   unix-dgram n - n - 1 postlogd
CONF
    printf 'From: Ada <ada@example.org>\r\nTo: bob@example.net\r\nSubject: notes\r\nDate: Wed, 1 Jan 2025 00:00:00 +0000\r\n\r\nThe notes follow.\r\n.hidden begins with a dot.\r\n' \
        >"$TMP/mail"
    start s "$d/out" postfix -c "$d/etc" start-fg
    port 25
    record c eth0 smtp_session.pcap tcp
    local keys=$OUT/smtp_session.keylog
    rm -f "$keys"
    post() { in_ns c curl -s -o /dev/null --max-time 10 --mail-from ada@example.org "$@" smtp://192.0.2.80/client.example.org; }
    post --mail-rcpt bob@example.net -T "$TMP/mail"
    post --mail-rcpt eve@example.com -T "$TMP/mail" || true
    SSLKEYLOGFILE=$keys post --ssl-reqd -k --tls-max 1.2 --mail-rcpt bob@example.net -T "$TMP/mail"
    SSLKEYLOGFILE=$keys post --ssl-reqd -k --mail-rcpt bob@example.net -T "$TMP/mail"
    done_
}

s_nfs_session() {
    link --delay 5
    mkdir -p "$TMP/nfs/notes" "$TMP/ganesha"
    chmod -R a+rwX "$TMP"
    python3 "$HERE/talk.py" - - text 1200 >"$TMP/nfs/notes/notes.txt"
    cat >"$TMP/ganesha.conf" <<CONF
NFS_CORE_PARAM { Protocols = 3, 4; Bind_addr = 192.0.2.80; Enable_NLM = false; Enable_RQUOTA = false; }
NFSv4 { Graceless = true; RecoveryRoot = $TMP/ganesha; }
EXPORT {
    Export_Id = 1; Path = /srv; Pseudo = /srv; Access_Type = RW; Squash = None;
    SecType = sys; Protocols = 3, 4; Transports = TCP, UDP;
    FSAL { Name = VFS; }
}
CONF
    start s "$TMP/rpcbind.log" rpcbind -f
    port 111
    # The namespace has mounts of its own.
    start s "$TMP/ganesha.out" sh -c 'mount --bind "$0" /srv && exec "$@"' "$TMP/nfs" ganesha.nfsd -F -L "$TMP/ganesha.log" -f "$TMP/ganesha.conf" -p "$TMP/ganesha.pid"
    port 2049
    sleep 1
    record c eth0 nfs_session.pcap 'not arp'
    # A host name of its own, for it is part of each call.
    as_client() { in_ns c unshare --uts sh -c 'hostname client && exec "$@"' sh "$@"; }
    local at=nfs://192.0.2.80/srv/notes
    as_client nfs-ls "$at?version=3" >/dev/null
    as_client nfs-cp "$TMP/nfs/notes/notes.txt" "$at/copy.txt?version=3" >/dev/null
    as_client nfs-ls "$at?version=4" >/dev/null
    as_client nfs-cat "$at/notes.txt?version=4" >/dev/null
    as_client nfs-cat "$at/missing.txt?version=4" >/dev/null 2>&1 || true
    done_
}

s_telnet_session() {
    link --delay 5
    start s "$TMP/telnetd.log" python3 -c "
import os, socket
server = socket.create_server(('192.0.2.80', 23))
print('ready', flush=True)
end, _ = server.accept()
for number in (0, 1, 2):
    os.dup2(end.fileno(), number)
os.execv('/usr/sbin/telnetd', ['telnetd', '-E', '/bin/cat'])"
    port 23
    record c eth0 telnet_session.pcap tcp
    { sleep 1; printf 'hello\n'; sleep 0.5; printf '\004'; sleep 0.5; } | in_ns c env TERM=xterm telnet 192.0.2.80 >/dev/null || true
    done_
}

s_tftp_session() {
    link --delay 5
    mkdir -p "$TMP/tftp"
    python3 "$HERE/talk.py" - - text 1200 >"$TMP/tftp/notes.txt"
    chmod -R a+rX "$TMP"
    start s "$TMP/tftpd.log" in.tftpd -L -a 192.0.2.80:69 -s "$TMP/tftp"
    port 69 udp
    record c eth0 tftp_session.pcap udp
    in_ns c curl -s -o /dev/null --max-time 10 tftp://192.0.2.80/notes.txt
    in_ns c curl -s -o /dev/null --max-time 10 --tftp-blksize 1024 tftp://192.0.2.80/notes.txt
    in_ns c curl -s -o /dev/null --max-time 10 tftp://192.0.2.80/missing.txt || true
    done_
}

s_snmp_session() {
    link --delay 5
    cat >"$TMP/snmpd.conf" <<CONF
rocommunity public
syslocation a shelf
syscontact ada@example.net
createUser ada SHA "long enough" AES "long enough"
rouser ada priv
CONF
    start s "$TMP/snmpd.log" env SNMP_PERSISTENT_DIR="$TMP" snmpd -f -Lo -C -c "$TMP/snmpd.conf" udp:192.0.2.80:161
    port 161 udp
    record c eth0 snmp_session.pcap udp
    in_ns c snmpget -v1 -c public 192.0.2.80 .1.3.6.1.2.1.1.6.0 >/dev/null
    in_ns c snmpwalk -v2c -c public 192.0.2.80 .1.3.6.1.2.1.1.9 >/dev/null
    in_ns c snmpbulkget -v2c -c public 192.0.2.80 .1.3.6.1.2.1.2 >/dev/null
    in_ns c snmpget -v3 -l authPriv -u ada -a SHA -A 'long enough' -x AES -X 'long enough' 192.0.2.80 .1.3.6.1.2.1.1.4.0 >/dev/null
    done_
}

# router NS ID PEER AS PEER_AS NETWORK: RIP, OSPF and BGP of one router
router() {
    local n=$1 id=$2 peer=$3 as=$4 peer_as=$5 network=$6 dir=$TMP/router$1 p
    mkdir -p "$dir"
    chmod 755 "$TMP"
    in_ns "$n" sysctl -qw net.ipv4.ip_forward=1
    in_ns "$n" ip addr add "$network" dev lo
    echo "hostname $n" >"$dir/zebra.conf"
    printf 'router rip\n version 2\n timers basic 5 15 10\n network eth0\n redistribute connected\n' >"$dir/ripd.conf"
    printf 'interface eth0\n ip ospf hello-interval 1\n ip ospf dead-interval 4\nrouter ospf\n ospf router-id %s\n network 192.0.2.0/24 area 0\n redistribute connected\n' \
        "$id" >"$dir/ospfd.conf"
    printf 'router bgp %s\n bgp router-id %s\n no bgp ebgp-requires-policy\n timers bgp 3 9\n neighbor %s remote-as %s\n neighbor %s timers connect 2\n address-family ipv4 unicast\n  redistribute connected\n' \
        "$as" "$id" "$peer" "$peer_as" "$peer" >"$dir/bgpd.conf"
    chown -R frr:frr "$dir"
    for p in zebra ripd ospfd bgpd; do
        start "$n" "$TMP/$p$n.log" "/usr/lib/frr/$p" -f "$dir/$p.conf" -z "$dir/zserv.api" -i "$dir/$p.pid" \
            --vty_socket "$dir" -u frr -g frr -A 127.0.0.1 -P 0
        sleep 0.5
    done
}

s_routers() {
    link --delay 5
    record c eth0 rip_session.pcap 'udp port 520'
    record c eth0 ospf_session.pcap 'ip proto 89'
    record c eth0 bgp_session.pcap 'tcp port 179'
    router c 192.0.2.10 192.0.2.80 64500 64501 198.51.100.1/24
    router s 192.0.2.80 192.0.2.10 64501 64500 203.0.113.1/24
    done_ 20
}

# --- DNS and DHCP ------------------------------------------------------------

names() {  # dnsmasq in namespace s, authoritative for example.net
    cat >"$TMP/dns.conf" <<CONF
no-resolv
no-hosts
no-daemon
user=root
port=53
listen-address=192.0.2.80
bind-interfaces
auth-server=ns1.example.net,192.0.2.80
auth-zone=example.net,192.0.2.0/24,2001:db8::/64
auth-soa=2025010101,hostmaster.example.net,1200,180,1209600
auth-ttl=600
host-record=www.example.net,192.0.2.80,2001:db8::80
host-record=ns1.example.net,192.0.2.80
host-record=mail.example.net,192.0.2.25
cname=shop.example.net,www.example.net
mx-host=example.net,mail.example.net,10
mx-host=example.net,backup.example.net,20
txt-record=example.net,"v=spf1 mx -all","a second string"
txt-record=long.example.net,"$(printf 'a%.0s' {1..200})","$(printf 'b%.0s' {1..200})","$(printf 'c%.0s' {1..200})"
srv-host=_sip._udp.example.net,www.example.net,5060,10,60
naptr-record=example.net,100,50,"s","SIP+D2U","",_sip._udp.example.net
caa-record=example.net,0,issue,ca.example.org
CONF
    start s "$TMP/dnsmasq.log" dnsmasq -C "$TMP/dns.conf"
    await "$TMP/dnsmasq.log" started
}

ask() { in_ns c dig @192.0.2.80 +tries=1 +time=3 +nocookie "$@" >>"$TMP/dig.log"; }

s_dns() {
    link --delay 3; names
    record c eth0 dns.pcap 'port 53'
    ask www.example.net A
    ask www.example.net AAAA
    ask shop.example.net A
    ask example.net MX
    ask example.net TXT
    ask _sip._udp.example.net SRV
    ask -x 192.0.2.80
    ask example.net SOA
    ask example.net NS
    ask example.net NAPTR
    ask example.net CAA
    ask nobody.example.net A
    ask www.example.net MX
    ask elsewhere.example.org A +noedns
    ask www.example.net A +noedns +norecurse
    ask long.example.net TXT +bufsize=512
    ask www.example.net A +tcp
    done_
}

s_mdns() {
    link
    record c eth0 mdns.pcap 'udp port 5353 or igmp'
    in_ns c ip route add 224.0.0.0/4 dev eth0
    in_ns s ip route add 224.0.0.0/4 dev eth0
    talk mdns
    done_
}

s_dhcp() {
    new_ns c; new_ns s
    cable c eth0 $MAC_C s eth0 $MAC_S
    in_ns s ip addr add 192.0.2.1/24 dev eth0
    cat >"$TMP/dhcp.conf" <<CONF
no-resolv
no-hosts
no-daemon
user=root
port=0
interface=eth0
bind-interfaces
no-ping
leasefile-ro
dhcp-authoritative
dhcp-range=192.0.2.100,192.0.2.100,1h
dhcp-option=option:router,192.0.2.1
dhcp-option=option:dns-server,192.0.2.53
dhcp-option=option:domain-name,example.net
dhcp-option=option:ntp-server,192.0.2.123
CONF
    cat >"$TMP/dhclient.conf" <<CONF
send host-name "sample-client";
send vendor-class-identifier "netdissect-sample";
request subnet-mask, broadcast-address, routers, domain-name, domain-name-servers, ntp-servers;
initial-delay 0;
CONF
    cat >"$TMP/lease.sh" <<'CONF'
#!/bin/sh
case "$reason" in
    PREINIT) ip link set "$interface" up ;;
    BOUND|RENEW|REBIND) ip addr replace "$new_ip_address/24" dev "$interface" ;;
    RELEASE|EXPIRE|STOP) ip addr flush dev "$interface" ;;
esac
exit 0
CONF
    chmod +x "$TMP/lease.sh"
    start s "$TMP/dnsmasq.log" dnsmasq -C "$TMP/dhcp.conf"
    await "$TMP/dnsmasq.log" started
    record c eth0 dhcp.pcap 'udp port 67 or udp port 68'
    local o=(-4 -cf "$TMP/dhclient.conf" -sf "$TMP/lease.sh" -lf "$TMP/leases" -pf "$TMP/dhclient.pid")
    in_ns c dhclient -1 "${o[@]}" eth0 2>>"$TMP/dhclient.log"
    sleep 0.5
    in_ns c dhclient -r "${o[@]}" eth0 2>>"$TMP/dhclient.log"
    done_
}

s_dhcpv6() {
    new_ns c 6; new_ns s 6
    cable c eth0 $MAC_C s eth0 $MAC_S
    in_ns s ip addr add 2001:db8::1/64 dev eth0
    cat >"$TMP/dhcp.conf" <<CONF
no-resolv
no-hosts
no-daemon
user=root
port=0
interface=eth0
leasefile-ro
dhcp-authoritative
dhcp-range=2001:db8::100,2001:db8::1ff,64,1h
dhcp-option=option6:dns-server,[2001:db8::53]
CONF
    printf '#!/bin/sh\nexit 0\n' >"$TMP/lease.sh"
    chmod +x "$TMP/lease.sh"
    printf 'send dhcp6.fqdn.fqdn "sample-client";\n' >"$TMP/dhclient.conf"
    start s "$TMP/dnsmasq.log" dnsmasq -C "$TMP/dhcp.conf"
    await "$TMP/dnsmasq.log" started
    record c eth0 dhcpv6.pcap 'udp port 546 or udp port 547'
    local o=(-6 -D LL -cf "$TMP/dhclient.conf" -sf "$TMP/lease.sh" -lf "$TMP/leases6" -pf "$TMP/dhclient6.pid")
    in_ns c timeout 20 dhclient -1 "${o[@]}" eth0 2>>"$TMP/dhclient.log"
    sleep 0.5
    in_ns c timeout 20 dhclient -r "${o[@]}" eth0 2>>"$TMP/dhclient.log"
    done_
}

# --- TCP: opening and closing ------------------------------------------------

tcp() {  # tcp FILE DELAY SCENARIO [options of wire.py]: recorded at the client
    local file=$1 delay=$2 what=$3
    shift 3
    link --delay "$delay" "$@"
    record c eth0 "$file" tcp
    talk $what >"$TMP/talk.log"
    done_
}

s_tcp_close4()       { tcp tcp_close4.pcap 10 close4; }
s_tcp_close3()       { tcp tcp_close3.pcap 10 close3; }
s_tcp_close_both()   { tcp tcp_close_both.pcap 10 close_both; }
s_tcp_open_both()    { tcp tcp_open_both.pcap 10 open_both; }
s_tcp_half_close()   { tcp tcp_half_close.pcap 10 half_close; }
s_tcp_refused()      { tcp tcp_refused.pcap 10 refused; }
s_tcp_reset()        { tcp tcp_reset.pcap 10 reset; }
s_tcp_unread()       { tcp tcp_unread.pcap 10 abort_unread; }
s_tcp_port_reuse()   { tcp tcp_port_reuse.pcap 10 port_reuse; }
s_tcp_syn_lost()     { tcp tcp_syn_lost.pcap 10 'quick 7030 50030' --rule ab:syn:1:drop; }
s_tcp_synack_lost()  { tcp tcp_synack_lost.pcap 10 'quick 7031 50031' --rule ba:synack:1:drop; }
s_tcp_fin_lost()     { tcp tcp_fin_lost.pcap 10 'quick 7032 50032' --rule ab:fin:1:drop; }

s_tcp_fast_open() {
    link --delay 10
    in_ns c sh -c 'echo 3 > /proc/sys/net/ipv4/tcp_fastopen'
    in_ns s sh -c 'echo 3 > /proc/sys/net/ipv4/tcp_fastopen'
    record c eth0 tcp_fast_open.pcap tcp
    talk fast_open
    done_
}

s_tcp_ecn() {
    link --delay 10
    in_ns c sh -c 'echo 1 > /proc/sys/net/ipv4/tcp_ecn'
    in_ns s sh -c 'echo 1 > /proc/sys/net/ipv4/tcp_ecn'
    record c eth0 tcp_ecn.pcap tcp
    talk quick 7033 50033
    done_
}

s_tcp_no_options() {
    link --delay 10
    local n
    for n in c s; do
        in_ns $n sh -c 'cd /proc/sys/net/ipv4; for k in timestamps sack window_scaling; do echo 0 > tcp_$k; done'
    done
    record c eth0 tcp_no_options.pcap tcp
    talk quick 7034 50034
    done_
}

# --- TCP: loss, order, windows -----------------------------------------------

s_tcp_chat()         { tcp tcp_chat.pcap 10 chat; }
s_tcp_urgent()       { tcp tcp_urgent.pcap 10 urgent; }
s_tcp_zero_window()  { tcp tcp_zero_window.pcap 10 zero_window; }
s_tcp_keep_alive()   { tcp tcp_keep_alive.pcap 10 keep_alive; }
s_tcp_dead_peer()    { tcp tcp_dead_peer.pcap 10 keep_alive_dead --rule ab:ack:3-:drop --rule ab:rst:1-:drop; }

# both BASE SNAPLEN SCENARIO [options of wire.py]: recorded at both ends
both() {
    local base=$1 snap=$2 what=$3
    shift 3
    link --delay 10 "$@"
    record c eth0 "${base}_receiver.pcap" -s "$snap" tcp
    record s eth0 "${base}_sender.pcap" -s "$snap" tcp
    talk $what
    done_
}

s_tcp_loss_fast()    { both tcp_loss_fast 96 'bulk 7040 50040 200000 150000' --rule ba:data:60:drop; }
s_tcp_loss_many()    { both tcp_loss_many 96 'bulk 7041 50041 120000' --rule ba:data:20,22,23,30:drop --rule ab:ack:12,13:drop; }
s_tcp_loss_tail()    { both tcp_loss_tail 96 'bulk 7042 50042 20000' --rule ba:data:14:drop; }
s_tcp_timeout()      { both tcp_timeout 96 'bulk 7043 50043 20000' --rule ba:data:8-17:drop; }
s_tcp_reorder()      { both tcp_reorder 96 'bulk 7044 50044 60000' --rule ba:data:15:after=2; }
s_tcp_spurious()     { both tcp_spurious 96 'bulk 7045 50045 100000' --rule ba:data:21:hold=25; }
s_tcp_duplicate()    { both tcp_duplicate 96 'bulk 7046 50046 30000' --rule ba:data:9:dup; }

s_tcp_bulk() {  # full frames, one lost: for the bytes of the stream
    link --delay 10 --rule ba:data:30:drop
    record c eth0 tcp_bulk.pcap tcp
    record s eth0 tcp_one_sided.pcap -s 96 tcp and src host 192.0.2.80
    talk bulk 7047 50047 100000
    done_
    editcap -F pcap -r "$OUT/tcp_bulk.pcap" "$OUT/tcp_midstream.pcap" 41-64 2>/dev/null
}

# --- ARP, ICMP, neighbours, multicast ----------------------------------------

s_arp() {
    LINKARP=1 link
    record c eth0 arp.pcap 'arp or icmp'
    in_ns c ping -q -c 2 -i 0.2 192.0.2.80 >/dev/null
    in_ns c arping -q -D -c 1 -w 1 -I eth0 192.0.2.77 || true    # probe of a free address
    in_ns c arping -q -D -c 1 -w 1 -I eth0 192.0.2.80 || true    # probe of a used one
    in_ns s arping -q -U -c 1 -w 1 -I eth0 192.0.2.80 || true    # announcement as request
    in_ns s arping -q -A -c 1 -w 1 -I eth0 192.0.2.80 || true    # announcement as reply
    done_
}

s_ping_v4() {
    link --delay 5 --rule ba:icmp:3:drop --rule ba:icmp:4:dup
    record c eth0 ping_v4.pcap icmp
    in_ns c ping -q -n -c 4 -i 0.2 -W 1 192.0.2.80 >/dev/null
    in_ns c ping -q -n -c 1 -s 1000 -p 616263 -Q 0x28 -t 17 192.0.2.80 >/dev/null
    done_
}

s_ping_v6() {
    LINK6=1 LINKARP=1 link --delay 5
    record c eth0 ping_v6.pcap icmp6
    in_ns c ping -6 -q -n -c 3 -i 0.2 2001:db8::80 >/dev/null
    in_ns c ping -6 -q -n -c 1 -F 0x12345 -Q 0x28 2001:db8::80 >/dev/null
    in_ns c ping -6 -q -n -c 1 fe80::ff:fe00:5%eth0 >/dev/null
    done_
}

# A host comes up next to a router: duplicate address detection, router
# solicitation and advertisement, a global address, multicast reports.
s_ndp() {
    new_ns c 6; new_ns s 6
    cable c eth0 $MAC_C s eth0 $MAC_S
    in_ns s ip addr add 2001:db8::1/64 dev eth0
    in_ns s sh -c 'echo 1 > /proc/sys/net/ipv6/conf/all/forwarding'
    in_ns c ip link set eth0 down
    in_ns c sh -c 'cd /proc/sys/net/ipv6/conf; for k in default eth0; do
        echo 1 > $k/accept_dad; echo 1 > $k/accept_ra; echo 3 > $k/router_solicitations
        echo 0 > $k/router_solicitation_delay; done; echo 1 > all/accept_dad'
    printf '%s\n' no-resolv no-hosts no-daemon user=root port=0 interface=eth0 leasefile-ro enable-ra \
        'dhcp-range=2001:db8::,ra-only,64,1h' 'dhcp-option=option6:dns-server,[2001:db8::53]' \
        'dhcp-option=option6:domain-search,example.net' 'ra-param=eth0,mtu:1480,high,60,1800' >"$TMP/ra.conf"
    start s "$TMP/dnsmasq.log" dnsmasq -C "$TMP/ra.conf"
    await "$TMP/dnsmasq.log" started
    record s eth0 ndp.pcap ip6
    in_ns c ip link set eth0 up
    sleep 4
    in_ns c ping -6 -q -n -c 1 2001:db8::1 >/dev/null || true
    done_
}

# multicast FILE IGMP MLD: a bridge asks for multicast groups (in the given
# versions of the protocols), a host joins and leaves some
multicast() {
    new_ns c 6; new_ns s 6
    cable c eth0 $MAC_C s eth0 $MAC_S
    in_ns c ip addr add 192.0.2.10/24 dev eth0
    in_ns s ip link add br0 address $MAC_S type bridge mcast_igmp_version "$2" mcast_mld_version "$3" \
        mcast_query_interval 300 mcast_query_response_interval 100 mcast_startup_query_interval 300
    in_ns s ip link set eth0 master br0
    in_ns s ip addr add 192.0.2.80/24 dev br0
    in_ns s ip link set br0 up
    sleep 1.5
    record c eth0 "$1" 'igmp or ip6'
    in_ns s ip link set br0 type bridge mcast_querier 1
    talk join 233.252.0.7 ff0e::1234 eth0
    done_
}
s_multicast() { multicast multicast.pcap 3 2; }
s_multicast_old() { multicast multicast_old.pcap 2 1; }

# --- routers -----------------------------------------------------------------

# routed [MTU]: c -- r -- q -- s; MTU is that of the link in the middle
routed() {
    local n mtu=${1:-1500}
    for n in c r q s; do
        new_ns $n 6
        in_ns $n sh -c 'cd /proc/sys/net; echo 0 > ipv4/icmp_ratelimit; echo 0 > ipv6/icmp/ratelimit
            echo 0 > ipv4/conf/all/send_redirects'
    done
    cable c eth0 $MAC_C r eth0 ${MAC_R}1
    cable r eth1 ${MAC_R}2 q eth0 ${MAC_R}3
    cable q eth1 ${MAC_R}4 s eth0 $MAC_S
    in_ns r sh -c 'cd /proc/sys/net; echo 1 > ipv4/ip_forward; echo 1 > ipv6/conf/all/forwarding'
    in_ns q sh -c 'cd /proc/sys/net; echo 1 > ipv4/ip_forward; echo 1 > ipv6/conf/all/forwarding'
    in_ns c ip addr add 192.0.2.10/24 dev eth0
    in_ns r ip addr add 192.0.2.1/24 dev eth0
    in_ns r ip addr add 198.51.100.1/24 dev eth1
    in_ns q ip addr add 198.51.100.2/24 dev eth0
    in_ns q ip addr add 203.0.113.1/24 dev eth1
    in_ns s ip addr add 203.0.113.80/24 dev eth0
    in_ns c ip addr add 2001:db8:1::10/64 dev eth0
    in_ns r ip addr add 2001:db8:1::1/64 dev eth0
    in_ns r ip addr add 2001:db8:2::1/64 dev eth1
    in_ns q ip addr add 2001:db8:2::2/64 dev eth0
    in_ns q ip addr add 2001:db8:3::1/64 dev eth1
    in_ns s ip addr add 2001:db8:3::80/64 dev eth0
    in_ns c ip route add default via 192.0.2.1
    in_ns r ip route add 203.0.113.0/24 via 198.51.100.2
    in_ns q ip route add 192.0.2.0/24 via 198.51.100.1
    in_ns s ip route add default via 203.0.113.1
    in_ns c ip -6 route add default via 2001:db8:1::1
    in_ns r ip -6 route add 2001:db8:3::/64 via 2001:db8:2::2
    in_ns q ip -6 route add 2001:db8:1::/64 via 2001:db8:2::1
    in_ns s ip -6 route add default via 2001:db8:3::1
    in_ns r ip link set eth1 mtu "$mtu"
    in_ns q ip link set eth0 mtu "$mtu"
    # settle the neighbours first
    in_ns c ping -q -c 1 203.0.113.80 >/dev/null
    in_ns c ping -6 -q -c 1 2001:db8:3::80 >/dev/null
}

s_traceroute() {
    routed
    record c eth0 traceroute_v4.pcap 'udp or icmp'
    in_ns c traceroute -n -q 2 -N 1 -w 1 203.0.113.80 >/dev/null
    done_
    routed
    record c eth0 traceroute_icmp.pcap icmp
    in_ns c traceroute -n -I -q 2 -N 1 -w 1 203.0.113.80 >/dev/null
    done_
    routed
    record c eth0 traceroute_tcp.pcap 'tcp or icmp'
    in_ns c traceroute -n -T -p 80 -q 1 -N 1 -w 1 203.0.113.80 >/dev/null
    done_
    routed
    record c eth0 traceroute_v6.pcap 'ip6 and ip6[6] != 0 and not (ip6[6] == 58 and ip6[40] >= 133 and ip6[40] <= 137)'
    in_ns c traceroute -6 -n -q 2 -N 1 -w 1 2001:db8:3::80 >/dev/null
    done_
}

s_ping_options() {
    routed
    record c eth0 ping_options.pcap icmp
    in_ns c ping -q -n -c 1 -R 203.0.113.80 >/dev/null
    in_ns c ping -q -n -c 1 -T tsonly 203.0.113.80 >/dev/null
    in_ns c ping -q -n -c 1 -T tsandaddr 203.0.113.80 >/dev/null
    in_ns c ping -q -n -c 1 -T tsprespec 192.0.2.1 203.0.113.80 >/dev/null || true
    done_
}

s_unreachable() {
    routed
    in_ns r ip route add prohibit 203.0.113.99/32
    in_ns r ip route add unreachable 203.0.113.98/32
    in_ns r ip -6 route add prohibit 2001:db8:3::99/128
    in_ns r ip -6 route add unreachable 2001:db8:3::98/128
    record c eth0 unreachable.pcap 'udp or icmp or (icmp6 and (ip6[40] < 133 or ip6[40] > 137))'
    local a
    for a in 100.64.0.1 203.0.113.99 203.0.113.98; do in_ns c ping -q -n -c 1 -W 1 $a >/dev/null 2>&1 || true; done
    for a in 2001:db8:9::1 2001:db8:3::99 2001:db8:3::98; do
        in_ns c ping -6 -q -n -c 1 -W 1 $a >/dev/null 2>&1 || true
    done
    in_ns c dig @203.0.113.80 +tries=1 +time=1 www.example.net >/dev/null 2>&1 || true
    in_ns c dig @2001:db8:3::80 +tries=1 +time=1 www.example.net >/dev/null 2>&1 || true
    done_
}

s_pmtu() {
    routed 1280
    record c eth0 pmtu.pcap 'tcp or icmp'
    TALK_S4=203.0.113.80 talk bulk 7050 50050 8000 0 up
    done_
    routed 1280
    record c eth0 pmtu_ping.pcap 'icmp or (icmp6 and (ip6[40] < 133 or ip6[40] > 137)) or ip6[6] == 44'
    in_ns c ping -q -n -c 2 -i 0.3 -W 1 -s 1400 -M do 203.0.113.80 >/dev/null 2>&1 || true
    in_ns c ping -6 -q -n -c 2 -i 0.3 -W 1 -s 1400 -M do 2001:db8:3::80 >/dev/null 2>&1 || true
    in_ns c ping -q -n -c 1 -W 1 -s 1400 -M dont 203.0.113.80 >/dev/null
    in_ns c ping -6 -q -n -c 2 -i 0.3 -W 1 -s 1400 -M dont 2001:db8:3::80 >/dev/null || true
    done_
}

s_fragments() {
    LINK6=1 link --rule ab:frag:2:hold=2 --rule ab:frag:4:hold=2
    record s eth0 udp_fragments.pcap 'ip proto 17 or ip6 proto 44 or ip6 proto 17'
    talk udp 50060 7060 4000
    talk udp 50061 7061 4000 6
    done_
}

# --- other link types --------------------------------------------------------

s_any() {
    local y
    for y in LINUX_SLL LINUX_SLL2; do
        routed
        record r any "any_${y,,}.pcap" -y $y icmp or icmp6
        in_ns c ping -q -n -c 2 -i 0.2 203.0.113.80 >/dev/null
        in_ns c ping -6 -q -n -c 1 2001:db8:3::80 >/dev/null
        done_
    done
}

s_lo() {
    new_ns c 6
    record c lo lo.pcap
    in_ns c ping -q -n -c 1 127.0.0.1 >/dev/null
    in_ns c ping -6 -q -n -c 1 ::1 >/dev/null
    done_
}

s_raw_ip() {
    new_ns c 6; new_ns s 6
    python3 "$HERE/talk.py" "/var/run/netns/${ID}c" "/var/run/netns/${ID}s" tun_cable >"$TMP/tun.log" 2>&1 &
    pids+=($!)
    await "$TMP/tun.log" ready
    in_ns c ip addr add 192.0.2.10/24 dev tun0
    in_ns s ip addr add 192.0.2.80/24 dev tun0
    in_ns c ip addr add 2001:db8::10/64 dev tun0
    in_ns s ip addr add 2001:db8::80/64 dev tun0
    in_ns c ip link set tun0 up
    in_ns s ip link set tun0 up
    record c tun0 raw_ip.pcap 'tcp or (icmp6 and (ip6[40] == 128 or ip6[40] == 129))'
    talk quick 7061 50061
    in_ns c ping -6 -q -n -c 1 2001:db8::80 >/dev/null
    done_
}

s_vxlan() {
    link --delay 2
    local n peer
    for n in c s; do
        if [ $n = c ]; then peer=192.0.2.80; else peer=192.0.2.10; fi
        in_ns $n ip link add vx0 type vxlan id 42 dev eth0 remote $peer dstport 4789
    done
    in_ns c ip link set vx0 address 02:00:00:00:42:01 up
    in_ns s ip link set vx0 address 02:00:00:00:42:02 up
    in_ns c ethtool -K vx0 tx off >/dev/null 2>&1 || true
    in_ns s ethtool -K vx0 tx off >/dev/null 2>&1 || true
    in_ns c ip addr add 198.51.100.10/24 dev vx0
    in_ns s ip addr add 198.51.100.80/24 dev vx0
    record c eth0 vxlan.pcap 'udp port 4789'
    in_ns c ping -q -n -c 2 -i 0.2 198.51.100.80 >/dev/null
    done_
}

# --- file formats ------------------------------------------------------------

s_nanoseconds() {
    link --delay 1
    record c eth0 nanoseconds.pcap --time-stamp-precision=nano icmp
    in_ns c ping -q -n -c 3 -i 0.2 192.0.2.80 >/dev/null
    done_
}

s_built() { python3 "$HERE/make_frames.py" "$OUT"; }

s_compressed() {
    gzip -9nc "$OUT/dns.pcap" >"$OUT/dns.pcap.gz"
    zstd -q -f -19 "$OUT/http_get.pcap" -o "$OUT/http_get.pcap.zst"
    lz4 -q -f -9 "$OUT/tcp_close4.pcap" "$OUT/tcp_close4.pcap.lz4"
}

# --- main --------------------------------------------------------------------

scenarios() { sed -n 's/^s_\([a-z0-9_]*\)() *{.*/\1/p' "$HERE/capture.sh"; }

if [ "${1:-}" = --list ]; then scenarios; exit 0; fi
need_all
TMP=$(mktemp -d)
for name in ${*:-$(scenarios)}; do
    if ! declare -F "s_$name" >/dev/null; then echo "no such scenario: $name" >&2; exit 1; fi
    echo "$name"
    "s_$name"
done
