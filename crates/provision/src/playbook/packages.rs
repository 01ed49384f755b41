//! The packages whose versions a playbook asks for.

use std::sync::Arc;

use super::late::{self, HostNames, Versions};
use super::resolve::{Assume, Meaning};
use super::uses::LateNames;
use super::{Book, Scope};
use crate::fields::is_template;
use crate::inventory::Host;
use crate::problem::Problem;
use crate::render::Renderer;
use crate::render::names::used_in_template;
use crate::yaml::Step;

/// The packages that `versions` names on this host: its variables may choose them, and what only the
/// host knows may not.
pub(super) fn packages(
    book: &Book,
    host: &Host,
    names: &HostNames,
) -> Result<Versions, Vec<Problem>> {
    let written = &book.playbook.versions;
    if !written.values().any(|package| is_template(package)) {
        return Ok(written.clone());
    }
    let late = late::sample(written, names);
    let meaning = Meaning::new(book, host, late, Assume::Everything);
    let scope = Arc::new(Scope::default());
    let known = meaning.known(&scope)?;
    let extra = meaning.extra();
    let winning = meaning.layers(&scope, &extra);
    let late_names = LateNames {
        names: meaning.late_names.clone(),
        variables: &winning,
    };
    let renderer = Renderer::new(&known.vars);
    let mut packages = Versions::new();
    for (alias, package) in written {
        let late = late_names.behind(used_in_template(package));
        let rendered = match late.first() {
            Some(used) => Err(format!(
                "a package cannot depend on {used}: it is asked for with it"
            )),
            None => renderer.text(package).map_err(|error| error.message),
        };
        match rendered {
            Ok(name) => drop(packages.insert(alias.clone(), name)),
            Err(message) => {
                let place = [Step::Key("versions".to_owned()), Step::Key(alias.clone())];
                return Err(vec![book.playbook.document.problem(&place, message)]);
            }
        }
    }
    Ok(packages)
}
