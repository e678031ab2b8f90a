#!/usr/bin/env bash
# Asks tshark whether the sample captures show what README.md says: the number
# of packets of each file, and filters that must match exactly so many of them
# (n), or at least so many (n+).
set -euo pipefail
cd "$(dirname "$0")"
for p in tshark capinfos; do
    command -v $p >/dev/null || { echo "Missing: apt-get install tshark wireshark-common" >&2; exit 1; }
done
bad=0 checks=0

while IFS='|' read -r _ file _ _ packets _; do
    file=${file// /} packets=${packets// /}
    case $file in *.pcap*) ;; *) continue ;; esac
    n=$(capinfos -cM "$file" 2>/dev/null | sed -n 's/^Number of packets: *//p')
    checks=$((checks + 1))
    if [ "$n" != "$packets" ]; then echo "$file: '$n' packets, README.md says $packets"; bad=1; fi
done <README.md

while read -r file want filter; do
    n=$(tshark -r "$file" -Y "$filter" 2>/dev/null | wc -l)
    checks=$((checks + 1))
    if [ "${want%+}" = "$want" ]; then [ "$n" -eq "$want" ] && continue; else [ "$n" -ge "${want%+}" ] && continue; fi
    echo "$file: $n packets match '$filter', not $want"
    bad=1
