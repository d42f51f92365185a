//! A browser's picture of its page (DevTools, `DOMSnapshot.captureSnapshot`) written as HTML: frames and shadow trees in their
//! places, the address that each picture was really loaded from, pictures in backgrounds. Flat tables in, so that no depth of
//! a page can overflow anything; all that is read is outside data.

use std::collections::{HashMap, HashSet};

use serde_json::Value;
use url::Url;

/// Frames inside frames that are written.
const FRAMES_DEEP: u32 = 8;

/// What the snapshot shows.
#[derive(Debug, Default, PartialEq)]
pub struct Snapshot {
    /// As HTML.
    pub html: String,
    /// Addresses of pictures that stand in it.
    pub shown: HashSet<String>,
    /// Where something stands that has no address: its place on the page, and where in `html` its picture goes.
    pub spots: Vec<Spot>,
    /// The same inside frames, whose places are not known.
    pub framed: usize,
}

/// See [`Snapshot::spots`].
#[derive(Clone, Debug, PartialEq)]
pub struct Spot {
    /// Left, top, width, height in pixels of the page.
    pub place: [f64; 4],
    /// A byte of [`Snapshot::html`] between two elements.
    pub at: usize,
}

/// Reads a snapshot and writes at most `most` bytes; `None` where there would be more.
pub fn html(snapshot: &Value, most: usize) -> Option<Snapshot> {
    let strings: Vec<&str> = list(snapshot, "strings").map(|s| s.as_str().unwrap_or_default()).collect();
    let documents: Vec<Document<'_>> = list(snapshot, "documents").map(|d| Document::of(d, &strings)).collect();
    let mut writer =
        Writer { documents: &documents, strings: &strings, most, out: Snapshot::default(), written: HashSet::new(), based: false };
    writer.document(0, FRAMES_DEEP)?;
    Some(writer.out)
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn number(value: &Value) -> Option<usize> {
    value.as_u64().and_then(|n| n.try_into().ok())
}

/// A table of the few nodes that have something: their numbers, and what they have.
fn rare<'a>(nodes: &'a Value, key: &str, strings: &[&'a str]) -> HashMap<usize, &'a str> {
    let Some(table) = nodes.get(key) else { return HashMap::new() };
    let values = list(table, "value").map(|v| number(v).and_then(|v| strings.get(v)).copied().unwrap_or_default());
    list(table, "index").map(|i| number(i).unwrap_or(usize::MAX)).zip(values).collect()
}

struct Document<'a> {
    nodes: &'a Value,
    base: &'a str,
    parents: Vec<Option<usize>>,
    frames: HashMap<usize, usize>,
    shadows: HashMap<usize, &'a str>,
    sources: HashMap<usize, &'a str>,
    inputs: HashMap<usize, &'a str>,
    texts: HashMap<usize, &'a str>,
    backgrounds: HashMap<usize, &'a str>,
    places: HashMap<usize, [f64; 4]>,
}

impl<'a> Document<'a> {
    fn of(document: &'a Value, strings: &[&'a str]) -> Self {
        static NOTHING: Value = Value::Null;
        let nodes = document.get("nodes").unwrap_or(&NOTHING);
        let layout = document.get("layout").unwrap_or(&NOTHING);
        let frames = nodes.get("contentDocumentIndex").unwrap_or(&NOTHING);
        let drawn: Vec<usize> = list(layout, "nodeIndex").map(|i| number(i).unwrap_or(usize::MAX)).collect();
        let style = |styles: &'a Value| styles.as_array().and_then(|s| s.first()).and_then(number).and_then(|s| strings.get(s)).copied();
        let place = |bounds: &Value| {
            let mut sides = bounds.as_array()?.iter().filter_map(Value::as_f64);
            Some([sides.next()?, sides.next()?, sides.next()?, sides.next()?])
        };
        let backgrounds = drawn.iter().copied().zip(list(layout, "styles").map(style));
        let places = drawn.iter().copied().zip(list(layout, "bounds").map(place));
        let base = document.get("baseURL").and_then(number).and_then(|at| strings.get(at)).copied().unwrap_or_default();
        Self {
            nodes,
            base,
            parents: list(nodes, "parentIndex").map(number).collect(),
            frames: list(frames, "index").filter_map(number).zip(list(frames, "value").filter_map(number)).collect(),
            shadows: rare(nodes, "shadowRootType", strings),
            sources: rare(nodes, "currentSourceURL", strings),
            inputs: rare(nodes, "inputValue", strings),
            texts: rare(nodes, "textValue", strings),
            backgrounds: backgrounds.filter_map(|(at, style)| Some((at, style.filter(|s| s.contains("url("))?))).collect(),
            places: places.filter_map(|(at, place)| Some((at, place?))).collect(),
        }
    }
}

