//! `examctl init`: an inventory and a playbook to start from.

use std::path::Path;

use provision::assets;

use crate::cli::{Init, Kind};
use crate::failure::Failure;
use crate::output::{Outcome, Printer};

pub(super) fn run(arguments: &Init, printer: &Printer) -> Result<Outcome, Failure> {
    let files = match arguments.kind {
        Kind::Online => [
            ("inventory.example", "inventory.yaml"),
            ("online", "playbooks/online.yaml"),
        ],
        Kind::Docker => [
            ("inventory-docker.example", "inventory.yaml"),
            ("docker", "playbooks/docker.yaml"),
        ],
    };
    if let Some((_, name)) = files
        .iter()
        .find(|(_, name)| arguments.dir.join(name).exists())
    {
        let path = arguments.dir.join(name);
        return Err(Failure::invalid(format!(
            "{} is there already; nothing was written",
            path.display()
        ))
        .hint("give another folder: examctl init DIR"));
    }
    for (asset, name) in files {
        let text = assets::Assets::embedded()
            .playbook(asset)
            .ok_or_else(|| Failure::failed(format!("{asset} is not built into this program")))?;
        write(&arguments.dir.join(name), &text)?;
        printer.data(&format!(
            "{} {}",
            printer.paint().good("+"),
            arguments.dir.join(name).display()
        ));
    }
    // Only the online playbook is found without its name.
    let playbook = match arguments.kind {
        Kind::Online => "",
        Kind::Docker => " playbooks/docker.yaml",
    };
    printer.progress(&format!(
        "\nnext: put your hosts into {}, then\n  examctl check{playbook}\n  examctl plan{playbook}\n  examctl apply{playbook}",
        arguments.dir.join("inventory.yaml").display()
    ));
    Ok(Outcome::done())
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        Failure::failed(format!("cannot write {}: {error}", path.display()))
    };
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(failed)?;
    }
    std::fs::write(path, text).map_err(failed)
}
