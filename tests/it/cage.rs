//! The cage as the real binary closes it around itself: each layer alone, so that one does not hide that another is
//! missing; and around real helpers. The kernels that tests run on have landlock and seccomp.

use std::io::{Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, Stdio};

use monitor::look::cage::attempt::Attempt;
use monitor::look::cage::{Cage, MEMORY};
use monitor::look::child::{Reply, Request};
use monitor::look::fingerprint::{Fingerprint, Purpose};

use crate::home::{Home, until};
use crate::pictures::{jpeg, paint, png};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Outcome {
    Refused,
    Ended,
    Done,
}

/// Tries it in the binary's own cage of this kind with these layers closed.
fn attempt(room: &str, attempt: Attempt, only: Option<&str>) -> (Cage, Outcome) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_monitor"));
    command.args(if room == "decoder" { &["look-child", "1", "1"][..] } else { &["limited"] }).args(["--attempt", attempt.name()]);
    command.args(only.iter().flat_map(|only| ["--only", only]));
    if room != "decoder" {
        command.args(["--", "/nonexistent"]);
    }
    let output = command.stdin(Stdio::null()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let (first, rest) = text.split_once('\n').unwrap();
    let outcome = match (output.status.signal(), rest) {
        (Some(libc::SIGSYS), "") => Outcome::Ended,
        (None, "refused\n") => Outcome::Refused,
        (None, _) => Outcome::Done,
        other => panic!("{other:?}"),
    };
    (serde_json::from_str(first.strip_prefix("closed ").unwrap()).unwrap(), outcome)
}

#[test]
fn what_is_tried_can_be_done_without_a_cage() {
    for one in Attempt::ALL {
        // A process without privileges may not raise its limits, cage or not.
        if one != Attempt::Core {
            assert_eq!(attempt("decoder", one, Some("none")), (Cage::default(), Outcome::Done), "{one:?}");
        }
    }
}

#[test]
fn landlock_alone_keeps_a_decoder_from_files_programs_ports_and_its_parent() {
    for one in [Attempt::ReadFile, Attempt::MakeFile, Attempt::Become, Attempt::Start, Attempt::Listen, Attempt::Parent] {
        let (cage, outcome) = attempt("decoder", one, Some("files"));
        assert!(cage.landlock.is_some_and(|version| version >= 6), "{cage:?}");
        assert_eq!(outcome, Outcome::Refused, "{one:?}");
    }
}

#[test]
fn seccomp_alone_ends_a_decoder_that_tries_anything() {
    for one in Attempt::ALL.into_iter().filter(|one| *one != Attempt::Memory) {
        let (cage, outcome) = attempt("decoder", one, Some("calls"));
        assert_eq!((cage.seccomp, outcome), (true, Outcome::Ended), "{one:?}");
    }
}

#[test]
fn limits_alone_keep_a_decoder_from_memory_and_files() {
    for one in [Attempt::Memory, Attempt::ReadFile, Attempt::MakeFile, Attempt::MemoryFile, Attempt::Datagram] {
        assert_eq!(attempt("decoder", one, Some("limits")).1, Outcome::Refused, "{one:?}");
    }
}

#[test]
fn a_helper_reads_no_file_of_the_owner_writes_none_and_reaches_nobody() {
    for one in [Attempt::ReadFile, Attempt::MakeFile, Attempt::Listen, Attempt::Parent] {
        assert_eq!(attempt("helper", one, Some("files")).1, Outcome::Refused, "{one:?}");
    }
    for one in [Attempt::Start, Attempt::Listen, Attempt::Datagram, Attempt::Local, Attempt::MemoryFile, Attempt::Parent] {
        assert_eq!(attempt("helper", one, Some("calls")).1, Outcome::Refused, "{one:?}");
    }
    // It may have threads, and needs them.
    assert_eq!(attempt("helper", Attempt::Thread, None).1, Outcome::Done);
}

