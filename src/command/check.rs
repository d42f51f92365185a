//! `monitor check`: is this mine? Nothing is recorded.

use std::collections::HashMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::StreamExt;
use serde_json::json;
use url::Url;

use super::visit::{Visit, ask, visit};
use super::{Done, FOUND, SOME_FAILED, bar, json as documents, load, open_store, own, pool, print_json, say, show};
use crate::cli::Global;
use crate::extract;
use crate::fetch::{Answer, Cookies, Fetcher, What};
use crate::judge::{PictureSighting, Seen, judge};
use crate::look::decode::{Format, sniff};
use crate::look::fingerprint::Fingerprint;
use crate::look::helper;
use crate::look::pool::Pool;
use crate::model::{Content, ImageSource, Mention, Paths, ProblemKind, Source, Verdict};
use crate::scan::{Own, cut, may_follow, same_site};
use crate::source;
use crate::words::{self, harmless};

/// One thing to check.
#[derive(Clone)]
enum Input {
    File(PathBuf),
    Address(Url),
    Standard,
}

struct Checker {
    own: Arc<Own>,
    pool: Arc<Pool>,
    fetcher: Option<Fetcher>,
}

type Checked = Result<Vec<Verdict>, String>;

/// Checks each input, in the order given.
pub async fn run(global: &Global, inputs: &[String], exit_code: bool, as_json: bool) -> Done {
    let config = load(global)?;
    let store = open_store(&config).await?;
    let own = own(&config, &store).await?;
    store.close().await;
    let inputs = expand(inputs);
    let asks = inputs.iter().any(|(_, input)| matches!(input, Ok(Input::Address(_))));
    let words = words::of(config.language);
    let fetcher = if asks {
        if !global.quiet {
            super::complain(words.check_notice(config.fetch.proxy.is_some()));
        }
        Some(Fetcher::new(&config.fetch, may_follow(own.clone())).map_err(super::Failure::Usage)?)
    } else {
        None
    };
    let checker = Checker { own, pool: pool(&config), fetcher };
    let bar = bar(global, Some(inputs.len() as u64), "{bar:30} {pos}/{len}, {eta} left");
    let checks = inputs.into_iter().map(|(name, input)| {
        let (checker, bar) = (&checker, bar.clone());
        async move {
            let checked = match input {
                Ok(input) => checker.check(&input).await,
                Err(error) => Err(error),
            };
            bar.inc(1);
            (name, checked)
        }
    });
    let results: Vec<(String, Checked)> = futures_util::stream::iter(checks).buffered(4).collect().await;
    bar.finish_and_clear();
    let matched = results.iter().any(|(_, r)| r.as_ref().is_ok_and(|m| !m.is_empty()));
    // An original that is not recognised may be what was asked about.
    let failed = checker.own.outdated > 0 || results.iter().any(|(_, r)| r.is_err());
    if as_json {
        let results: Vec<_> = results
            .iter()
            .map(|(input, result)| match result {
                Ok(matches) => {
                    json!({"input": input, "matches": matches.iter().map(documents::matched).collect::<Vec<_>>(), "error": null})
                }
                Err(error) => json!({"input": input, "matches": [], "error": error}),
            })
            .collect();
        print_json(&json!({ "results": results }));
    } else {
        for (input, result) in &results {
            let input = words::shortened(&harmless(input), show::LONGEST);
            match result {
                Err(error) => say(format!("{input}: {}", harmless(error))),
                Ok(matches) if matches.is_empty() => say(format!("{input}: {}", words.no_match())),
                Ok(matches) => {
                    for verdict in matches {
                        say(format!("{input}: {}", describe(verdict, words)));
                    }
                }
            }
        }
    }
    Ok(match (exit_code && matched, failed) {
        (true, _) => FOUND,
        (false, true) => SOME_FAILED,
        (false, false) => 0,
    })
}

/// A picture's address where it has one, and its fingerprint; nothing where it could not be looked at.
type Looked = Option<(Option<String>, Fingerprint)>;

fn describe(verdict: &Verdict, words: &dyn words::Words) -> String {
    let mut line = words.kind(verdict.kind).to_string();
    if let Some(original) = &verdict.original {
        line += &format!(" · {}", harmless(original));
    }
    if let Some(name) = &verdict.name {
        line += &format!(" · {}", harmless(name.reveal()));
    }
    if !verdict.how.is_empty() {
        line += &format!(" ({})", verdict.how.join(", "));
    }
    line += &format!(" · {:.0} %", verdict.confidence * 100.0);
    if let Some(excerpt) = &verdict.excerpt {
        line += &format!("\n    {}", harmless(excerpt.reveal()));
    }
    line
}

