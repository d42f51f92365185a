//! `monitor watch`: what is watched, what an address would show, and adding and removing without an editor.

mod import;

use std::collections::HashSet;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;

use serde_json::json;
use toml_edit::{ArrayOfTables, DocumentMut, InlineTable, Item, Table, value};
use url::Url;

use super::visit::visit;
use super::{Done, Failure, SOME_FAILED, load, print_json, put_in_place, say};
use crate::cli::{Global, WatchAction};
use crate::config::{Config, TELLS, tells};
use crate::fetch::{Cookies, Fetcher};
use crate::model::{Place, Source, Times, Watch};
use crate::render::Renderer;
use crate::scan::{Own, leads_on, may_ask, may_follow};
use crate::source;
use crate::words::{self, fill, harmless};

/// Pictures that are named.
const NAMED: usize = 10;

/// Lists, tests, adds or removes.
pub async fn run(global: &Global, action: WatchAction) -> Done {
    let config = load(global)?;
    match action {
        WatchAction::List { json } => {
            list(&config, json.json);
            Ok(0)
        }
        WatchAction::Test { url, kind, render, json } => test(&config, &address(&url)?, kind.as_deref(), render, json.json).await,
        WatchAction::Add { url, name, every, kind, follow, render } => {
            add(global, &config, &url, &New { name, every, kind, follow, render })
        }
        WatchAction::Import { file, name, every, folder } => {
            let imported = import::read(&file, folder.as_deref())?;
            import_all(global, &config, &file, imported, name, every)
        }
        WatchAction::Remove { name } => remove(global, &config, &name),
    }
}

fn address(text: &str) -> Result<Url, Failure> {
    let url = Url::parse(text).ok().filter(|u| matches!(u.scheme(), "http" | "https") && u.has_host());
    url.ok_or_else(|| Failure::Usage("that is not an address that starts with https:// or http://".into()))
}

fn times(times: &Times) -> String {
    match times {
        Times::Every(gap) => match gap.as_secs() {
            seconds if seconds % 3600 == 0 => format!("{}h", seconds / 3600),
            seconds if seconds % 60 == 0 => format!("{}m", seconds / 60),
            seconds => format!("{seconds}s"),
        },
        Times::Cron(cron) => cron.pattern.to_string(),
    }
}

fn list(config: &Config, as_json: bool) {
    let words = words::of(config.language).watch_words();
    let kind = |watch: &Watch, url: &Url| source::of(watch.source, url).name();
    if as_json {
        let one = |watch: &Watch| {
            let urls: Vec<_> = watch.urls.iter().map(|url| json!({ "url": url.as_str(), "kind": kind(watch, url) })).collect();
            json!({ "name": watch.name, "urls": urls, "times": times(&watch.times), "follow": watch.follow.as_ref().map(|f| f.pages) })
        };
        return print_json(&json!({ "watches": config.watches.iter().map(one).collect::<Vec<_>>() }));
    }
    if config.watches.is_empty() {
        say(words.none);
    }
    for watch in &config.watches {
        for url in &watch.urls {
            say(fill(words.row, &[&watch.name, &url.as_str(), &times(&watch.times), &kind(watch, url)]));
        }
    }
}

