//! The layer of files: landlock, in the best version that the kernel has.

use std::io;
use std::os::fd::AsFd;
use std::path::Path;

use landlock::{
    ABI, Access, AccessFs, AccessNet, LandlockStatus, PathBeneath, RestrictionStatus, Ruleset, RulesetAttr, RulesetCreated,
    RulesetCreatedAttr, RulesetError, RulesetStatus, Scope, path_beneath_rules,
};

/// The newest version whose rights are known here; on an older kernel only those that it knows are taken away.
const NEWEST: ABI = ABI::V9;

/// Where programs and their libraries lie.
const PROGRAMS: [&str; 8] = ["/usr", "/lib", "/lib32", "/lib64", "/bin", "/sbin", "/nix/store", "/gnu/store"];
/// What the dynamic linker reads before a program begins.
const LINKER: [&str; 2] = ["/etc/ld.so.cache", "/etc/ld.so.preload"];

/// No right to anything. The version that holds, or none.
pub(super) fn nothing() -> Option<u8> {
    in_force(closed().and_then(RulesetCreated::restrict_self))
}

/// Programs may be read and run, standard input may be opened again; nothing else.
pub(super) fn programs(program: &Path) -> Option<u8> {
    let close = || {
        let mut rules = closed()?;
        let read = AccessFs::ReadFile | AccessFs::ReadDir;
        rules = rules
            .add_rules(path_beneath_rules(PROGRAMS, read | AccessFs::Execute))?
            .add_rules(path_beneath_rules([program], AccessFs::ReadFile | AccessFs::Execute))?
            .add_rules(path_beneath_rules(LINKER, AccessFs::ReadFile))?
            .add_rules(path_beneath_rules(["/dev/null"], AccessFs::ReadFile | AccessFs::WriteFile))?;
        // A film's own file. Pipes and files in memory need no rule, and the kernel refuses one.
        let input = io::stdin();
        let _ = (&mut rules).add_rule(PathBeneath::new(input.as_fd(), AccessFs::ReadFile));
        rules.restrict_self()
    };
    in_force(close())
}

/// A ruleset that takes everything away.
fn closed() -> Result<RulesetCreated, RulesetError> {
    Ruleset::default()
        .handle_access(AccessFs::from_all(NEWEST))?
        .handle_access(AccessNet::from_all(NEWEST))?
        .scope(Scope::from_all(NEWEST))?
        .create()
}

fn in_force(made: Result<RestrictionStatus, RulesetError>) -> Option<u8> {
    let status = made.ok().filter(|status| status.ruleset != RulesetStatus::NotEnforced)?;
    match status.landlock {
        LandlockStatus::Available { effective_abi, .. } => Some(effective_abi as u8),
        _ => None,
    }
}
