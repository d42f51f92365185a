//! Commands, flags and help; no logic.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// What can be asked of the program.
#[derive(Debug, Parser)]
#[command(name = "monitor", version, about, long_about = LONG, after_help = EXAMPLES, max_term_width = 100, arg_required_else_help = true)]
pub struct Cli {
    /// What holds for every command.
    #[command(flatten)]
    pub global: Global,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

const LONG: &str = "Watches public pages for your own pictures and your legal name, at home, and mails an alert that gives nothing away.\n\n\
Pictures never leave this machine; names leave it only in an address that a site, or you, wrote; the store is sealed. What could not be looked at is told as such, never as \"nothing found\".";

const EXAMPLES: &str = "\
Examples:
  monitor demo                       see the whole main job on a small site of its own
  monitor init                       write a configuration, step by step
  monitor add ~/Pictures/sets        fingerprint your own pictures
  monitor scan                       look at every watch once, now
  monitor check photo.jpg            is this picture mine?
  monitor audit                      would copies of my pictures be recognised?
  monitor findings                   read what was found
  monitor coverage                   what could be seen, and what not
  monitor doctor                     test everything and say what to mend
  monitor backup monitor.age         store, key and configuration in one encrypted file

Exit status: 0 done; 1 failed; 2 wrong usage or configuration; 3 done, but something could not be looked at,
kept or put back, or is to be mended; 10 with --exit-code: something new was found, or something matched.";

/// Flags of every command.
#[derive(Clone, Debug, Args)]
pub struct Global {
    /// Configuration file [default: $MONITOR_CONFIG, ~/.config/monitor/monitor.toml, /etc/monitor/monitor.toml]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Print results only
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Tell more of what is done; twice: everything (no name or entry is ever logged)
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// Prints results as one JSON document.
#[derive(Clone, Copy, Debug, Args)]
pub struct Json {
    /// Print exactly one JSON document on standard output
    #[arg(long)]
    pub json: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write a commented configuration file, after a few questions
    #[command(after_help = "Examples:\n  monitor init\n  monitor init --defaults --config ./monitor.toml")]
    Init {
        /// Ask nothing: write the example with its defaults
        #[arg(long)]
        defaults: bool,
        /// Replace a file that exists
        #[arg(long)]
        force: bool,
    },
    /// Fingerprint your own photos and videos; only what is new or changed is read again
    #[command(
        after_help = "Examples:\n  monitor add\n  monitor add ~/Pictures/sets/07\n  monitor add --remove ~/Pictures/old\n  monitor add --export prints        (then, on the server)   monitor add --import prints\n  monitor add --export-pdq hashes.txt\n\nA file of --export is encrypted with a passphrase, because parts of pictures could be made visible again from it. A list of --export-pdq is not: it is meant for services and helpers whose tools read PDQ, and holds the hashes of whole pictures and nothing else. Give it only to those whom you trust. From such a list copies are recognised re-encoded, resized, mirrored or turned, but not cropped or framed."
    )]
    Add {
        /// Files or folders [default: content.paths]
        paths: Vec<PathBuf>,
        /// Forget the originals at or below these paths instead of adding
        #[arg(long, group = "task", requires = "paths")]
        remove: bool,
        /// Write all fingerprints to FILE, encrypted with a passphrase
        #[arg(long, value_name = "FILE", groups = ["task", "sealed"], conflicts_with = "paths")]
        export: Option<PathBuf>,
        /// Add the fingerprints of FILE, which --export wrote
        #[arg(long, value_name = "FILE", groups = ["task", "sealed"], conflicts_with = "paths")]
        import: Option<PathBuf>,
        /// Write the PDQ hashes of all originals to FILE, 64 hexadecimal digits a line, without names
        #[arg(long, value_name = "FILE", group = "task", conflicts_with = "paths")]
        export_pdq: Option<PathBuf>,
        /// Look for the PDQ hashes in FILE, one a line or in the first column of a CSV file
        #[arg(long, value_name = "FILE", group = "task", conflicts_with = "paths")]
        import_pdq: Option<PathBuf>,
        /// Take the passphrase from the first line of FILE, which nobody else may read, instead of asking
        #[arg(long, value_name = "FILE", requires = "sealed")]
        passphrase_file: Option<PathBuf>,
        /// As JSON
        #[command(flatten)]
        json: Json,
    },
    /// Look at every watch once, now (or only at the addresses given), and deliver what is due
    #[command(
        after_help = "Examples:\n  monitor scan\n  monitor scan https://example.org/b/\n  monitor scan --json | jq '.findings[].page'"
    )]
    Scan {
        /// Only these addresses
        #[arg(value_name = "URL")]
        urls: Vec<String>,
        /// End with 10 where there is a new finding
        #[arg(long)]
        exit_code: bool,
        /// As JSON
        #[command(flatten)]
        json: Json,
    },
    /// Watch until SIGTERM, each watch at its own times; the systemd unit starts this
    Run,
    /// Is this mine? Tests pictures, videos, pages or text on the spot; nothing is recorded
    #[command(
        after_help = "Examples:\n  monitor check photo.jpg folder/\n  echo 'some text' | monitor check -\n  monitor check https://example.org/page"
    )]
    Check {
        /// Files, folders, addresses, or - for standard input
        #[arg(required = true, value_name = "FILE|URL|-")]
        inputs: Vec<String>,
        /// End with 10 where something matched
        #[arg(long)]
        exit_code: bool,
        /// As JSON
        #[command(flatten)]
        json: Json,
    },
    /// Would copies of your pictures be recognised? Reposts some of them in memory and tells which would be missed
    #[command(
        after_help = "Examples:\n  monitor audit\n  monitor audit ~/Pictures/sets/07 --all\n  monitor audit --sample 10 --seed 2 -v\n  monitor audit --json | jq '.missed[].original'"
    )]
    Audit {
        /// Only originals at or below these paths [default: all of them]
        paths: Vec<PathBuf>,
        /// How many originals are reposted; 0: all
        #[arg(long, value_name = "N", default_value_t = 40)]
        sample: usize,
        /// Repost every original: about a second each
        #[arg(long, conflicts_with = "sample")]
        all: bool,
        /// Another number chooses another sample, and cuts and marks elsewhere
        #[arg(long, value_name = "S", default_value_t = 1)]
        seed: u64,
        /// As JSON
        #[command(flatten)]
        json: Json,
    },
    /// Read and triage what was found
    #[command(after_help = "Examples:\n  monitor findings\n  monitor findings show k7f2\n  monitor findings dismiss k7f2 --as allowed")]
    Findings {
        /// What to do [default: list]
        #[command(subcommand)]
        action: Option<FindingsAction>,
        /// As JSON
        #[command(flatten)]
        json: Json,
    },
    /// List what is watched, try an address, add or remove one
    #[command(
        after_help = "Examples:\n  monitor watch list\n  monitor watch test https://example.org/b/     asks for it once and tells what can be seen there; records nothing\n  monitor watch test https://example.org/app/ --render      has a browser draw it\n  monitor watch add https://example.org/b/ --every 6h --follow 50\n  monitor watch add ~/drop      a folder, a mail box or an archive of pages on this machine\n  monitor watch import bookmarks.html --folder Boards\n  monitor watch remove \"board b\"\n\nRemarks in the configuration stay. Exit status of 'test': 0 it could be seen; 3 it could not."
    )]
    Watch {
        /// What to do
        #[command(subcommand)]
        action: WatchAction,
    },
    /// What could be seen of each watch, what could not, and what would help; asks nobody
    #[command(
        after_help = "Examples:\n  monitor coverage\n  monitor coverage --json | jq '.watches[].blind[]'\n\nExit status: 0 all that is watched could be seen in the last pass; 3 some of it could not, or has not been looked at."
    )]
    Coverage {
        /// As JSON
        #[command(flatten)]
        json: Json,
    },
    /// Test the configuration, the store, the mail server and the helpers, and say what to mend
    #[command(
        after_help = "Exit status: 0 nothing has to be mended; 2 the configuration is wrong; 3 a line begins with 'mend'. With --egress: 0 what left was seen, and holds none of your entries; 3 one of them left, or not all could be seen."
    )]
    Doctor {
        /// As JSON
        #[command(flatten)]
        json: Json,
        /// Also put a test note into the outbox and deliver it
        #[arg(long)]
        send_test: bool,
        /// Look once as 'scan' does, and show what left this machine and that it holds none of your entries
        #[arg(long, conflicts_with = "send_test")]
        egress: bool,
        /// Print (or write to FILE) a drop-in for systemd that keeps the service out of private networks
        #[arg(long, value_name = "FILE", num_args = 0..=1, conflicts_with_all = ["egress", "send_test", "json"])]
        drop_in: Option<Option<PathBuf>>,
    },
    /// Write store, key and configuration into one encrypted file (not the pictures); also while 'monitor run' is at work
    #[command(
        after_help = "Examples:\n  monitor backup /media/stick/monitor.age\n  monitor backup monitor.age --recipient age1…        (a public key of age-keygen)\n  monitor backup - --passphrase-file pass | ssh other 'cat > monitor.age'\n\nThe file is in the format age, with a tar archive in it: 'age -d monitor.age | tar x' opens it without this program. Whoever has file and passphrase has everything that the store holds."
    )]
    Backup {
        /// The file, or - for standard output
        file: PathBuf,
        /// Encrypt for this public key instead of with a passphrase; may be given several times
        #[arg(long = "recipient", value_name = "age1…", conflicts_with = "passphrase_file")]
        recipients: Vec<String>,
        /// Take the passphrase from the first line of FILE, which nobody else may read, instead of asking
        #[arg(long, value_name = "FILE")]
        passphrase_file: Option<PathBuf>,
        /// Replace a file that exists
        #[arg(long)]
        force: bool,
    },
    /// Put back what 'monitor backup' wrote
    #[command(
        after_help = "Examples:\n  monitor restore /media/stick/monitor.age\n  monitor restore monitor.age --identity key.txt\n\nEverything is checked before anything is changed, and nothing is overwritten: where something exists already it is refused, or, with --force, moved aside under a name with the time. Run it as the user whom the service runs as, with the service stopped. A restore that died half-way is finished by the same command. Restore only files that you made: a file for a public key could have been made by anybody."
    )]
    Restore {
        /// The file, or - for standard input
        file: PathBuf,
        /// The file of age-keygen with the key that the backup was made for
        #[arg(long, value_name = "KEYFILE", conflicts_with = "passphrase_file")]
        identity: Option<PathBuf>,
        /// Take the passphrase from the first line of FILE, which nobody else may read, instead of asking
        #[arg(long, value_name = "FILE")]
        passphrase_file: Option<PathBuf>,
        /// Move aside what is in the way
        #[arg(long)]
        force: bool,
    },
    /// List what the program has made, and with --everything remove it for good
    #[command(
        after_help = "Examples:\n  monitor forget                     lists, and changes nothing\n  monitor forget --everything        asks twice, then removes\n\nRemoved are configuration, key, store with its copies, and the backups that it knows of; the key first. Your pictures and other files are not touched. A script, which has no terminal to be asked on, gives --yes-really twice:\n  monitor forget --everything --yes-really --yes-really"
    )]
    Forget {
        /// Remove configuration, key, store and known backups
        #[arg(long)]
        everything: bool,
        /// Do not ask; must be given twice
        #[arg(long, action = clap::ArgAction::Count, requires = "everything")]
        yes_really: u8,
    },
    /// Show the whole main job on a small site that the program serves itself; no set-up, no network
    Demo {
        /// As JSON
        #[command(flatten)]
        json: Json,
    },
    /// Change the key of the store: everything in it is sealed anew, findings keep their ids
    #[command(after_help = "Examples:\n  monitor rekey\n  monitor rekey --key new.key      (where the key is a credential)")]
    Rekey {
        /// Take the new key from FILE, made there where there is none
        #[arg(long, value_name = "FILE")]
        key: Option<PathBuf>,
    },
    /// Print a shell's completion script
    Completions {
        /// bash, zsh, fish, …
        shell: clap_complete::Shell,
    },
    /// Write the manual pages into a folder
    Man {
        /// The folder
        folder: PathBuf,
    },
    /// The decoding child; not for people
    #[command(hide = true)]
    LookChild {
        /// Most pixels of a picture.
        max_pixels: u64,
        /// Most frames of an animation.
        max_frames: u32,
        /// Only tries this in the cage.
        #[arg(long)]
        attempt: Option<String>,
        /// Closes only this layer, for trials.
        #[arg(long, requires = "attempt")]
        only: Option<String>,
    },
    /// Keeps a browser for one page; not for people
    #[command(hide = true)]
    Browser,
    /// Runs a helper within limits; not for people
    #[command(hide = true)]
    Limited {
        /// Only tries this in the cage.
        #[arg(long)]
        attempt: Option<String>,
        /// Closes only this layer, for trials.
        #[arg(long, requires = "attempt")]
        only: Option<String>,
        /// The program and its arguments.
        #[arg(last = true, required = true)]
        command: Vec<std::ffi::OsString>,
    },
}

