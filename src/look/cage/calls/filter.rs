//! The lists of [`super::list`] as programs for the kernel.

use seccompiler::SeccompCmpOp::{Eq, MaskedEq, Ne};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule, TargetArch, sock_filter,
};

use super::list::{ANY, FORBIDDEN, NAMESPACES, TO_OTHERS};

type Rules = Vec<(i64, Vec<SeccompRule>)>;

/// A rule that needs each of (argument, comparison, value); arguments are taken as 32 bits.
fn rule(conditions: &[(u8, SeccompCmpOp, u64)]) -> Option<SeccompRule> {
    let condition =
        |(at, how, value): &(u8, SeccompCmpOp, u64)| SeccompCondition::new(*at, SeccompCmpArgLen::Dword, how.clone(), *value).ok();
    SeccompRule::new(conditions.iter().map(condition).collect::<Option<_>>()?).ok()
}

fn compile(rules: Rules, otherwise: SeccompAction, matched: SeccompAction) -> Option<BpfProgram> {
    let arch = TargetArch::try_from(std::env::consts::ARCH).ok()?;
    SeccompFilter::new(rules.into_iter().collect(), otherwise, matched, arch).ok()?.try_into().ok()
}

/// Lets through what a decoder needs; anything else ends the process.
pub fn decoder(pid: u64) -> Option<BpfProgram> {
    let mut rules: Rules = ANY.iter().map(|call| (*call, Vec::new())).collect();
    let no_code = (2, MaskedEq(libc::PROT_EXEC as u64), 0);
    let in_memory = (3, MaskedEq(libc::MAP_ANONYMOUS as u64), libc::MAP_ANONYMOUS as u64);
    rules.extend([
        // The pipes it was born with; 2 leads nowhere, and takes the last words of an abort.
        (libc::SYS_read, vec![rule(&[(0, Eq, 0)])?]),
        (libc::SYS_write, vec![rule(&[(0, Eq, 1)])?, rule(&[(0, Eq, 2)])?]),
        // Memory that holds no program.
        (libc::SYS_mmap, vec![rule(&[no_code.clone(), in_memory])?]),
        (libc::SYS_mprotect, vec![rule(&[no_code])?]),
        // An abort of its own, as where memory has run out.
        (libc::SYS_tgkill, vec![rule(&[(0, Eq, pid), (2, Eq, libc::SIGABRT as u64)])?]),
    ]);
    compile(rules, SeccompAction::KillProcess, SeccompAction::Allow)
}

/// Refuses what a helper has no business with. Two programs, because a call of `clone3` must look as if the kernel did
/// not know it: its flags cannot be read here, and programs then fall back to `clone`.
pub fn helper(pid: u64) -> Option<[BpfProgram; 2]> {
    let mut rules: Rules = FORBIDDEN.iter().map(|call| (*call, Vec::new())).collect();
    // Threads, but no processes, and nothing in a world of its own.
    let mut clone = vec![rule(&[(0, MaskedEq(libc::CLONE_THREAD as u64), 0)])?];
    for flag in NAMESPACES {
        clone.push(rule(&[(0, MaskedEq(*flag), *flag)])?);
    }
    rules.push((libc::SYS_clone, clone));
    // Calls that would be right about itself.
    rules.push((libc::SYS_tgkill, vec![rule(&[(0, Ne, pid)])?]));
    for call in TO_OTHERS {
        rules.push((*call, vec![rule(&[(0, Ne, 0), (0, Ne, pid)])?]));
    }
    // Outliving its parent.
    rules.push((libc::SYS_prctl, vec![rule(&[(0, Eq, libc::PR_SET_PDEATHSIG as u64)])?]));
    // Typing into the terminal that the program was started from.
    rules.push((libc::SYS_ioctl, vec![rule(&[(1, Eq, libc::TIOCSTI)])?, rule(&[(1, Eq, libc::TIOCLINUX)])?]));
    let refuse = SeccompAction::Errno(libc::EPERM as u32);
    let mut refusing = only_native();
    refusing.extend(compile(rules, SeccompAction::Allow, refuse)?);
    let unknown = compile(vec![(libc::SYS_clone3, Vec::new())], SeccompAction::Allow, SeccompAction::Errno(libc::ENOSYS as u32))?;
    Some([unknown, refusing])
}

/// Ends a process that calls by the numbers of x32: they would pass by a list of forbidden ones. Other architectures are
/// told apart by what the compiler of filters puts before.
fn only_native() -> BpfProgram {
    const X32: u32 = 0x4000_0000;
    let line = |code: u32, jf: u8, k: u32| sock_filter { code: code as u16, jt: 0, jf, k };
    vec![
        line(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0),
        line(libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K, 1, X32),
        line(libc::BPF_RET | libc::BPF_K, 0, libc::SECCOMP_RET_KILL_PROCESS),
    ]
}
