//! `monitor` watches public pages for one person's own pictures and legal name, at home, and mails an alert that
//! gives nothing away.
//!
//! One page goes through the house in one direction:
//!
//! ```text
//! schedule → fetch → extract → look → judge → store.record → alert
//! ```
//!
//! [`scan`] is that flow. The words are in [`model`]; the rules in [`judge`]; what is recognised in [`look`].
//! ARCHITECTURE.md tells which arrows must never be.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod model;

pub mod schedule;

pub mod fetch;

/// Pages as a browser draws them.
pub mod render;

pub mod extract;
/// Where posts can be read: boards, feeds, channels, profiles, searches.
pub mod source;

/// Folders, mail boxes and archives on this machine.
pub mod shelf;

pub mod look;

pub mod judge;

pub mod scan;

pub mod store;

pub mod alert;

pub mod words;

pub mod config;

pub mod cli;

pub mod command;
