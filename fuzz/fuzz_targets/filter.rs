#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| netdissect_fuzz::run("filter", input));