/// Asks for one address as its watch would, and tells what can be seen there.
async fn test(config: &Config, url: &Url, kind: Option<&str>, render: bool, as_json: bool) -> Done {
    let all = words::of(config.language);
    let words = all.watch_words();
    let configured = config.watches.iter().find(|watch| watch.urls.contains(url));
    let chosen = kind.map(source_of).transpose()?;
    let source = source::of(chosen.or_else(|| configured.and_then(|watch| watch.source)), url);
    if configured.is_none() && tells(Some(source), url, &config.person) {
        return Err(Failure::Usage(format!("this address {TELLS} in its watch")));
    }
    let cookies = configured.map_or_else(Cookies::default, Cookies::of);
    let names = Own::names_of(config.person.clone());
    let names = Arc::new(names);
    let fetcher = Fetcher::new(&config.fetch, may_follow(names.clone())).map_err(Failure::Usage)?;
    let draws = (render || configured.is_some_and(|watch| watch.render)) && source == Source::Page;
    let renderer = draws.then(|| Renderer::new(&config.fetch, None, may_ask(names)));
    let paths = configured.map(|watch| watch.paths.clone()).unwrap_or_default();
    let seen = visit(&fetcher, renderer.as_ref(), url, source, &cookies, &paths).await;
    let asked = source::ask(source, url);
    let follow = match configured {
        Some(watch) => watch.follow.clone(),
        None => source::default_follow(source, url),
    };
    let (blind, content) = match &seen {
        Ok(seen) => (seen.blind.map(|kind| (kind, String::new())), Some((&seen.content, &seen.page.url, seen.is_picture))),
        Err((kind, detail)) => (Some((*kind, detail.clone())), None),
    };
    let blind = blind.map(|(kind, detail)| (kind, all.problem(kind, &harmless(&detail))));
    let count = |(content, _, is_picture): (&crate::model::Content, &Url, bool)| {
        let text = content.blocks.iter().filter(|block| block.place == Place::Text);
        let words: usize = text.map(|block| block.text.split_whitespace().count()).sum();
        (words, content.images.len() + usize::from(is_picture), content.links.len())
    };
    let (text, pictures, links) = content.map(count).unwrap_or_default();
    let leads = |(content, got, _): (&crate::model::Content, &Url, bool)| {
        follow.as_ref().map(|follow| content.links.iter().filter(|link| leads_on(follow, url, got, &link.url)).count())
    };
    let followed = content.and_then(leads);
    let shown: Vec<String> =
        content.iter().flat_map(|(content, ..)| &content.images).filter_map(|image| image.address()).map(Url::to_string).collect();
    if as_json {
        let told = blind.as_ref().map(|(kind, message)| json!({ "kind": kind, "message": message }));
        print_json(&json!({
            "url": url.as_str(), "kind": source.name(), "asked": asked.as_str(), "blind": told, "words": text,
            "pictures": pictures, "links": links, "followed": followed, "images": shown,
        }));
    } else {
        say(url);
        say(format!("  {}", fill(words.read_as, &[&source.name(), &asked.as_str()])));
        if content.is_some() {
            say(format!("  {}", fill(words.seen, &[&text, &pictures, &links])));
            say(match (followed, &follow) {
                (Some(followed), Some(follow)) => format!("  {}", fill(words.followed, &[&followed, &links, &follow.pages])),
                _ => format!("  {}", words.unfollowed),
            });
        }
        if let Some((_, message)) = &blind {
            say(format!("  {}", fill(words.not_seen, &[message])));
        }
        shown.iter().take(NAMED).for_each(|image| say(format!("  {}", fill(words.picture, &[image]))));
        if shown.len() > NAMED {
            say("  …");
        }
        say(words.nothing_kept);
    }
    Ok(if blind.is_some() { SOME_FAILED } else { 0 })
}

fn source_of(name: &str) -> Result<Source, Failure> {
    let known = Source::ALL.iter().find(|(known, _)| *known == name).map(|(_, source)| *source);
    known.ok_or_else(|| Failure::Usage(format!("kind must be one of {}", Source::ALL.map(|(name, _)| name).join(", "))))
}

/// What a new watch is made of, beside its address.
struct New {
    name: Option<String>,
    every: Option<String>,
    kind: Option<String>,
    follow: Option<u32>,
    render: bool,
}

fn add(global: &Global, config: &Config, text: &str, new: &New) -> Done {
    let words = words::of(config.language).watch_words();
    // A folder, a mail box or an archive, or an address.
    let path = std::fs::canonicalize(text).ok().filter(|_| !text.contains("://"));
    let url = &match path.as_ref().and_then(|path| Url::from_file_path(path).ok()) {
        Some(url) => url,
        None => address(text)?,
    };
    if config.watches.iter().any(|watch| watch.urls.contains(url)) {
        return Err(Failure::Usage(words.known.into()));
    }
    let mut table = Table::new();
    if let Some(name) = &new.name {
        table["name"] = value(name.as_str());
    }
    match &path {
        Some(path) => table["path"] = value(path.to_string_lossy().as_ref()),
        None => table["url"] = value(url.as_str()),
    }
    table["every"] = value(new.every.as_deref().unwrap_or("6h"));
    if let Some(kind) = &new.kind {
        table["kind"] = value(kind.as_str());
    }
    if new.render {
        table["render"] = value(true);
    }
    if let Some(pages) = new.follow {
        let mut follow = InlineTable::new();
        follow.insert("pages", i64::from(pages).into());
        follow.insert("depth", 1.into());
        table["follow"] = value(follow);
    }
    add_table(&config.file, table)?;
    told(global, words.reload, fill(words.added, &[&config.file.display(), url]));
    Ok(0)
}