/// A folder stands for the files in it.
fn expand(inputs: &[String]) -> Vec<(String, Result<Input, String>)> {
    let mut out = Vec::new();
    for text in inputs {
        if text == "-" {
            out.push((text.clone(), Ok(Input::Standard)));
        } else if text.starts_with("http://") || text.starts_with("https://") {
            let url = Url::parse(text).map(Input::Address).map_err(|e| format!("is not an address: {e}"));
            out.push((text.clone(), url));
        } else {
            let path = Path::new(text);
            if path.is_dir() {
                let mut files = Vec::new();
                files_below(path, &mut files);
                files.sort();
                if files.is_empty() {
                    out.push((text.clone(), Err("the folder is empty".into())));
                }
                out.extend(files.into_iter().map(|f| (f.to_string_lossy().into_owned(), Ok(Input::File(f)))));
            } else {
                out.push((text.clone(), Ok(Input::File(path.to_path_buf()))));
            }
        }
    }
    out
}

fn files_below(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => files_below(&entry.path(), out),
            Ok(_) if entry.path().is_file() => out.push(entry.path()),
            _ => {}
        }
    }
}

/// A file or page larger than this is not read whole.
const MOST: u64 = 512 << 20;
const TOO_LARGE: &str = "is larger than anything that is read";

impl Checker {
    async fn check(&self, input: &Input) -> Checked {
        match input {
            Input::File(path) => self.file(path).await,
            Input::Standard => {
                let mut bytes = Vec::new();
                std::io::stdin().lock().take(MOST + 1).read_to_end(&mut bytes).map_err(|e| format!("cannot be read: {e}"))?;
                if bytes.len() as u64 > MOST {
                    return Err(TOO_LARGE.into());
                }
                self.bytes(bytes, None, &placeless(), true).await
            }
            Input::Address(url) => self.address(url).await,
        }
    }

    async fn file(&self, path: &Path) -> Checked {
        let wrong = |e: std::io::Error| format!("cannot be read: {e}");
        let mut file = std::fs::File::open(path).map_err(wrong)?;
        let mut head = Vec::new();
        (&mut file).take(64).read_to_end(&mut head).map_err(wrong)?;
        if sniff(&head) == Some(Format::Video) {
            let file = std::fs::File::open(path).map_err(wrong)?;
            let print = self.pool.through_helper(helper::Kind::Video, file, self.own.depth.for_found()).await.map_err(|e| e.detail)?;
            return self.picture(&placeless(), &print);
        }
        if file.metadata().map_err(wrong)?.len() > MOST {
            return Err(TOO_LARGE.into());
        }
        let bytes = tokio::fs::read(path).await.map_err(wrong)?;
        let name = path.to_string_lossy().to_ascii_lowercase();
        let is_page = [".html", ".htm", ".xhtml", ".xml", ".rss", ".atom", ".json", ".txt", ".md", ".csv", ".eml", ".mhtml"]
            .iter()
            .any(|e| name.ends_with(e));
        let kind = if name.ends_with(".txt") || name.ends_with(".md") || name.ends_with(".csv") { Some("text/plain") } else { None };
        let looks_like_picture =
            Url::from_file_path(std::path::absolute(path).map_err(wrong)?).is_ok_and(|u| extract::looks_like_picture(&u));
        self.bytes(bytes, kind, &placeless(), is_page || !looks_like_picture).await
    }

    /// `may_be_text`: bytes that are no picture are read as a page; otherwise that is an error.
    async fn bytes(&self, bytes: Vec<u8>, kind: Option<&str>, url: &Url, may_be_text: bool) -> Checked {
        if bytes.is_empty() {
            return Err("is empty".into());
        }
        if sniff(&bytes).is_some() || !may_be_text {
            let print = self.pool.fingerprint(bytes, self.own.depth.for_found()).await.map_err(|e| e.detail)?;
            return self.picture(url, &print);
        }
        let content = extract::page(&bytes, kind, url, &extract::Settings::default());
        if is_binary(&bytes) || (content.blocks.is_empty() && content.images.is_empty()) {
            return Err("is neither a picture, a video nor text that can be read".into());
        }
        let mentions = self.own.names.find(&content.blocks);
        let looked = self.inline(&content).await;
        self.told(url, &content, &mentions, looked, 0)
    }

    fn picture(&self, url: &Url, print: &Fingerprint) -> Checked {
        let verdicts = self.judge(url, &Content::default(), &[], &[(None, print)]);
        if verdicts.is_empty() && print.cut {
            Err(format!("nothing was recognised, but {}", cut(print.frames.len())))
        } else {
            Ok(verdicts)
        }
    }

    /// The pictures that stand in the page itself.
    async fn inline(&self, content: &Content) -> Vec<Looked> {
        let mut looked = Vec::new();
        for image in &content.images {
            if let ImageSource::Inline(bytes) = &image.source {
                let print = self.pool.fingerprint(bytes.clone(), self.own.depth.for_found()).await;
                // Too small to show anything: decoration.
                if !matches!(&print, Err(why) if why.kind == ProblemKind::Limit) {
                    looked.push(print.ok().map(|print| (None, print)));
                }
            }
        }
        looked
    }

