//! The filters as the kernel would run them, call by call, on a machine for classic BPF of our own.

use seccompiler::BpfProgram;

use super::filter;
use super::list::{ANY, FORBIDDEN, NAMESPACES, TO_OTHERS};

const PID: u64 = 4321;
const X86_64: u32 = 0xc000_003e;
const I386: u32 = 0x4000_0003;

const ALLOW: u32 = libc::SECCOMP_RET_ALLOW;
const KILL: u32 = libc::SECCOMP_RET_KILL_PROCESS;
const EPERM: u32 = libc::SECCOMP_RET_ERRNO | libc::EPERM as u32;
const ENOSYS: u32 = libc::SECCOMP_RET_ERRNO | libc::ENOSYS as u32;

/// What the program says of a call.
fn run(program: &BpfProgram, arch: u32, call: i64, arguments: [u64; 6]) -> u32 {
    let mut data = Vec::new();
    data.extend((call as u32).to_le_bytes());
    data.extend(arch.to_le_bytes());
    data.extend(0u64.to_le_bytes());
    arguments.iter().for_each(|a| data.extend(a.to_le_bytes()));
    let (mut at, mut a) = (0usize, 0u32);
    for _ in 0..program.len() {
        let line = &program[at];
        let jump = |yes: bool| 1 + usize::from(if yes { line.jt } else { line.jf });
        at += match line.code {
            0x20 => {
                let k = line.k as usize;
                a = u32::from_le_bytes(data[k..k + 4].try_into().unwrap());
                1
            }
            0x54 => {
                a &= line.k;
                1
            }
            0x05 => 1 + line.k as usize,
            0x15 => jump(a == line.k),
            0x25 => jump(a > line.k),
            0x35 => jump(a >= line.k),
            0x06 => return line.k,
            code => panic!("instruction {code:#x}"),
        };
    }
    panic!("no end")
}

fn decoder(call: i64, arguments: [u64; 6]) -> u32 {
    run(&filter::decoder(PID).unwrap(), X86_64, call, arguments)
}

/// The strictest of both programs' answers, as the kernel takes it.
fn helper(call: i64, arguments: [u64; 6]) -> u32 {
    let said = filter::helper(PID).unwrap().map(|program| run(&program, X86_64, call, arguments));
    said.into_iter().min_by_key(|answer| (*answer & 0xffff_0000) as i32).unwrap()
}

#[test]
fn a_decoder_may_make_its_few_calls_and_no_other() {
    let some = [libc::SYS_read, libc::SYS_write, libc::SYS_mmap, libc::SYS_mprotect, libc::SYS_tgkill];
    for call in 0..700 {
        let said = decoder(call, [77; 6]);
        assert_eq!(said, if ANY.contains(&call) { ALLOW } else { KILL }, "{call}");
        // By the numbers of x32, and as a program of 32 bits: none.
        assert_eq!(decoder(call | 0x4000_0000, [0; 6]), KILL, "{call}");
        assert_eq!(run(&filter::decoder(PID).unwrap(), I386, call, [0; 6]), KILL, "{call}");
    }
    let anonymous = (libc::MAP_PRIVATE | libc::MAP_ANONYMOUS) as u64;
    let (write, run) = ((libc::PROT_READ | libc::PROT_WRITE) as u64, (libc::PROT_READ | libc::PROT_EXEC) as u64);
    for (call, arguments, said) in [
        (libc::SYS_read, [0, 1, 1, 0, 0, 0], ALLOW),
        (libc::SYS_read, [3, 1, 1, 0, 0, 0], KILL),
        (libc::SYS_write, [1, 1, 1, 0, 0, 0], ALLOW),
        (libc::SYS_write, [0, 1, 1, 0, 0, 0], KILL),
        (libc::SYS_mmap, [0, 4096, write, anonymous, 0, 0], ALLOW),
        (libc::SYS_mmap, [0, 4096, run, anonymous, 0, 0], KILL),
        (libc::SYS_mmap, [0, 4096, write, libc::MAP_PRIVATE as u64, 0, 0], KILL),
        (libc::SYS_mprotect, [0, 4096, write, 0, 0, 0], ALLOW),
        (libc::SYS_mprotect, [0, 4096, run, 0, 0, 0], KILL),
        (libc::SYS_tgkill, [PID, PID, libc::SIGABRT as u64, 0, 0, 0], ALLOW),
        (libc::SYS_tgkill, [PID + 1, PID, libc::SIGABRT as u64, 0, 0, 0], KILL),
    ] {
        assert!(some.contains(&call));
        assert_eq!(decoder(call, arguments), said, "{call} {arguments:?}");
    }
}

