//! What the targets in `fuzz_targets/` share: the plans, which live with the tests that run them with fixed seeds.

#[path = "../../tests/fuzz/plans/mod.rs"]
pub mod plans;

/// Goes through with the plan of this name.
///
/// # Panics
/// If anything is not as it must be: that is what the fuzzer looks for.
pub fn run(name: &str, input: &[u8]) {
    let plan = plans::named(name).expect("a plan of this name");
    (plan.run)(&input[..input.len().min(plan.max_len)]);
}
