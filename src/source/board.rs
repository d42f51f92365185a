//! Image boards with the JSON of 4chan (github.com/4chan/4chan-API) and of vichan, which has the same: the catalogue of a
//! board, and its threads.

use serde_json::Value;
use url::Url;

use super::draft::{Draft, list, text};

/// Endings of what is a picture; of others the board shows a preview.
const PICTURES: [&str; 7] = [".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif", ".bmp"];

/// A board, and a thread of it.
struct Place {
    /// The address of the board's folder, with a slash at its end.
    folder: Url,
    thread: Option<u64>,
    fourchan: bool,
}

/// Whether the host is a board's whose JSON is known to lie elsewhere.
pub fn is_known(host: &str) -> bool {
    matches!(host, "boards.4chan.org" | "boards.4channel.org")
}

fn place(url: &Url) -> Option<Place> {
    let mut parts: Vec<&str> = url.path_segments()?.filter(|part| !part.is_empty()).collect();
    let number = |part: &str| part.split(|c: char| !c.is_ascii_digit()).next().and_then(|digits| digits.parse().ok());
    let mut thread = None;
    if let Some(at) = parts.iter().position(|part| matches!(*part, "res" | "thread")).filter(|at| *at > 0) {
        thread = Some(number(parts.get(at + 1)?)?);
        parts.truncate(at);
    } else if parts.len() > 1 && parts.last().is_some_and(|last| last.contains('.') || *last == "catalog" || number(last).is_some()) {
        parts.pop();
    }
    if parts.is_empty() {
        return None;
    }
    let mut folder = url.clone();
    folder.set_query(None);
    folder.set_fragment(None);
    folder.set_path(&format!("/{}/", parts.join("/")));
    Some(Place { fourchan: is_known(url.host_str()?.trim_start_matches("www.")), folder, thread })
}

impl Place {
    /// The address below the board's folder, on another host if 4chan has it there.
    fn below(&self, host: &str, path: &str) -> Option<Url> {
        let mut base = self.folder.clone();
        if self.fourchan {
            base.set_host(Some(host)).ok()?;
        }
        base.join(path).ok()
    }

    fn thread_at(&self, number: u64) -> Option<Url> {
        self.folder.join(&if self.fourchan { format!("thread/{number}") } else { format!("res/{number}.html") }).ok()
    }

    fn file(&self, post: &Value) -> Option<(Url, bool)> {
        let ending = text(post, &["ext"])?;
        let name = name(post)?;
        let path = if self.fourchan { format!("{name}{ending}") } else { format!("src/{name}{ending}") };
        Some((self.below("i.4cdn.org", &path)?, PICTURES.contains(&ending.to_ascii_lowercase().as_str())))
    }

    /// The preview of a film: what a page shows of it.
    fn preview(&self, post: &Value) -> Option<Url> {
        let film = matches!(text(post, &["ext"])?, ".webm" | ".mp4");
        let name = name(post)?;
        let path = if self.fourchan { format!("{name}s.jpg") } else { format!("thumb/{name}.jpg") };
        film.then(|| self.below("i.4cdn.org", &path)).flatten()
    }
}

/// Whether the address is a board's, not a thread's.
pub fn is_catalogue(url: &Url) -> bool {
    place(url).is_some_and(|place| place.thread.is_none())
}

/// What the board calls a post's file.
fn name(post: &Value) -> Option<String> {
    match post.get("tim")? {
        Value::Number(number) => Some(number.to_string()),
        Value::String(name) => Some(name.clone()),
        _ => None,
    }
}

/// The board's catalogue, or the thread, as JSON.
pub fn ask(url: &Url) -> Option<Url> {
    let place = place(url)?;
    match place.thread {
        None => place.below("a.4cdn.org", "catalog.json"),
        Some(number) if place.fourchan => place.below("a.4cdn.org", &format!("thread/{number}.json")),
        Some(number) => place.below("", &format!("res/{number}.json")),
    }
}

/// Reads a catalogue or a thread; `None` where the answer is neither.
pub fn draft(url: &Url, answer: &Value) -> Option<Draft> {
    let place = place(url)?;
    let mut out = Draft::default();
    if let Some(pages) = answer.as_array() {
        for thread in pages.iter().flat_map(|page| list(page, &["threads"])) {
            let at = thread.get("no").and_then(Value::as_u64).and_then(|number| place.thread_at(number));
            out.post(|out| {
                post(&place, thread, out);
                at.iter().for_each(|at| out.link(at.as_str(), "thread"));
            });
            let Some(at) = at else { continue };
            // When it last changed, and how many posts it had: a thread for which both are known is not asked for again.
            if let Some(changed) = thread.get("last_modified").and_then(Value::as_i64) {
                let replies = thread.get("replies").and_then(Value::as_i64).unwrap_or_default();
                out.mark(at, format!("m{changed}-{replies}"));
            }
        }
        return Some(out);
    }
    answer.get("posts")?;
    list(answer, &["posts"]).for_each(|one| out.post(|out| post(&place, one, out)));
    Some(out)
}

fn post(place: &Place, post: &Value, out: &mut Draft) {
    for key in ["name", "trip", "email", "sub"] {
        out.text(text(post, &[key]));
    }
    out.markup(text(post, &["com"]));
    for file in std::iter::once(post).chain(list(post, &["extra_files"])) {
        let Some((at, is_picture)) = place.file(file) else { continue };
        let name = text(file, &["filename"]).unwrap_or_default();
        if is_picture {
            if let Some(sum) = text(file, &["md5"]) {
                out.sum(at.clone(), sum);
            }
            out.picture(at.as_str(), name);
        } else if let Some(preview) = place.preview(file) {
            out.picture(preview.as_str(), name);
        }
        out.text(Some(name));
    }
}
