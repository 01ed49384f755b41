//! Makes hosts match a playbook.
//!
//! A playbook is parsed and checked ([`engine::check`]) before any host is contacted, every fact
//! that its tasks need is read in one command per host, plans are pure functions of those facts,
//! and applying is followed by reading again: what is still wanted then is an error.
//!
//! | module | question it answers |
//! |---|---|
//! | [`inventory`] | which hosts are there, how are they reached, what variables do they bring? |
//! | [`vars`] | what is a variable's value on this host? |
//! | `playbook` | what does the file say, and what does it mean for one host? |
//! | [`secrets`] | which variables are encrypted, who can read them, how are they changed? |
//! | [`render`] | what may a template use, and what becomes of it? |
//! | [`assets`] | which templates and playbooks come with the program? |
//! | `facts` | what is true on the host? |
//! | `ops` | what has to change? |
//! | [`engine`] | in which order, with what outcome? |
//! | [`schema`] | what does an editor need to know to complete and check playbooks? |
//! | [`connections`] | how does a script or a file get there? |

pub mod assets;
pub mod audit;
pub mod connections;
pub mod engine;
mod facts;
mod fields;
pub mod inventory;
mod ops;
mod playbook;
pub mod problem;
pub mod render;
pub mod schema;
pub mod secret;
pub mod secrets;
pub mod vars;
mod vars_files;
mod yaml;