/// An element that is open, by its number; of those that are only passed through the name is empty.
struct Open {
    node: usize,
    name: String,
    /// Nothing of what is inside is written.
    hidden: bool,
}

struct Writer<'a> {
    documents: &'a [Document<'a>],
    strings: &'a [&'a str],
    most: usize,
    out: Snapshot,
    written: HashSet<usize>,
    /// The page's own base is written.
    based: bool,
}

const VOID: [&str; 14] = ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"];

impl Writer<'_> {
    /// `None` where it became too long.
    fn document(&mut self, number: usize, deep: u32) -> Option<()> {
        let (documents, strings) = (self.documents, self.strings);
        // A frame's document belongs to one frame.
        let Some(document) = documents.get(number).filter(|_| self.written.insert(number)) else { return Some(()) };
        let mut open: Vec<Open> = Vec::new();
        let base = (number != 0).then(|| Url::parse(document.base).ok()).flatten();
        let text = |value: &Value| number_of(value, strings);
        let column = |key: &str| document.nodes.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let (kinds, names, values, attributes) = (column("nodeType"), column("nodeName"), column("nodeValue"), column("attributes"));
        for (node, parent) in document.parents.iter().enumerate() {
            while open.last().is_some_and(|last| Some(last.node) != *parent) {
                self.close(open.pop());
            }
            let above = open.last();
            let hidden = above.is_some_and(|above| above.hidden);
            let kind = kinds.get(node).and_then(Value::as_u64).unwrap_or_default();
            let passed = |hidden| Open { node, name: String::new(), hidden };
            match kind {
                3 if !hidden => {
                    let value = values.get(node).map(text).unwrap_or_default();
                    match above.map(|above| above.name.as_str()) {
                        // What a script holds is no markup, and must neither end it nor keep it from ending.
                        Some("script" | "style") => self.out.html.push_str(&value.replace('<', "\\u003c")),
                        _ => self.escaped(value),
                    }
                }
                1 => {
                    let mut name = names.get(node).map(text).unwrap_or_default().to_ascii_lowercase();
                    // Elements whose inside a parser would take as text, however it is written.
                    let swallows = matches!(name.as_str(), "iframe" | "frame" | "plaintext" | "xmp" | "noembed" | "noframes" | "textarea");
                    if swallows || name == "title" && above.is_none_or(|above| above.name != "head") {
                        name = "div".into();
                    }
                    let plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
                    let in_picture = above.is_some_and(|above| above.name == "picture");
                    // With scripts on, nobody sees a noscript; a picture's other sources were not taken.
                    let hidden = hidden
                        || !plain
                        || (name == "noscript" || name == "base" && (number != 0 || std::mem::replace(&mut self.based, true)))
                        || name == "source" && in_picture;
                    if hidden {
                        open.push(passed(true));
                        continue;
                    }
                    let pairs: Vec<&str> = attributes.get(node).and_then(Value::as_array).into_iter().flatten().map(text).collect();
                    self.element(document, node, &name, &pairs, base.as_ref());
                    open.push(Open { node, name, hidden: false });
                    if let Some(frame) = document.frames.get(&node).filter(|_| deep > 0) {
                        self.document(*frame, deep - 1)?;
                    }
                }
                // A shadow tree's root and documents are passed through; the browser's own trees (of a video's buttons) are not.
                _ => open.push(passed(hidden || document.shadows.get(&node).is_some_and(|kind| *kind == "user-agent"))),
            }
            if self.out.html.len() > self.most {
                return None;
            }
        }
        while let Some(last) = open.pop() {
            self.close(Some(last));
        }
        Some(())
    }

    fn element(&mut self, document: &Document<'_>, node: usize, name: &str, pairs: &[&str], base: Option<&Url>) {
        let source = document.sources.get(&node).copied().unwrap_or_default();
        let before = self.out.html.len();
        let loaded = name == "img" && (source.starts_with("http") || source.starts_with("data:"));
        self.out.html.push('<');
        self.out.html.push_str(name);
        for pair in pairs.chunks(2) {
            let [key, value] = pair else { continue };
            let plain =
                !key.is_empty() && key.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'\'' | b'>' | b'/' | b'=' | b'<'));
            let replaced = loaded && matches!(*key, "src" | "srcset" | "sizes");
            if plain && !replaced && !key.starts_with("on") {
                // A frame has addresses of its own.
                let joined = base.filter(|_| matches!(*key, "href" | "src")).and_then(|base| base.join(value).ok());
                self.attribute(key, joined.as_ref().map_or(value, |url| url.as_str()));
            }
        }
        if loaded {
            self.attribute("src", source);
            self.out.shown.insert(source.to_string());
        }
        for (table, key) in [(&document.inputs, "value"), (&document.texts, "data-value")] {
            if let Some(value) = table.get(&node) {
                self.attribute(key, value);
            }
        }
        self.out.html.push('>');
        if let Some(style) = document.backgrounds.get(&node) {
            self.out.html.push_str("<i");
            self.attribute("style", &format!("background-image: {style}"));
            self.out.html.push_str("></i>");
            let urls = style.split("url(\"").skip(1).filter_map(|rest| rest.split('"').next());
            self.out.shown.extend(urls.map(str::to_string));
        }
        let drawn = matches!(name, "canvas" | "video") || name == "img" && source.starts_with("blob:");
        let in_frame = !self.documents.first().is_some_and(|first| std::ptr::eq(document, first));
        self.out.framed += usize::from(drawn && in_frame && document.places.contains_key(&node));
        if let Some(place) = document.places.get(&node).filter(|_| drawn && !in_frame) {
            self.out.spots.push(Spot { place: *place, at: before });
        }
    }

    fn close(&mut self, last: Option<Open>) {
        if let Some(Open { name, hidden: false, .. }) = last
            && !name.is_empty()
            && !VOID.contains(&name.as_str())
        {
            self.out.html.push_str("</");
            self.out.html.push_str(&name);
            self.out.html.push('>');
        }
    }

    fn attribute(&mut self, key: &str, value: &str) {
        self.out.html.push(' ');
        self.out.html.push_str(key);
        self.out.html.push_str("=\"");
        self.escaped(value);
        self.out.html.push('"');
    }

    fn escaped(&mut self, text: &str) {
        escape(text, &mut self.out.html);
    }
}

