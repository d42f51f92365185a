//! A home of its own for each test: an empty HOME, a configuration, the binary.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::mailbox::Mailbox;
use crate::pictures;

pub const LEGAL: &str = "Mira Sandoval";
pub const STAGE: &str = "Nova Lark";
pub const NUMBER: &str = "+92 300 1234567";

/// Of exported files.
pub const PASSPHRASE: &str = "four words nobody guesses";

pub struct Home {
    pub folder: TempDir,
    person: String,
    fetch: String,
    watches: String,
    alert: String,
}

/// How a run ended.
pub struct Run {
    pub status: i32,
    pub out: String,
    pub err: String,
}

impl Run {
    pub fn of(output: Output) -> Self {
        Self {
            status: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {} {}", self.out, self.err))
    }
}

impl Home {
    /// A person with a legal name, a stage name, a number, and two pictures; the file `pass` holds [`PASSPHRASE`].
    pub fn new() -> Self {
        let home = Self {
            folder: tempfile::tempdir().unwrap(),
            person: format!(
                "[me]\nlegal_names = [\"{LEGAL}\"]\nstage_names = [\"{STAGE}\"]\nprivate = [\"{NUMBER}\"]\ncontext = [\"Lahore\"]\n"
            ),
            fetch: "[fetch]\ndelay = \"0s\"\ntimeout = \"5s\"\nretries = 0\nallow_private = [\"127.0.0.0/8\"]\n".into(),
            watches: String::new(),
            alert: String::new(),
        };
        std::fs::create_dir_all(home.path("sets")).unwrap();
        for seed in [1, 2] {
            std::fs::write(home.path(&format!("sets/img_{seed}.jpg")), pictures::jpeg(&pictures::paint(seed), 90)).unwrap();
        }
        home.private("pass", PASSPHRASE);
        home.write();
        home
    }

    /// Writes a file that only its owner may read.
    pub fn private(&self, name: &str, text: impl AsRef<[u8]>) {
        use std::os::unix::fs::PermissionsExt;
        std::fs::write(self.path(name), text).unwrap();
        std::fs::set_permissions(self.path(name), std::fs::Permissions::from_mode(0o600)).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn watch(mut self, name: &str, url: &str, more: &str) -> Self {
        self.watches += &format!("[[watch]]\nname = \"{name}\"\nurl = \"{url}\"\n{more}\n");
        self.write();
        self
    }

    pub fn mail(self, mailbox: &Mailbox, more: &str) -> Self {
        self.mail_to(&mailbox.url(), more)
    }

    pub fn mail_to(mut self, smtp: &str, more: &str) -> Self {
        self.alert = format!(
            "[alert.email]\nto = [\"me@example.org\"]\nfrom = \"home@example.org\"\nsmtp = \"{smtp}\"\nphrase = \"the kettle is blue\"\n{more}\n"
        );
        self.write();
        self
    }

    pub fn fetch(mut self, more: &str) -> Self {
        self.fetch += more;
        self.fetch += "\n";
        self.write();
        self
    }

    /// Writes the configuration once more, with `old` replaced by `new`.
    pub fn replace(self, old: &str, new: &str) -> Self {
        let text = std::fs::read_to_string(self.path("monitor.toml")).unwrap();
        assert!(text.contains(old), "{text}");
        self.private("monitor.toml", text.replace(old, new));
        self
    }

    pub fn person(mut self, person: &str) -> Self {
        self.person = person.into();
        self.write();
        self
    }

    fn write(&self) {
        let text =
            format!("state_dir = \"state\"\n{}[content]\npaths = [\"sets\"]\n{}{}{}", self.person, self.fetch, self.watches, self.alert);
        self.private("monitor.toml", text);
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_monitor"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder.path())
            .env("MONITOR_CONFIG", self.path("monitor.toml"))
            .stdin(Stdio::null());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Run {
        Run::of(self.command(arguments).output().unwrap())
    }

    /// Runs and expects success.
    pub fn ok(&self, arguments: &[&str]) -> Run {
        let run = self.run(arguments);
        assert_eq!(run.status, 0, "{arguments:?}: {} {}", run.out, run.err);
        run
    }

    /// One scan's JSON document.
    pub fn scan(&self) -> Value {
        let run = self.run(&["scan", "--json"]);
        assert!([0, 3].contains(&run.status), "{} {} {}", run.status, run.out, run.err);
        run.json()
    }
}

/// The findings of a document as (kind, severity), sorted.
pub fn kinds(document: &Value) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = document["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| (f["kind"].as_str().unwrap().into(), f["severity"].as_str().unwrap().into()))
        .collect();
    all.sort();
    all
}

/// The ids of a document's findings, sorted.
pub fn ids(document: &Value) -> Vec<String> {
    let mut all: Vec<String> = document["findings"].as_array().unwrap().iter().map(|f| f["id"].as_str().unwrap().to_string()).collect();
    all.sort();
    all
}

/// Waits until `what` holds; the bound is far above what it needs.
pub fn until(what: &str, holds: impl Fn() -> bool) {
    let start = std::time::Instant::now();
    while !holds() {
        assert!(start.elapsed() < std::time::Duration::from_secs(60), "{what}");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}

/// Sends a running program a signal, as `kill` names it.
pub fn signal(child: &std::process::Child, name: &str) {
    assert!(Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success());
}