#[test]
fn a_helper_is_refused_what_is_forbidden_and_nothing_else() {
    for call in FORBIDDEN {
        assert_eq!(helper(*call, [0; 6]), EPERM, "{call}");
        assert_eq!(helper(*call, [u64::MAX; 6]), EPERM, "{call}");
        assert_eq!(helper(*call | 0x4000_0000, [0; 6]), KILL, "{call}");
    }
    let forbidden_sometimes = [libc::SYS_clone, libc::SYS_clone3, libc::SYS_tgkill, libc::SYS_ioctl, libc::SYS_prctl];
    for call in (0..700).filter(|call| ![FORBIDDEN, TO_OTHERS, &forbidden_sometimes].concat().contains(call)) {
        assert_eq!(helper(call, [1; 6]), ALLOW, "{call}");
    }
    for program in filter::helper(PID).unwrap() {
        assert_eq!(run(&program, I386, libc::SYS_read, [0; 6]), KILL);
    }
}

#[test]
fn a_helper_may_have_threads_and_reach_itself() {
    let thread = (libc::CLONE_THREAD | libc::CLONE_VM | libc::CLONE_SIGHAND) as u64;
    assert_eq!(helper(libc::SYS_clone, [thread, 0, 0, 0, 0, 0]), ALLOW);
    assert_eq!(helper(libc::SYS_clone, [libc::SIGCHLD as u64, 0, 0, 0, 0, 0]), EPERM);
    for flag in NAMESPACES {
        assert_eq!(helper(libc::SYS_clone, [thread | flag, 0, 0, 0, 0, 0]), EPERM, "{flag:#x}");
    }
    assert_eq!(helper(libc::SYS_clone3, [0; 6]), ENOSYS);
    for call in TO_OTHERS {
        assert_eq!([0, PID, 1, PID + 1].map(|pid| helper(*call, [pid, 0, 0, 0, 0, 0])), [ALLOW, ALLOW, EPERM, EPERM], "{call}");
    }
    assert_eq!(helper(libc::SYS_tgkill, [PID, 1, 6, 0, 0, 0]), ALLOW);
    assert_eq!(helper(libc::SYS_tgkill, [PID + 1, 1, 6, 0, 0, 0]), EPERM);
    assert_eq!(helper(libc::SYS_ioctl, [0, libc::TIOCSTI, 0, 0, 0, 0]), EPERM);
    assert_eq!(helper(libc::SYS_prctl, [libc::PR_SET_PDEATHSIG as u64, 0, 0, 0, 0, 0]), EPERM);
    assert_eq!(helper(libc::SYS_prctl, [libc::PR_SET_NAME as u64, 0, 0, 0, 0, 0]), ALLOW);
}

/// What the issue names, by hand, so that a list that lost one is noticed.
#[test]
fn the_gravest_calls_are_on_the_list() {
    use libc::*;
    let gravest = [
        SYS_socket,
        SYS_socketpair,
        SYS_ptrace,
        SYS_process_vm_readv,
        SYS_process_vm_writev,
        SYS_bpf,
        SYS_io_uring_setup,
        SYS_io_uring_enter,
        SYS_userfaultfd,
        SYS_mount,
        SYS_umount2,
        SYS_move_mount,
        SYS_pivot_root,
        SYS_keyctl,
        SYS_add_key,
        SYS_kexec_load,
        SYS_kexec_file_load,
        SYS_init_module,
        SYS_finit_module,
        SYS_unshare,
        SYS_setns,
        SYS_perf_event_open,
        SYS_personality,
        SYS_kill,
        SYS_fork,
        SYS_vfork,
        SYS_fchmodat,
        SYS_chmod,
        SYS_unlink,
    ];
    for call in gravest {
        assert_eq!(helper(call, [0; 6]), super::tests::EPERM, "{call}");
        assert_eq!(decoder(call, [0; 6]), KILL, "{call}");
    }
    for call in [SYS_openat, SYS_open, SYS_execve, SYS_execveat, SYS_clone, SYS_clone3, SYS_prctl, SYS_seccomp, SYS_memfd_create] {
        assert_eq!(decoder(call, [0; 6]), KILL, "{call}");
    }
}