/// What can be done with findings.
#[derive(Debug, Subcommand)]
pub enum FindingsAction {
    /// A table of all findings, urgent ones first
    List {
        /// As JSON
        #[command(flatten)]
        json: Json,
    },
    /// What matched, how, how sure, why this severity, since when
    Show {
        /// The id, or its beginning
        id: String,
        /// As JSON
        #[command(flatten)]
        json: Json,
    },
    /// It is so
    Confirm {
        /// Ids, or their beginnings
        #[arg(required = true)]
        ids: Vec<String>,
    },
    /// It does not matter: it never alerts again, unless it becomes graver
    Dismiss {
        /// Ids, or their beginnings
        #[arg(required = true)]
        ids: Vec<String>,
        /// wrong: not me or mine; allowed: it may stand there; known: I know, and deal with it elsewhere
        #[arg(long = "as", value_enum)]
        as_what: Dismissal,
    },
    /// Look at it again
    Reopen {
        /// Ids, or their beginnings
        #[arg(required = true)]
        ids: Vec<String>,
    },
}

/// What can be done with watches.
#[derive(Debug, Subcommand)]
pub enum WatchAction {
    /// Every address that is watched, with its kind and times
    List {
        /// As JSON
        #[command(flatten)]
        json: Json,
    },
    /// Ask for an address once, as its watch would, and tell what can be seen there; nothing is recorded
    Test {
        /// The address; the site sees this machine's (or the proxy's)
        url: String,
        /// What kind of place it is [default: as its watch or the address tells]
        #[arg(long)]
        kind: Option<String>,
        /// Have a browser draw it, as render = true in a watch does
        #[arg(long)]
        render: bool,
        /// As JSON
        #[command(flatten)]
        json: Json,
    },
    /// Write a watch into the configuration
    Add {
        /// The address, or the path of a folder, a mail box or an archive of pages (WARC)
        url: String,
        /// How it is called [default: the address]
        #[arg(long)]
        name: Option<String>,
        /// How often, as "6h" [default: 6h]
        #[arg(long)]
        every: Option<String>,
        /// What kind of place it is [default: as the address tells]
        #[arg(long)]
        kind: Option<String>,
        /// Follow links one step, up to so many pages a pass
        #[arg(long, value_name = "PAGES")]
        follow: Option<u32>,
        /// Have a browser draw its pages
        #[arg(long)]
        render: bool,
    },
    /// Watch the addresses of a file: a browser's exported bookmarks, OPML, or a plain list, one a line
    Import {
        /// The file
        file: PathBuf,
        /// How the watch is called [default: the file's name]
        #[arg(long)]
        name: Option<String>,
        /// How often, as "6h" [default: 6h]
        #[arg(long)]
        every: Option<String>,
        /// Only bookmarks of this folder, and those below it
        #[arg(long)]
        folder: Option<String>,
    },
    /// Take a watch out of the configuration; what was found stays recorded
    Remove {
        /// Its name, or its only address
        name: String,
    },
}

/// Why a finding is dismissed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Dismissal {
    /// Not me or mine.
    Wrong,
    /// It may stand there.
    Allowed,
    /// I know, and deal with it elsewhere.
    Known,
}

impl Dismissal {
    /// As the store writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wrong => "wrong",
            Self::Allowed => "allowed",
            Self::Known => "known",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
