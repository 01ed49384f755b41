//! Which platform and which C library does a program need? Read from its ELF headers.

use std::fmt;
use std::str::FromStr;

use object::elf;
use object::read::elf::FileHeader;
use object::{Endianness, FileKind};
use serde::{Deserialize, Serialize};

/// A version of the GNU C library, for instance 2.36.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct GlibcVersion {
    pub major: u32,
    pub minor: u32,
}

impl fmt::Display for GlibcVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.major, self.minor)
    }
}

impl FromStr for GlibcVersion {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.split('.').map(str::parse);
        match (parts.next(), parts.next()) {
            (Some(Ok(major)), Some(Ok(minor))) => Ok(Self { major, minor }),
            _ => Err(format!("`{text}` is not a version of glibc")),
        }
    }
}

impl TryFrom<String> for GlibcVersion {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<GlibcVersion> for String {
    fn from(version: GlibcVersion) -> Self {
        version.to_string()
    }
}

/// What a program asks of the machine it runs on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Needs {
    /// The processor, as Rust names it.
    pub(crate) architecture: String,
    /// The highest `GLIBC_x.y` among the versions of symbols it needs; `None` for a static one.
    pub(crate) glibc: Option<GlibcVersion>,
}

/// What `program` needs; `None` where it is not an ELF file at all.
pub(crate) fn parse_needs(program: &[u8]) -> Result<Option<Needs>, String> {
    let parsed = match FileKind::parse(program) {
        Ok(FileKind::Elf64) => needs_of::<elf::FileHeader64<Endianness>>(program),
        Ok(FileKind::Elf32) => needs_of::<elf::FileHeader32<Endianness>>(program),
        _ => return Ok(None),
    };
    parsed
        .map(Some)
        .map_err(|error| format!("its ELF headers cannot be read: {error}"))
}

fn needs_of<Header: FileHeader<Endian = Endianness>>(
    program: &[u8],
) -> object::read::Result<Needs> {
    let header = Header::parse(program)?;
    let endian = header.endian()?;
    let architecture = match header.e_machine(endian) {
        elf::EM_X86_64 => "x86_64",
        elf::EM_AARCH64 => "aarch64",
        elf::EM_ARM => "arm",
        elf::EM_RISCV => "riscv64gc",
        _ => "unknown",
    };
    let sections = header.sections(endian, program)?;
    let mut glibc = None;
    if let Some((mut libraries, link)) = sections.gnu_verneed(endian, program)? {
        let strings = sections.strings(endian, program, link)?;
        while let Some((library, mut versions)) = libraries.next()? {
            let _: &elf::Verneed<Endianness> = library;
            while let Some(version) = versions.next()? {
                let name = version.name(endian, strings)?;
                glibc = glibc.max(parse_symbol_version(name));
            }
        }
    }
    Ok(Needs {
        architecture: architecture.to_owned(),
        glibc,
    })
}

/// `GLIBC_2.34` -> 2.34; `GLIBC_PRIVATE`, `GCC_3.0` and the like -> `None`.
fn parse_symbol_version(name: &[u8]) -> Option<GlibcVersion> {
    let name = std::str::from_utf8(name).ok()?;
    name.strip_prefix("GLIBC_")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_symbols_are_compared_as_numbers() {
        let version = |name: &str| parse_symbol_version(name.as_bytes());
        assert!(version("GLIBC_2.34") > version("GLIBC_2.4"));
        assert_eq!(
            version("GLIBC_2.2.5"),
            Some(GlibcVersion { major: 2, minor: 2 })
        );
        assert_eq!(version("GLIBC_PRIVATE"), None);
        assert_eq!(version("GCC_3.0"), None);
    }

    #[test]
    fn this_test_itself_needs_a_glibc_that_this_machine_has() {
        let program = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let needs = parse_needs(&program).unwrap().unwrap();
        assert_eq!(needs.architecture, std::env::consts::ARCH);
        let output = std::process::Command::new("getconf")
            .arg("GNU_LIBC_VERSION")
            .output()
            .unwrap();
        let here = String::from_utf8(output.stdout).unwrap();
        let here: GlibcVersion = here.trim().strip_prefix("glibc ").unwrap().parse().unwrap();
        assert!(needs.glibc.unwrap() <= here);
    }

    #[test]
    fn a_script_is_not_a_program_with_needs_and_a_cut_one_is_an_error() {
        assert_eq!(parse_needs(b"#!/bin/sh\n"), Ok(None));
        let program = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        assert!(parse_needs(&program[..1000]).is_err());
    }
}
