//! The arguments of a deploy that say how much a release must prove, and what it may take away.

use std::time::Duration;

use clap::Args;
use release::target::load_gate::LoadGate;

#[derive(Args, Debug)]
pub(crate) struct Proving {
    /// Watch the new release for so many seconds, or `none` [default: the host's `exam_bake_seconds`]
    #[arg(long, value_name = "SECONDS", value_parser = parse_bake)]
    pub(crate) bake: Option<Duration>,
    /// The load profile that the new release must bear before students reach it, or `off` [default: the host's
    /// `exam_load_gate`]
    #[arg(long, value_name = "PROFILE")]
    pub(crate) load_gate: Option<LoadGate>,
    /// Apply migrations that take something away, too: under maintenance, with no way back for older releases
    #[arg(long)]
    pub(crate) allow_contract: bool,
}

fn parse_bake(text: &str) -> Result<Duration, String> {
    if text == "none" {
        return Ok(Duration::ZERO);
    }
    match text.parse() {
        Ok(seconds @ 0..=3600) => Ok(Duration::from_secs(seconds)),
        _ => Err("must be `none` or a whole number from 0 to 3600".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_load_is_off_or_named_and_never_a_path() {
        let parsed = |text: &str| text.parse::<LoadGate>();
        assert_eq!(parsed("off"), Ok(LoadGate::Off));
        assert_eq!(parsed("smoke"), Ok(LoadGate::Profile("smoke".to_owned())));
        for wrong in ["", "./smoke.yaml", "smoke exam", "Smoke"] {
            let error = parsed(wrong).unwrap_err().to_string();
            assert!(error.contains("such as `smoke`"), "{error}");
        }
    }

    #[test]
    fn a_watch_is_none_or_at_most_an_hour() {
        assert_eq!(parse_bake("none"), Ok(Duration::ZERO));
        assert_eq!(parse_bake("90"), Ok(Duration::from_secs(90)));
        for wrong in ["", "-1", "3601", "1.5", "nothing"] {
            assert!(parse_bake(wrong).is_err(), "{wrong}");
        }
    }
}