/// A shell as the helper: what `limited` closes must hold in the program that it becomes.
#[test]
fn the_cage_holds_in_the_program_that_the_helper_becomes() {
    let home = Home::new();
    home.private("secret", "canary");
    let file = home.path("secret");
    let shell = |script: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_monitor"));
        command.args(["limited", "--", "/bin/sh", "-c", script, "sh"]).arg(&file).stdin(Stdio::null());
        let output = command.output().unwrap();
        (output.status.success(), String::from_utf8(output.stdout).unwrap())
    };
    assert_eq!(shell("echo lives"), (true, "lives\n".into()));
    assert_eq!(shell("read line < /proc/self/exe; echo reads its program"), (true, "reads its program\n".into()));
    assert_eq!(shell("exec cat \"$1\"").1, "");
    assert_eq!(shell("exec cat /etc/passwd").1, "");
    assert_eq!(shell("exec cat /proc/1/environ").1, "");
    assert_eq!(shell("/bin/echo started a process").1, "");
    assert_eq!(shell("exec /bin/echo became another").1, "became another\n");
    for change in [
        "exec chmod 777 \"$1\"",
        "exec rm \"$1\"",
        "exec mv \"$1\" \"$1.b\"",
        "echo x > \"$1\"",
        "exec touch -t 200001010000 \"$1\"",
        "exec ln -s x \"$1.l\"",
    ] {
        assert!(!shell(change).0, "{change}");
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "canary");
    assert!(!shell("kill -0 $PPID").0, "another process can be reached");
    assert_eq!(shell("ulimit -c; ulimit -f").1, "0\n0\n");
}

/// Real system calls from inside the caged program, by numbers.
#[test]
fn a_helper_is_refused_the_calls_that_open_up_the_kernel() {
    let calls = [
        ("socket", libc::SYS_socket),
        ("ptrace", libc::SYS_ptrace),
        ("bpf", libc::SYS_bpf),
        ("unshare", libc::SYS_unshare),
        ("userfaultfd", libc::SYS_userfaultfd),
        ("io_uring", libc::SYS_io_uring_setup),
        ("keyctl", libc::SYS_keyctl),
        ("mount", libc::SYS_mount),
        ("perf", libc::SYS_perf_event_open),
        ("personality", libc::SYS_personality),
        ("process_vm_readv", libc::SYS_process_vm_readv),
        ("setns", libc::SYS_setns),
    ];
    for (name, call) in calls {
        let script = format!("$! = 0; my $said = syscall({call}, 0, 0, 0, 0, 0); print $said, ' ', $!+0");
        let output = Command::new(env!("CARGO_BIN_EXE_monitor"))
            .args(["limited", "--", "/usr/bin/perl", "-e", &script])
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("-1 {}", libc::EPERM), "{name}");
    }
}

#[test]
fn a_helper_ends_with_its_parent() {
    // A shell between us and the helper is the parent that dies.
    let script = format!("'{}' limited -- /bin/sh -c 'echo $$; read never' & wait", env!("CARGO_BIN_EXE_monitor"));
    let mut parent = Command::new("/bin/sh")
        .args(["-c", &format!("exec 3<&0; {}", script.replace(" & wait", " <&3 & wait"))])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // Waiting would close it, and the helper would end by itself.
    let _kept = parent.stdin.take();
    let mut line = Vec::new();
    let mut stdout = parent.stdout.take().unwrap();
    while !line.ends_with(b"\n") {
        let mut byte = [0];
        stdout.read_exact(&mut byte).unwrap();
        line.extend(byte);
    }
    let helper = String::from_utf8(line).unwrap().trim().to_string();
    let process = format!("/proc/{helper}/stat");
    let lives = || std::fs::read_to_string(&process).is_ok_and(|stat| !stat.contains(") Z"));
    assert!(lives());
    parent.kill().unwrap();
    parent.wait().unwrap();
    until("the helper outlived its parent", || !lives());
}