/// Writes the addresses beside the configuration, and one watch of them into it.
fn import_all(
    global: &Global,
    config: &Config,
    file: &Path,
    imported: import::Imported,
    name: Option<String>,
    every: Option<String>,
) -> Done {
    let words = words::of(config.language).watch_words();
    let known: HashSet<&Url> = config.watches.iter().flat_map(|watch| &watch.urls).collect();
    let all = imported.urls.len();
    let urls: Vec<&Url> = imported.urls.iter().filter(|url| !known.contains(url)).collect();
    if urls.is_empty() {
        return Err(Failure::Usage(fill(words.nothing_to_import, &[&all])));
    }
    let name = name.unwrap_or_else(|| file.file_stem().unwrap_or_default().to_string_lossy().into_owned());
    let plain: String = name.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
    let list = config.file.with_file_name(format!("{plain}.urls"));
    if list.exists() {
        return Err(Failure::Usage(fill(words.list_exists, &[&list.display()])));
    }
    let text: String = urls.iter().map(|url| format!("{url}\n")).collect();
    put_in_place(&list, text.as_bytes(), |new| new.set_permissions(std::fs::Permissions::from_mode(0o600)))?;
    let mut table = Table::new();
    table["name"] = value(name.as_str());
    table["urls_file"] = value(format!("{plain}.urls"));
    table["every"] = value(every.as_deref().unwrap_or("6h"));
    if imported.feeds {
        table["kind"] = value("feed");
    }
    let added = add_table(&config.file, table);
    if added.is_err() {
        let _ = std::fs::remove_file(&list);
    }
    added?;
    told(global, words.reload, fill(words.imported, &[&urls.len(), &all, &name, &list.display()]));
    Ok(0)
}

fn add_table(file: &Path, mut table: Table) -> Result<(), Failure> {
    table.decor_mut().set_prefix("\n");
    change(file, |document| {
        let watches = document.entry("watch").or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
        let Some(watches) = watches.as_array_of_tables_mut() else { return false };
        watches.push(table);
        true
    })
}

fn remove(global: &Global, config: &Config, name: &str) -> Done {
    let words = words::of(config.language).watch_words();
    let is_it = |watch: &Watch| watch.name == name || watch.urls.len() == 1 && watch.urls.iter().any(|url| url.as_str() == name);
    let Some(at) = config.watches.iter().position(is_it) else { return Err(Failure::Usage(words.unknown.into())) };
    // Each [[watch]] of a configuration that could be read is one of these, in order.
    change(&config.file, |document| {
        let Some(watches) = document.get_mut("watch").and_then(Item::as_array_of_tables_mut) else { return false };
        let whole = watches.len() == config.watches.len();
        if whole {
            watches.remove(at);
        }
        whole
    })?;
    told(global, words.reload, fill(words.removed, &[&config.file.display(), &name]));
    Ok(0)
}

fn told(global: &Global, reload: &str, line: String) {
    say(line);
    if !global.quiet {
        say(reload);
    }
}

/// Changes the configuration file: remarks and order stay, what would be wrong is refused, and the file is whole at any moment.
fn change(file: &Path, with: impl FnOnce(&mut DocumentMut) -> bool) -> Result<(), Failure> {
    let text = std::fs::read_to_string(file)?;
    let mut document: DocumentMut = text.parse().map_err(|_| Failure::Usage("the configuration cannot be read as TOML".into()))?;
    if !with(&mut document) {
        return Err(Failure::Usage(format!("the watches of {} are not written as [[watch]]; please change it by hand", file.display())));
    }
    let text = document.to_string();
    Config::parse(&text, file).map_err(|faults| Failure::Usage(format!("that would not do:\n{faults}")))?;
    replace(file, &text).map_err(|error| anyhow::anyhow!("{} cannot be written: {error}", file.display()))?;
    Ok(())
}

/// Puts another text in the place of a file, which keeps its owner and its mode.
fn replace(file: &Path, text: &str) -> std::io::Result<()> {
    let file = std::fs::canonicalize(file)?;
    let old = std::fs::metadata(&file)?;
    put_in_place(&file, text.as_bytes(), |new| {
        if old.uid() != new.metadata()?.uid() {
            std::os::unix::fs::fchown(new, Some(old.uid()), Some(old.gid()))?;
        }
        new.set_permissions(old.permissions())
    })
}
