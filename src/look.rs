//! Recognising: pictures against the owner's originals, text against the owner's names. Knows no network, no store,
//! no clock and no mail. Outside bytes are decoded only in child processes, see [`pool`].

pub mod child;
pub mod decode;
pub mod fingerprint;
pub mod helper;
pub mod names;
pub mod originals;
pub mod pdq;
pub mod pool;

use serde::{Deserialize, Serialize};

/// How much work recognising may be; `content.depth` in the configuration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Depth {
    /// Everything that the program can do.
    #[default]
    Thorough,
    /// Whole-picture fingerprints only, for very small machines.
    Quick,
}
