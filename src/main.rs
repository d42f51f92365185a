//! Starts things, nothing else.

use std::process::ExitCode;

fn main() -> ExitCode {
    give_back_memory();
    monitor::command::main()
}

/// Pages and pictures get memory of their own, which goes back when they are done with. By default glibc's allocator
/// learns from the first large one that is freed to keep what they leave, in a place for each thread: twice the memory.
fn give_back_memory() {
    // Decoding children are told otherwise by their parent.
    if std::env::var_os("MALLOC_MMAP_THRESHOLD_").is_some() {
        return;
    }
    #[cfg(target_env = "gnu")]
    // SAFETY: it sets a number inside the allocator, and no other thread runs yet.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, 128 << 10);
    }
}
