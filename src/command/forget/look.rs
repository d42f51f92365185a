//! What there is to forget, found even where the configuration is broken or the key is missing.

use std::io::Read;
use std::path::{Path, PathBuf};

use crate::cli::Global;
use crate::command::restore::there;
use crate::command::{backup, init, restore, sealed};
use crate::config::{self, Config};
use crate::model::Language;
use crate::store::copy::known_backups;
use crate::store::{KeySource, Store};

/// Where the service's unit is installed.
const UNIT: &str = "/etc/systemd/system/monitor@.service";

/// What was found.
pub struct Found {
    pub language: Language,
    /// The configuration, whether it is there or not.
    pub file: PathBuf,
    pub state_dir: PathBuf,
    /// Key files, with those that restores moved aside.
    pub keys: Vec<PathBuf>,
    /// The configuration, and what else the program wrote beside it.
    pub settings: Vec<PathBuf>,
    /// The program's own files in the state folder.
    pub store: Vec<PathBuf>,
    /// Backups that are where they were written.
    pub backups: Vec<PathBuf>,
    /// Backups that are not there any more, or cannot be told for one.
    pub backups_away: Vec<PathBuf>,
    /// The store says which backups there are.
    pub backups_known: bool,
    /// What the owner made and the program leaves alone.
    pub not_ours: Vec<PathBuf>,
    /// The key, where systemd hands it over.
    pub credential: Option<PathBuf>,
    /// The configuration was read as a whole: nothing is guessed.
    pub whole: bool,
}

impl Found {
    pub async fn look(global: &Global) -> Self {
        let usual = config::find(global.config.as_deref()).or_else(|| config::usual_places().into_iter().next());
        let file = usual.unwrap_or_else(|| PathBuf::from("monitor.toml"));
        let file = std::path::absolute(&file).unwrap_or(file);
        let read = std::fs::read(&file);
        let unreadable = matches!(&read, Err(error) if error.kind() != std::io::ErrorKind::NotFound);
        let text = read.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
        let config = Config::parse(&text, &file).ok();
        let (state_dir, key) = match &config {
            Some(config) => (config.state_dir.clone(), config.key.clone()),
            None => Config::places(&text, &file),
        };
        let known = known_backups(&state_dir, &key).await;
        let backups_known = known.is_some();
        let (backups, backups_away) = known.unwrap_or_default().into_iter().partition(|p| is_backup(p));
        let mut found = Self {
            language: config.as_ref().map(|c| c.language).unwrap_or_default(),
            store: own_files(&state_dir, is_of_store),
            keys: Vec::new(),
            settings: Vec::new(),
            backups,
            backups_away,
            backups_known,
            not_ours: Vec::new(),
            credential: None,
            whole: config.is_some() && !unreadable,
            file,
            state_dir,
        };
        found.beside(&key);
        if let Some(config) = &config {
            let all = config.referred.iter().filter(|r| !r.path.as_os_str().is_empty()).map(|r| r.path.clone());
            found.not_ours = all.chain(config.content.paths.iter().cloned()).filter(|p| !found.settings.contains(p)).collect();
        }
        found.not_ours.extend(Some(PathBuf::from(UNIT)).filter(|p| p.exists()));
        found
    }

    /// The key, the configuration, and what was moved aside from them or could not be put elsewhere.
    fn beside(&mut self, key: &KeySource) {
        match key {
            KeySource::File(path) => self.keys.extend([with_traces(path), key.left_over().into_iter().collect()].concat()),
            KeySource::Credential(path) => self.credential = Some(path.clone()),
        }
        self.settings.extend(with_traces(&self.file));
        let password = init::password_file(&self.file);
        self.settings.extend(Some(password).filter(|p| there(p)));
        let elsewhere = self.file.with_file_name(restore::ELSEWHERE);
        // A folder of that name that is a link is not ours.
        if std::fs::symlink_metadata(&elsewhere).is_ok_and(|m| m.is_dir()) {
            let (keys, files): (Vec<_>, Vec<_>) = own_files(&elsewhere, |_| true).into_iter().partition(|p| is_key(p));
            self.keys.extend(keys);
            self.settings.extend(files);
        }
    }

    pub fn is_nothing(&self) -> bool {
        [&self.keys, &self.settings, &self.store, &self.backups].iter().all(|list| list.is_empty())
    }
}

fn is_key(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().contains("store.key"))
}

/// The file, if it is there, what restores moved aside from it, and what one that died was about to put there.
fn with_traces(path: &Path) -> Vec<PathBuf> {
    let all = [path.to_path_buf(), restore::staged(path)].into_iter().chain(restore::beside(path));
    all.filter(|p| there(p)).collect()
}

/// Files of `folder` whose names are `ours`, the folder's locks last. Links are taken for themselves, never followed.
fn own_files(folder: &Path, ours: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let file = |e: &std::fs::DirEntry| e.file_type().is_ok_and(|kind| !kind.is_dir()) && ours(&e.file_name().to_string_lossy());
    let mut all: Vec<PathBuf> = entries.flatten().filter(file).map(|e| e.path()).collect();
    all.sort_by_key(|p| (p.extension().is_some_and(|e| e == "lock"), p.clone()));
    all
}

/// How the program names files in the state folder: the store with its logs and copies, snapshots, locks.
fn is_of_store(name: &str) -> bool {
    let store = Store::file_in(Path::new(""));
    name.starts_with(&*store.to_string_lossy())
        || name.starts_with("copy-")
        || name.starts_with(restore::PART)
        || Store::LOCKS.contains(&name)
}

/// Whether what lies there now is still a backup, and not another file that was put in its place.
fn is_backup(path: &Path) -> bool {
    let mut head = Vec::new();
    let plain = std::fs::symlink_metadata(path).is_ok_and(|m| m.is_file());
    plain && std::fs::File::open(path).is_ok_and(|f| f.take(64).read_to_end(&mut head).is_ok()) && sealed::is_sealed(&head)
        || there(&backup::unfinished(path)) && !there(path)
}
