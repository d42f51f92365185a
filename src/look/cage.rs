//! The cage: what a process takes away from itself before it reads an outside byte, so that a decoder that such bytes
//! have taken over can compute, answer, and nothing else.
//!
//! Three layers, each of which holds without the others. *Files*: landlock, by which the kernel refuses files, ports and
//! signals to others. *Calls*: seccomp, by which it refuses system calls. *Limits*: memory, files, processes. A kernel
//! that lacks one goes on without it; [`proof`] tries what really holds, and `monitor doctor` tells it.

pub mod attempt;
mod bounds;
mod calls;
mod files;
pub mod proof;

pub use bounds::{HELPER_MEMORY, MEMORY, may_compute};

/// Which layers are closed: all of them, but in trials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layers {
    /// Landlock.
    pub files: bool,
    /// Seccomp.
    pub calls: bool,
    /// Resource limits.
    pub limits: bool,
}

impl Layers {
    /// As it should be.
    pub const ALL: Self = Self { files: true, calls: true, limits: true };
    const NONE: Self = Self { files: false, calls: false, limits: false };

    /// One alone, or all for `None`.
    pub fn only(name: Option<&str>) -> Option<Self> {
        match name {
            None => Some(Self::ALL),
            Some("files") => Some(Self { files: true, ..Self::NONE }),
            Some("calls") => Some(Self { calls: true, ..Self::NONE }),
            Some("limits") => Some(Self { limits: true, ..Self::NONE }),
            Some("none") => Some(Self::NONE),
            Some(_) => None,
        }
    }
}

/// What the kernel says it has put in force.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Cage {
    /// Landlock's version, where it holds.
    pub landlock: Option<u8>,
    /// Whether the filter of system calls holds.
    pub seccomp: bool,
}

/// Closes the cage of the decoding child around this process, which must have one thread: no file is opened, made or
/// run, nothing is reached, only memory and two pipes are left. What the kernel cannot do is left out.
///
/// # Errors
/// Where a limit is refused, which every kernel knows.
pub fn close_decoder(layers: Layers) -> std::io::Result<Cage> {
    let mut cage = alone(layers)?;
    if layers.limits {
        bounds::decoder()?;
    }
    if layers.files {
        cage.landlock = files::nothing();
    }
    if layers.limits {
        // Landlock needed a descriptor.
        bounds::no_more_files()?;
    }
    cage.seccomp = layers.calls && calls::decoder();
    Ok(cage)
}

/// Closes the cage of a helper around this process, which becomes the helper: programs and libraries may be read and
/// run, and what is at standard input; nothing can be written but standard output, nothing reached, no process made.
///
/// # Errors
/// Where a limit is refused, which every kernel knows.
pub fn close_helper(program: &std::path::Path, layers: Layers) -> std::io::Result<Cage> {
    let mut cage = alone(layers)?;
    if layers.limits {
        bounds::helper()?;
    }
    if layers.files {
        cage.landlock = files::programs(program);
    }
    cage.seccomp = layers.calls && calls::helper();
    Ok(cage)
}

/// No more rights by running another program, no life after the parent's, no reading of this process by others.
fn alone(layers: Layers) -> std::io::Result<Cage> {
    use rustix::process::{DumpableBehavior, Signal, set_dumpable_behavior, set_parent_process_death_signal};
    if layers != Layers::NONE {
        rustix::thread::set_no_new_privs(true)?;
        set_parent_process_death_signal(Some(Signal::KILL))?;
        set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    }
    Ok(Cage::default())
}
