//! The pages in a real browser, against a real service: a file for each part of them.

mod administration;
