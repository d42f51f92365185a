//! The layer of calls: seccomp. A decoder may make the few system calls that it needs, and dies of any other. A helper,
//! whose needs are not ours to know, may make all but those that reach out, reach over to other processes, change what
//! does not belong to it or open up the kernel.

#[cfg(all(target_endian = "little", any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")))]
mod filter;
#[cfg(all(target_endian = "little", any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")))]
mod list;
#[cfg(all(test, target_arch = "x86_64"))]
mod tests;

/// Another kind of processor: no filter is known for it.
#[cfg(not(all(target_endian = "little", any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64"))))]
mod filter {
    use seccompiler::BpfProgram;

    pub fn decoder(_pid: u64) -> Option<BpfProgram> {
        None
    }

    pub fn helper(_pid: u64) -> Option<[BpfProgram; 2]> {
        None
    }
}

fn own_pid() -> u64 {
    u64::from(std::process::id())
}

/// The decoder's filter; whether it holds.
pub(super) fn decoder() -> bool {
    filter::decoder(own_pid()).is_some_and(|program| seccompiler::apply_filter(&program).is_ok())
}

/// The helper's filter; whether it holds.
pub(super) fn helper() -> bool {
    filter::helper(own_pid()).is_some_and(|programs| programs.iter().all(|program| seccompiler::apply_filter(program).is_ok()))
}
