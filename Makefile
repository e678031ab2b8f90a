# make demo   builds netdissect and prints the timeline of a real TCP connection
# make test   checks the format, the lints and everything that has a test
# make bench  measures it against tcpdump and tshark, and how time grows with what is read (BENCHMARKS.md)
# make fuzz   looks for inputs that break it, TIME seconds for each target, or for TARGET alone (CONTRIBUTING.md)
# make deny   checks licences, versions and sources of all crates, and known advisories against them (deny.toml)
#
# All need make and a cargo (the version stands in Cargo.toml). Whatever else is missing they install first, or say
# what to install: scripts/setup.sh.

# Where rustup puts cargo, for shells that were open before.
export PATH := $(PATH):$(HOME)/.cargo/bin

.PHONY: demo test bench fuzz deny

demo:
	@sh scripts/setup.sh
	cargo build --release --locked
	@echo
	@echo '$$ netdissect read samples/http_get.pcap --follow-tcp'
	@cargo run --release --locked --quiet -- read samples/http_get.pcap --follow-tcp

test:
	@sh scripts/setup.sh
	@sh scripts/setup_test.sh
	@sh scripts/lint.sh
	cargo test --workspace --locked
	@echo 'Everything passed.'

bench:
	@sh scripts/bench.sh

TIME ?= 480
TARGET ?=

fuzz:
	@sh scripts/fuzz.sh $(TIME) $(TARGET)

deny:
	@cargo deny --version >/dev/null 2>&1 || { echo 'deny: cargo-deny is missing: cargo install --locked cargo-deny' >&2; exit 1; }
	cargo deny --locked check licenses bans sources
	@echo 'Advisories come from a repository in the network:'
	cargo deny --locked check advisories
