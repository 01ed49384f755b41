//! Rebuilds the crate when a shipped template or playbook changes: `include_dir!` alone does not.

fn main() {
    println!("cargo:rerun-if-changed=../../templates");
    println!("cargo:rerun-if-changed=../../playbooks");
}
