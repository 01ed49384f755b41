//! The store on a real temporary database.