/// A child spoken to by hand, as the pool does.
fn child() -> Child {
    Command::new(env!("CARGO_BIN_EXE_monitor"))
        .args(["look-child", "100000000", "16"])
        .env_clear()
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn ask(child: &mut Child, film: bool, bytes: &[u8]) -> Option<(Reply, Vec<u8>)> {
    let input = child.stdin.as_mut().unwrap();
    input.write_all(&[Request { purpose: Purpose::Found, film }.tag()]).ok()?;
    input.write_all(&(bytes.len() as u32).to_le_bytes()).ok()?;
    input.write_all(bytes).ok()?;
    let output = child.stdout.as_mut().unwrap();
    let mut head = [0; 5];
    output.read_exact(&mut head).ok()?;
    let [tag, length @ ..] = head;
    let mut payload = vec![0; u32::from_le_bytes(length) as usize];
    output.read_exact(&mut payload).ok()?;
    Some((Reply::from_tag(tag)?, payload))
}

#[test]
fn every_format_every_breakage_and_a_clean_end_need_no_call_that_is_not_allowed() {
    let mut child = child();
    let picture = paint(3);
    let mut files = vec![jpeg(&picture, 80), png(&picture)];
    for format in [image::ImageFormat::Gif, image::ImageFormat::WebP, image::ImageFormat::Bmp, image::ImageFormat::Tiff] {
        let mut out = std::io::Cursor::new(Vec::new());
        image::DynamicImage::from(picture.clone()).write_to(&mut out, format).unwrap();
        files.push(out.into_inner());
    }
    for file in &files {
        let (reply, packed) = ask(&mut child, false, file).unwrap();
        assert_eq!(reply, Reply::Fingerprint);
        assert!(Fingerprint::unpack(&packed).is_some());
        // Cut short, and with a byte that is another: some decoders panic at some of them.
        for cut in (1..12).map(|n| file.len() * n / 12) {
            let mut broken = file.clone();
            broken[cut] ^= 0xff;
            assert!(ask(&mut child, false, &broken).is_some());
            assert!(ask(&mut child, false, &file[..cut]).is_some());
        }
    }
    assert_eq!(ask(&mut child, true, b"BM").unwrap().0, Reply::Nothing);
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success(), "the end of a child needs a call that is not allowed");
}

#[test]
fn a_decoder_has_no_files_but_its_pipes_and_the_limits_that_are_promised() {
    let mut child = child();
    assert!(ask(&mut child, false, b"x").is_some());
    let proc = |name: &str| format!("/proc/{}/{name}", child.id());
    let status = std::fs::read_to_string(proc("status")).unwrap();
    let field = |name: &str| status.lines().find_map(|l| l.strip_prefix(name)).unwrap().trim_start_matches(':').trim().to_string();
    assert_eq!((field("NoNewPrivs"), field("Seccomp"), field("Threads")), ("1".into(), "2".into(), "1".into()));
    let limits = std::fs::read_to_string(proc("limits")).unwrap();
    for (name, most) in
        [("Max address space", MEMORY), ("Max core file size", 0), ("Max file size", 0), ("Max processes", 0), ("Max open files", 3)]
    {
        let line = limits.lines().find(|l| l.starts_with(name)).unwrap();
        let values: Vec<&str> = line[name.len()..].split_whitespace().take(2).collect();
        assert_eq!(values, [most.to_string(), most.to_string()], "{name}");
    }
    let links = |folder: &str| -> Vec<_> {
        let open = std::fs::read_dir(folder).into_iter().flatten().flatten();
        open.filter_map(|entry| Some((entry.file_name(), std::fs::read_link(entry.path()).ok()?))).collect()
    };
    // Whoever runs the tests may hand descriptors on to all that they start (cargo does); the filter of calls knows only these three.
    let ours: Vec<_> = links("/proc/self/fd").into_iter().map(|(_, link)| link).collect();
    let strange: Vec<_> = links(&proc("fd")).into_iter().filter(|(n, _)| !["0", "1", "2"].iter().any(|known| n == known)).collect();
    assert!(strange.iter().all(|(_, link)| ours.contains(link)), "{strange:?}");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn heic_is_read_through_its_helper_in_the_cage() {
    let home = Home::new();
    home.ok(&["add"]);
    std::fs::write(home.path("still.png"), png(&paint(1))).unwrap();
    let made = Command::new("heif-enc").args(["-q", "70", "still.png", "-o", "still.heic"]).current_dir(home.folder.path()).output();
    if !made.is_ok_and(|made| made.status.success()) {
        eprintln!("heif-enc is not installed: not tested");
        return;
    }
    let run = home.ok(&["check", "--json", "still.heic"]);
    assert_eq!(run.json()["results"][0]["matches"][0]["original"], "sets/img_1.jpg", "{}", run.out);
}

#[test]
fn doctor_tells_that_the_cage_was_tried() {
    let home = Home::new();
    let run = home.run(&["doctor", "--json"]);
    let document = run.json();
    let check = document["checks"].as_array().unwrap().iter().find(|c| c["what"] == "cage").unwrap();
    assert_eq!(check["ok"], true, "{check}");
    let message = check["message"].as_str().unwrap();
    assert!(message.contains("landlock") && message.contains("seccomp"), "{message}");
}
