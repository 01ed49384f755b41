//! Rebuilds the crate when a shipped template or playbook changes: `include_dir!` alone does not.

#![expect(
    clippy::print_stdout,
    reason = "standard output is how a build script talks to cargo"
)]

fn main() {
    println!("cargo:rerun-if-changed=../../templates");
    println!("cargo:rerun-if-changed=../../playbooks");
}
