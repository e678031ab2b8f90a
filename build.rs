//! Writes who makes which hardware as one text: a table of references would be relocated at each start of the program,
//! whether anybody asks for a vendor or not, in two thirds of the time that it takes to start.

use std::path::PathBuf;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    let mut rows: Vec<String> = oui_data::OUI_ENTRIES
        .values()
        // Some names go on in a second line.
        .map(|record| {
            format!("{} {}\n", record.oui(), record.organization().lines().next().unwrap_or_default())
        })
        .collect();
    rows.sort_unstable();
    let folder =
        env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo names no folder for what is made"))?;
    fs::write(PathBuf::from(folder).join("vendors.txt"), rows.concat())
}