    /// "Could not look" is not "not yours": where nothing was recognised, what was not seen is told.
    fn told(&self, url: &Url, content: &Content, mentions: &[Mention], looked: Vec<Looked>, refused: usize) -> Checked {
        let all = looked.len() + refused;
        let prints: Vec<_> = looked.iter().flatten().map(|(image, print)| (image.clone(), print)).collect();
        let verdicts = self.judge(url, content, mentions, &prints);
        if !verdicts.is_empty() {
            return Ok(verdicts);
        }
        let unseen = all - prints.len();
        if unseen > 0 {
            return Err(format!("{unseen} of {all} pictures could not be looked at; in the rest nothing was recognised"));
        }
        if let Some((_, print)) = prints.iter().find(|(_, print)| print.cut) {
            return Err(format!(
                "nothing was recognised, but one of its pictures was not looked at as a whole: {}",
                cut(print.frames.len())
            ));
        }
        if !content.limits.is_empty() {
            return Err("nothing was recognised, but it is too large to be looked at as a whole".into());
        }
        Ok(verdicts)
    }

    async fn address(&self, url: &Url) -> Checked {
        let Some(fetcher) = &self.fetcher else { return Err("cannot be asked for".into()) };
        let (source, cookies) = (source::guess(url), Cookies::default());
        let Visit { page, content, is_picture, blind } =
            visit(fetcher, None, url, source, &cookies, &Paths::default()).await.map_err(|(kind, detail)| explain(kind, &detail))?;
        if is_picture {
            return self.bytes(page.body, None, &page.url, false).await;
        }
        let mentions = self.own.names.find(&content.blocks);
        let (mut sources, mut refused) = (HashMap::<String, Url>::new(), 0);
        for image in &content.images {
            match &image.source {
                ImageSource::Url(source) if same_site(&page.url, source) || !self.own.in_address(source) => {
                    sources.insert(source.to_string(), source.clone());
                }
                ImageSource::Url(_) => refused += 1,
                ImageSource::Inline(_) => {}
            }
        }
        let looks = sources.into_values().map(|source| {
            let cookies = &cookies;
            async move {
                let Ok(Answer::Body(picture)) = fetcher.fetch(&ask(&source, What::Picture, Source::Page, cookies)).await else {
                    return Some(None);
                };
                match self.pool.fingerprint(picture.body, self.own.depth.for_found()).await {
                    Ok(print) => Some(Some((Some(source.to_string()), print))),
                    Err(why) if why.kind == ProblemKind::Limit => None,
                    Err(_) => Some(None),
                }
            }
        });
        let mut looked: Vec<Looked> =
            futures_util::stream::iter(looks).buffer_unordered(8).filter_map(|look| async { look }).collect().await;
        looked.extend(self.inline(&content).await);
        match (blind, self.told(&page.url, &content, &mentions, looked, refused)) {
            (Some(kind), Ok(matches)) if matches.is_empty() => Err(explain(kind, "")),
            (_, told) => told,
        }
    }

    fn judge(&self, url: &Url, content: &Content, mentions: &[Mention], prints: &[(Option<String>, &Fingerprint)]) -> Vec<Verdict> {
        let mut pictures = Vec::new();
        for (image, print) in prints {
            for found in self.own.originals.find(print) {
                let Some((id, label)) = self.own.labels.get(found.original as usize) else { continue };
                pictures.push(PictureSighting {
                    image: image.clone(),
                    original: id.clone(),
                    label: label.clone(),
                    how: found.how.iter().map(ToString::to_string).collect(),
                    confidence: found.confidence,
                    near: 0,
                    section: 0,
                });
            }
        }
        judge(&self.own.person, &Seen { url, place: url, blocks: &content.blocks, mentions, pictures: &pictures })
    }
}

/// Archives, programs and the like: bytes that no text has, or the first bytes of a packed format.
fn is_binary(bytes: &[u8]) -> bool {
    let utf16 = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
    let packed: [&[u8]; 6] = [b"PK\x03\x04", b"\x1f\x8b", b"%PDF", b"\x7fELF", b"7z\xbc\xaf", b"Rar!"];
    let head = bytes.get(..4096).unwrap_or(bytes);
    let odd = head.iter().filter(|b| **b < 0x20 && !b"\t\n\r\x0c\x1b".contains(b)).count();
    packed.iter().any(|magic| bytes.starts_with(magic)) || (!utf16 && odd * 20 > head.len())
}

fn explain(kind: ProblemKind, detail: &str) -> String {
    words::of(crate::model::Language::En).problem(kind, &harmless(detail))
}

/// A place for what has none: the reserved domain `invalid` (RFC 2606) is nobody's own page.
fn placeless() -> Url {
    static PLACE: std::sync::LazyLock<Option<Url>> = std::sync::LazyLock::new(|| Url::parse("http://file.invalid/").ok());
    PLACE.clone().unwrap_or_else(|| unreachable!("a constant address parses"))
}
