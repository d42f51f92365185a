//! `monitor demo`: the whole main job on a small site that the program serves itself, with a mail catcher in the same
//! process. It is the shipped program that runs: only the site, the pictures and the person are made up.

mod catcher;
mod pictures;
mod site;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use serde_json::json;

use super::{Done, Failure, add, load_file, open_store, own, pool, print_json, say, scan, show};
use crate::cli::Global;
use crate::config::Config;
use crate::scan::{Scanner, now};
use crate::words;

/// A made-up person; the address is reserved for examples (RFC 2606).
const CONFIGURATION: &str = r#"
state_dir = "STATE"
[me]
legal_names = ["Mira Sandoval"]
stage_names = ["Nova Lark"]
[content]
paths = ["PICTURES"]
[fetch]
delay = "0s"
allow_private = ["127.0.0.0/8"]   # the demo's own site
[[watch]]
name = "demo board"
url  = "SITE/thread/42"
[alert.email]
to     = ["me@example.org"]
from   = "home@example.org"
smtp   = "smtp://MAIL"
phrase = "the kettle is blue"
"#;

/// Runs the demo and removes everything that it made.
pub async fn run(global: &Global, as_json: bool) -> Done {
    let folder = Folder::new()?;
    let outcome = show_all(global, &folder.0, as_json).await;
    drop(folder);
    outcome
}

async fn show_all(global: &Global, folder: &Path, as_json: bool) -> Done {
    let tell = |text: String| {
        if !as_json {
            say(text);
        }
    };
    let site = site::serve().await.context("the demo's site could not be started")?;
    let catcher = catcher::start().await.context("the demo's mail catcher could not be started")?;
    let originals = folder.join("pictures");
    pictures::write(&originals).context("the demo's pictures could not be written")?;
    let file = folder.join("monitor.toml");
    let text = CONFIGURATION
        .replace("STATE", &folder.join("state").to_string_lossy())
        .replace("PICTURES", &originals.to_string_lossy())
        .replace("SITE", &site)
        .replace("MAIL", &catcher.address.to_string());
    std::fs::write(&file, text).context("the demo's configuration could not be written")?;
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).context("the demo's configuration could not be written")?;
    let config = load_file(global, &file)?;
    tell(format!(
        "A made-up person, Mira Sandoval, publishes pictures as Nova Lark. On a board that this program serves itself\n\
         ({site}), somebody has posted them again, one as a small thumbnail, one mirrored, with her legal name.\n"
    ));
    tell("1. monitor add    her own pictures become fingerprints; no picture is copied".into());
    let store = open_store(&config).await?;
    let added = add::add(global, &config, &store, &config.content.paths).await?;
    tell(format!("   {}\n", words::of(config.language).added(added.added, added.unchanged, added.removed, added.failed.len())));
    tell("2. monitor scan   the board is fetched and looked at".into());
    let pass = look(&config, &store).await?;
    let findings: Vec<_> = pass.findings.iter().map(|(f, _)| f.clone()).collect();
    tell(format!("{}\n", show::table(&findings, config.language)));
    for finding in &findings {
        tell(format!("{}\n", show::details(finding, config.language)));
    }
    let told = scan::tell(&store, &config, scan::coverage(&pass.pages)).await?;
    if let Some(trouble) = told {
        return Err(Failure::Failed(anyhow::anyhow!("{trouble}")));
    }
    let mail = catcher.mail().context("the mail did not arrive")?;
    tell("3. the mail, as it arrives: it names no one, shows nothing, and ends with a sentence that only she knows".into());
    tell(mail.lines().map(|l| format!("   | {}\n", words::harmless(l))).collect());
    tell("4. a second scan: nothing is fetched twice, and nothing is told twice".into());
    let again = look(&config, &store).await?;
    let _ = scan::tell(&store, &config, scan::coverage(&again.pages)).await?;
    let new = again.findings.iter().filter(|(_, new)| *new).count();
    let mails = catcher.count();
    tell(format!(
        "   {} findings still stand, {new} are new; {} pictures were fetched again; {mails} mail in all\n",
        again.findings.len(),
        again.images[1]
    ));
    tell("What to do next:\n   monitor init      write a configuration of your own, step by step\n   monitor add       fingerprint your pictures\n   monitor scan      look once; 'monitor run' goes on watching\n   monitor doctor    test everything, the mail server too\nREADME.md tells how to run it as a service. The demo has removed everything that it made.".into());
    store.close().await;
    if as_json {
        let kinds: Vec<_> =
            findings.iter().map(|f| json!({"kind": f.verdict.kind, "original": f.verdict.original, "how": f.verdict.how})).collect();
        print_json(&json!({"mail": mail, "mails": mails, "findings": kinds}));
    }
    Ok(0)
}

async fn look(config: &Config, store: &crate::store::Store) -> Result<scan::Pass, Failure> {
    let own = own(config, store).await?;
    let scanner = Arc::new(Scanner::new(store.clone(), &config.fetch, pool(config), own, &config.watches).map_err(Failure::Usage)?);
    let started = now();
    for watch in &config.watches {
        store.begin_pass(watch, None, started).await?;
    }
    let (_stop, stopped) = tokio::sync::watch::channel(false);
    scanner.drain(&stopped).await?;
    scan::report(store, &config.watches, started, started).await
}

/// A folder of the demo's own, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Self, Failure> {
        use std::os::unix::fs::DirBuilderExt;
        let mut name = [0u8; 8];
        getrandom::fill(&mut name).map_err(|e| anyhow::anyhow!("no random numbers: {e}"))?;
        let folder = std::env::temp_dir().join(format!("monitor-demo-{:x}", u64::from_le_bytes(name)));
        std::fs::DirBuilder::new().mode(0o700).create(&folder).context("no folder for the demo could be made")?;
        Ok(Self(folder))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