done <<'END'
http_get.pcap 1 tcp.flags == 0x002
http_get.pcap 1 tcp.flags == 0x012
http_get.pcap 2 tcp.flags.fin == 1
http_get.pcap 5+ tcp.len > 1000
http_get.pcap 0 tcp.analysis.flags
http_get.pcap 1 tcp.seq == 81 && tcp.ack == 7337
tcp_forged_reset.pcap 6 tcp.flags.reset == 1
tcp_forged_reset.pcap 1 ip.ttl == 49 && tcp.flags.reset == 1 && ip.id == 7
http_keepalive.pcap 4 http.request
http_keepalive.pcap 1 tcp.flags == 0x002
http_methods.pcap 1 http.request.method == "HEAD"
http_methods.pcap 1 http.request.method == "POST"
http_methods.pcap 1 http.response.code == 404
http_methods.pcap 1 http.response.code == 100
http_methods.pcap 1 http.response.code == 206
http_pipeline.pcap 1 http.request.method == "GET" && http.request.method == "HEAD"
http_pipeline.pcap 1 http.request.method == "POST"
http_v6.pcap 1 ipv6 && http.response.code == 200
tls.pcap 2 tls.handshake.type == 1
smtp_session.pcap 2 tls.handshake.type == 1
smtp_session.pcap 1 smtp.response.code == 554
nfs_session.pcap 2 nfs.procedure_v3 == 17
nfs_session.pcap 2 nfs.opcode == 25
tls.pcap 2 tls.handshake.extensions_server_name == "www.example.net"
dns.pcap 1 dns.flags.rcode == 3
dns.pcap 1 dns.flags.rcode == 5
dns.pcap 1 dns.flags.truncated == 1
dns.pcap 2 tcp && dns.flags.response == 1
dns.pcap 1+ dns.resp.type == 5
dns.pcap 1+ dns.resp.type == 28
dns.pcap 1+ dns.mx.preference == 10
dns.pcap 1+ dns.srv.port == 5060
dns.pcap 1+ dns.resp.type == 12
dns.pcap 1+ dns.resp.type == 16
dns.pcap 3 dns.resp.type == 6
mdns.pcap 5+ mdns
dhcp.pcap 1 dhcp.option.dhcp == 1
dhcp.pcap 1 dhcp.option.dhcp == 2
dhcp.pcap 1 dhcp.option.dhcp == 3
dhcp.pcap 1 dhcp.option.dhcp == 5
dhcp.pcap 1 dhcp.option.dhcp == 7
dhcpv6.pcap 6 dhcpv6
dhcpv6_options.pcap 9 dhcpv6
ntp.pcap 15 ntp
snmp.pcap 19 snmp
tftp.pcap 13 tftp
radius.pcap 9 radius
netbios.pcap 6 nbns
netbios.pcap 3 nbdgm
syslog.pcap 5 syslog
mqtt.pcap 33 mqtt
arp.pcap 2 arp.isgratuitous == 1
arp.pcap 2 arp.src.proto_ipv4 == 0.0.0.0
rarp.pcap 2 arp.opcode == 3 || arp.opcode == 4
tcp_close4.pcap 11 tcp
tcp_close4.pcap 2 tcp.flags.fin == 1
tcp_close4.pcap 1 tcp.flags == 0x010 && tcp.ack == 8 && tcp.seq == 14
tcp_close3.pcap 0 tcp.flags == 0x010 && tcp.ack == 8 && tcp.seq == 14
tcp_close_both.pcap 1 tcp.flags.fin == 1 && tcp.seq == 14 && tcp.ack == 7
tcp_open_both.pcap 2 tcp.flags == 0x002
tcp_half_close.pcap 3 tcp.srcport == 7006 && tcp.len > 0 && tcp.ack == 42
tcp_refused.pcap 1 tcp.flags == 0x014
tcp_reset.pcap 1 tcp.flags.reset == 1
tcp_unread.pcap 1 tcp.flags.reset == 1
tcp_port_reuse.pcap 1 tcp.analysis.reused_ports
tcp_syn_lost.pcap 2 tcp.flags == 0x002
tcp_synack_lost.pcap 2 tcp.flags == 0x002
tcp_fin_lost.pcap 2 tcp.flags.fin == 1 && tcp.srcport == 50032
tcp_fast_open.pcap 1 tcp.flags == 0x002 && tcp.len > 0
tcp_ecn.pcap 1 tcp.flags == 0x0c2
tcp_ecn.pcap 2 ip.dsfield.ecn == 2
tcp_no_options.pcap 0 tcp.options.timestamp.tsval || tcp.options.sack_perm || tcp.options.wscale
tcp_bulk.pcap 1 tcp.analysis.fast_retransmission
tcp_midstream.pcap 0 tcp.flags.syn == 1 || tcp.flags.fin == 1
tcp_one_sided.pcap 0 ip.src == 192.0.2.10
tcp_loss_fast_sender.pcap 1 tcp.analysis.fast_retransmission
tcp_loss_fast_receiver.pcap 1 tcp.analysis.fast_retransmission
tcp_loss_many_sender.pcap 4 tcp.analysis.retransmission || tcp.analysis.out_of_order
tcp_loss_tail_sender.pcap 1 tcp.analysis.retransmission
tcp_timeout_sender.pcap 10 tcp.analysis.retransmission
tcp_reorder_sender.pcap 0 tcp.analysis.retransmission
tcp_reorder_sender.pcap 1+ tcp.options.sack.count
tcp_spurious_sender.pcap 1 tcp.analysis.fast_retransmission
tcp_spurious_receiver.pcap 1 tcp.analysis.spurious_retransmission
tcp_duplicate_receiver.pcap 1 tcp.analysis.spurious_retransmission
tcp_zero_window.pcap 3+ tcp.analysis.zero_window
tcp_keep_alive.pcap 3 tcp.analysis.keep_alive
tcp_keep_alive.pcap 3 tcp.analysis.keep_alive_ack
tcp_dead_peer.pcap 3 tcp.analysis.keep_alive
tcp_urgent.pcap 1 tcp.flags.urg == 1
tcp_seq_wrap.pcap 1+ tcp.seq_raw < 1000 && tcp.srcport == 50400
ping_v4.pcap 5 icmp.type == 8
ping_v4.pcap 5 icmp.type == 0
ping_v6.pcap 2 icmpv6.type == 135
ping_v6.pcap 1 ipv6.flow == 0x12345
ping_options.pcap 2 ip.opt.type.number == 7
ping_options.pcap 6 ip.opt.type.number == 4
ndp.pcap 1+ icmpv6.type == 133
ndp.pcap 1+ icmpv6.type == 134
ndp.pcap 2 icmpv6.type == 135 && ipv6.src == ::
multicast.pcap 1+ igmp.type == 0x22
multicast.pcap 1+ icmpv6.type == 143 && ipv6.src == fe80::ff:fe00:c
multicast_old.pcap 1 igmp.type == 0x17
multicast_old.pcap 1 icmpv6.type == 132
traceroute_v4.pcap 4 icmp.type == 11
traceroute_v4.pcap 2 icmp.type == 3 && icmp.code == 3
traceroute_icmp.pcap 4 icmp.type == 11
traceroute_tcp.pcap 2 icmp.type == 11
traceroute_v6.pcap 4 icmpv6.type == 3
unreachable.pcap 4 icmp.type == 3
unreachable.pcap 4 icmpv6.type == 1
pmtu.pcap 1+ icmp.code == 4 && icmp.mtu == 1280
pmtu_ping.pcap 1 icmp.code == 4 && icmp.type == 3
pmtu_ping.pcap 1 icmpv6.type == 2
udp_fragments.pcap 2 ip.reassembled.length == 4008
udp_fragments.pcap 2 ipv6.reassembled.length == 4008
icmp_types.pcap 17 icmp.type == 3
any_linux_sll.pcap 12 sll && frame.encap_type == 25
any_linux_sll2.pcap 12 sll && frame.encap_type == 210
null.pcap 12 null
raw_ip.pcap 12 raw
vlan.pcap 12 vlan
qinq.pcap 1 ieee8021ad.id == 10 && vlan.id == 20 && vlan.id == 30
mpls.pcap 15 mpls
erspan.pcap 5 erspan
overlays.pcap 4 vxlan && !(udp.port == 4790)
overlays.pcap 3 geneve
gtp.pcap 12 gtp
gtp.pcap 1 gtpprime
gtp.pcap 3 gtpv2
teredo.pcap 5 teredo
tags.pcap 5 vntag
tags.pcap 3 ieee8021ah
lldp.pcap 6 lldp
stp.pcap 9 stp
radiotap.pcap 10 radiotap
wlan_management.pcap 27 wlan
wlan_data.pcap 34 wlan
frame_relay.pcap 21 fr
eapol.pcap 42 eapol
cdp.pcap 6 cdp
pim.pcap 20 pim
vrrp.pcap 6 vrrp
lacp.pcap 5 lacp
ppp.pcap 31 ppp
pppoe.pcap 5 pppoed
gre.pcap 15 gre
vxlan.pcap 6 vxlan
llc.pcap 3 stp
malformed.pcap 20+ _ws.malformed
dns_types.pcap 0 _ws.malformed
dns_forms.pcap 0 _ws.malformed
dns_forms.pcap 2 dns.flags.opcode == 5
dhcp_options.pcap 0 _ws.malformed
http_headers.pcap 0 _ws.malformed || tcp.analysis.flags
http_headers.pcap 1 http.chunked_trailer_part
http2.pcap 0 _ws.malformed || tcp.analysis.flags
quic.pcap 6 tls.handshake.extensions_server_name
quic.pcap 1 quic.cc.reason_phrase == "no common cipher suite"
icmp_extensions.pcap 0 _ws.malformed || icmp.ext.checksum.status == 0
icmpv6_more.pcap 1 _ws.malformed || icmpv6.checksum.status == 0
igmp_more.pcap 0 _ws.malformed || igmp.checksum.status == 0
ipv6_options.pcap 0 _ws.malformed
ethernet_more.pcap 4 eth.fcs
chdlc.pcap 4 slarp
fddi.pcap 5 fddi
nflog.pcap 3 nflog
ppp_direction.pcap 5 ppp.direction == 1
ppp_more.pcap 1 _ws.malformed
END
echo "$checks checks, $([ $bad = 0 ] && echo all right || echo some wrong)"
exit $bad
