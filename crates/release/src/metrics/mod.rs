//! How well does a release do? Its own counters, read from outside, and what they say over a while.
//!
//! | question | file |
//! |---|---|
//! | what stands in Prometheus' text form? | `text` |
//! | how many requests, how many failed, how slow were they? | `tally` |
//! | what does one look at a colour give? | `reading` |
//! | do the figures keep to the limits? | `judge` |
//! | is the watch over, and how did it end? | `watch` |

pub(crate) mod judge;
pub(crate) mod reading;
pub(crate) mod tally;
mod text;
pub(crate) mod watch;
