//! Recognising: pictures against the owner's originals, text against the owner's names. Knows no network, no store,
//! no clock and no mail. Outside bytes are decoded only in child processes, see [`pool`].

pub mod cage;
pub mod child;
pub mod decode;
pub mod features;
pub mod fingerprint;
pub mod helper;
pub mod names;
pub mod originals;
pub mod pdq;
pub mod pool;
mod spawn;

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

impl Depth {
    /// How an own picture is fingerprinted.
    pub fn for_originals(self) -> fingerprint::Purpose {
        match self {
            Self::Thorough => fingerprint::Purpose::Original,
            Self::Quick => fingerprint::Purpose::Quick,
        }
    }

    /// How a picture that is looked up is fingerprinted.
    pub fn for_found(self) -> fingerprint::Purpose {
        match self {
            Self::Thorough => fingerprint::Purpose::Found,
            Self::Quick => fingerprint::Purpose::Quick,
        }
    }

    /// Format of the fingerprints of this depth, as the store tells them apart: one depth never reads the other's.
    pub fn version(self) -> u16 {
        fingerprint::VERSION * 2 + u16::from(self == Self::Quick)
    }
}