/// Writes text so that it is no markup.
pub fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
}

fn number_of<'a>(value: &Value, strings: &[&'a str]) -> &'a str {
    number(value).and_then(|n| strings.get(n)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A snapshot of rows (parent, kind, name, value, attributes), and what else the nodes have.
    fn snapshot(rows: &[(i64, u64, &str, &str, &[&str])], more: Value, layout: Value) -> Value {
        let mut strings: Vec<String> = Vec::new();
        let mut at = |text: &str| {
            let found = strings.iter().position(|s| s == text);
            json!(found.unwrap_or_else(|| {
                strings.push(text.to_string());
                strings.len() - 1
            }))
        };
        let mut nodes = json!({
            "parentIndex": rows.iter().map(|r| r.0).collect::<Vec<_>>(),
            "nodeType": rows.iter().map(|r| r.1).collect::<Vec<_>>(),
            "nodeName": rows.iter().map(|r| at(r.2)).collect::<Vec<_>>(),
            "nodeValue": rows.iter().map(|r| at(r.3)).collect::<Vec<_>>(),
            "attributes": rows.iter().map(|r| r.4.iter().map(|a| at(a)).collect::<Vec<_>>()).collect::<Vec<_>>(),
        });
        for (key, table) in more.as_object().unwrap() {
            let values: Vec<Value> = table["value"].as_array().unwrap().iter().map(|v| v.as_str().map_or(v.clone(), &mut at)).collect();
            nodes[key] = json!({ "index": table["index"], "value": values });
        }
        let mut layout = layout;
        if let Some(styles) = layout.get("styles").cloned() {
            layout["styles"] = styles.as_array().unwrap().iter().map(|s| json!([at(s.as_str().unwrap())])).collect();
        }
        json!({ "strings": strings, "documents": [{ "nodes": nodes, "layout": layout }] })
    }

    #[test]
    fn what_people_see_is_written() {
        let rows: &[(i64, u64, &str, &str, &[&str])] = &[
            (-1, 9, "#document", "", &[]),
            (0, 1, "BODY", "", &["onload", "x()", "class", "a\"b"]),
            (1, 1, "IMG", "", &["src", "/small.jpg", "srcset", "/large.jpg 2x", "alt", "a"]),
            (1, 1, "X-POST", "", &[]),
            (3, 11, "#document-fragment", "", &[]),
            (4, 3, "#text", "in the <shadow>", &[]),
            (1, 1, "NOSCRIPT", "", &[]),
            (6, 3, "#text", "<p>not seen", &[]),
            (1, 1, "CANVAS", "", &[]),
            (1, 1, "VIDEO", "", &[]),
            (9, 11, "#document-fragment", "", &[]),
            (10, 3, "#text", "0:00", &[]),
            (1, 1, "DIV", "", &[]),
            (1, 1, "SCRIPT", "", &[]),
            (13, 3, "#text", "a</script><b>", &[]),
        ];
        let more = json!({
            "currentSourceURL": { "index": [2], "value": ["https://x.example/large.jpg"] },
            "shadowRootType": { "index": [4, 10], "value": ["closed", "user-agent"] },
        });
        let layout = json!({
            "nodeIndex": [8, 12], "styles": ["none", "url(\"https://x.example/bg.jpg\")"], "bounds": [[1, 2, 300, 200], [0, 0, 1, 1]],
        });
        let Snapshot { html, shown, spots, .. } = html(&snapshot(rows, more, layout), 10_000).unwrap();
        assert_eq!(
            html,
            "<body class=\"a&quot;b\"><img alt=\"a\" src=\"https://x.example/large.jpg\"><x-post>in the &lt;shadow&gt;</x-post><canvas></canvas>\
             <video></video><div><i style=\"background-image: url(&quot;https://x.example/bg.jpg&quot;)\"></i></div>\
             <script>a\\u003c/script>\\u003cb></script></body>"
        );
        assert_eq!(spots.iter().map(|s| s.place).collect::<Vec<_>>(), [[1.0, 2.0, 300.0, 200.0]]);
        assert!(shown.contains("https://x.example/bg.jpg") && shown.len() == 2);
    }

    #[test]
    fn depth_and_length_are_bounded() {
        let rows: Vec<(i64, u64, &str, &str, &[&str])> = (0..50_000).map(|n| (n - 1, 1, "B", "", &[] as &[&str])).collect();
        let deep = snapshot(&rows, json!({}), json!({}));
        assert_eq!(html(&deep, 1 << 20).unwrap().html.len(), 50_000 * 7);
        assert_eq!(html(&deep, 1000), None);
        // Frames that hold one another end.
        let rows: &[(i64, u64, &str, &str, &[&str])] = &[(-1, 1, "IFRAME", "", &[])];
        let around = snapshot(rows, json!({ "contentDocumentIndex": { "index": [0], "value": [0] } }), json!({}));
        assert_eq!(html(&around, 1000).unwrap().html, "<div></div>");
        assert_eq!(html(&json!({ "documents": [{ "nodes": 7 }, 8], "strings": [9] }), 1000).unwrap().html, "");
    }
}
