//! Plans with fixed seeds (docs/faults.md, section 6.4): every run tries the same inputs, and names the one that fails. The
//! same plans are the targets of `make fuzz`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, missing_docs)]

#[allow(dead_code, reason = "shared with other tests")]
#[path = "../common/mod.rs"]
mod common;
#[allow(unreachable_pub, reason = "shared with the fuzz targets")]
mod plans;
mod seeds;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use plans::choices::Dice;
use plans::{ALL, Plan, application, named};
use seeds::{Samples, changed};

/// The seed of everything that is drawn here, unless `NETDISSECT_SEED` names another.
fn seed() -> u64 {
    number("NETDISSECT_SEED").unwrap_or(20_240_229)
}

/// How often the usual number of inputs is tried: once, or as often as `NETDISSECT_ROUNDS` says.
fn rounds() -> usize {
    number("NETDISSECT_ROUNDS").and_then(|rounds| rounds.try_into().ok()).unwrap_or(1)
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn samples() -> &'static Samples {
    static SAMPLES: OnceLock<Samples> = OnceLock::new();
    SAMPLES.get_or_init(Samples::read)
}

/// Goes through with a plan. An input that fails is saved, and named in the message.
fn try_out(plan: &Plan, input: &[u8]) -> Result<(), String> {
    let Err(panic) = catch_unwind(AssertUnwindSafe(|| (plan.run)(input))) else { return Ok(()) };
    let sum = input
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |sum, &byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-{sum:016x}", plan.name));
    std::fs::write(&path, input).unwrap();
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("?");
    Err(format!("{}: {text}\n    input: {}", plan.name, path.display()))
}

/// Tries all inputs, and panics with what was wrong with some.
#[track_caller]
fn try_all(plan: &Plan, inputs: impl Iterator<Item = Vec<u8>>) {
    let mut wrong = Vec::new();
    let mut tried = 0;
    for input in inputs {
        tried += 1;
        wrong.extend(try_out(plan, &input).err());
        if wrong.len() >= 5 {
            break;
        }
    }
    assert!(wrong.is_empty(), "after {tried} inputs:\n{}", wrong.join("\n"));
}

/// `rounds` inputs: bytes that mean nothing, and samples with a few changes where there are any.
fn drawn(plan: &Plan, rounds: usize) -> impl Iterator<Item = Vec<u8>> {
    let mut dice = Dice::new(seed());
    let own = samples().of(plan);
    let most = plan.max_len.min(600);
    (0..rounds * self::rounds()).map(move |round| match round % 3 {
        0 if !own.is_empty() => own[dice.below(own.len())].clone(),
        1 if !own.is_empty() => {
            let at = dice.below(own.len());
            changed(&own[at], &mut dice)
        }
        _ => {
            let len = dice.below(most);
            dice.bytes(len)
        }
    })
}

macro_rules! plans {
    ($($name:ident $rounds:expr;)*) => {
        $(#[test]
        fn $name() {
            let plan = named(stringify!($name)).unwrap();
            try_all(plan, drawn(plan, $rounds));
        })*

        #[test]
        fn no_plan_is_forgotten() {
            let run = [$(stringify!($name)),*, "application"];
            for plan in ALL {
                assert!(run.contains(&plan.name), "{} is not run", plan.name);
            }
        }
    };
}

plans! {
    pcap_read 4000;
    pcapng_read 3000;
    decompress_read 3000;
    dissect_link 900;
    ip_defrag 10_000;
    tcp_reassembly 10_000;
    flow_table 10_000;
    filter 4000;
    escape 90;
    roundtrip 2000;
    whole_cli 900;
}

/// Every protocol, also one that was listed yesterday: its samples as they are, changed, and bytes that mean nothing.
#[test]
fn application() {
    let plan = named("application").unwrap();
    let mut dice = Dice::new(seed());
    let inputs = application::names().iter().flat_map(|name| {
        let own: Vec<Vec<u8>> =
            samples().spoken(name).into_iter().filter(|input| input.len() <= 4_096).collect();
        let mut inputs = Vec::new();
        for _ in 0..3 * rounds() {
            if !own.is_empty() {
                inputs.push(own[dice.below(own.len())].clone());
                inputs.push(changed(&own[dice.below(own.len())], &mut dice));
            }
            let len = dice.below(300);
            inputs.push([name.as_bytes(), &[0], &dice.bytes(len)].concat());
        }
        inputs
    });
    try_all(plan, inputs);
}

fn regressions() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/regress")
}

/// Inputs that once failed: `tests/regress/PLAN-CLASS`.
#[test]
fn what_failed_once_does_not_fail_again() {
    let mut wrong = Vec::new();
    for entry in std::fs::read_dir(regressions()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let Some(plan) = name.split_once('-').and_then(|(plan, _)| named(plan)) else {
            assert_eq!(name, "README.md", "no plan has this name");
            continue;
        };
        wrong.extend(try_out(plan, &std::fs::read(&path).unwrap()).err());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// With `NETDISSECT_CORPUS=FOLDER`: writes what the samples hold as inputs, a folder for each plan.
#[test]
fn corpus() {
    let Some(folder) = std::env::var_os("NETDISSECT_CORPUS") else { return };
    for plan in ALL {
        let own = Path::new(&folder).join(plan.name);
        std::fs::create_dir_all(&own).unwrap();
        for (at, input) in samples().of(plan).iter().enumerate() {
            std::fs::write(own.join(format!("sample-{at:05}")), input).unwrap();
        }
    }
}

#[test]
fn an_input_that_fails_is_saved_and_named() {
    let plan = Plan { name: "fails", max_len: 1, run: |input| assert!(input.is_empty(), "it fails") };
    let said = try_out(&plan, b"x").unwrap_err();
    let path = said.split("input: ").nth(1).unwrap();
    assert!(said.starts_with("fails: it fails"), "{said}");
    assert_eq!(std::fs::read(path).unwrap(), b"x");
    assert_eq!(try_out(&plan, b""), Ok(()));
}
