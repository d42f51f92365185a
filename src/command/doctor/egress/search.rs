//! Looks for the owner's entries in bytes, in every notation that one would hide them in.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::percent_decode_str;

use crate::command::discreet::fold;
use crate::model::{Block, List, Place};
use crate::scan::Own;

/// What kind of entry it is; told in place of the entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Legal,
    Stage,
    Private,
    Context,
    Other,
    Original,
}

impl Kind {
    /// The key in the configuration.
    pub fn key(self) -> &'static str {
        match self {
            Self::Legal => "me.legal_names",
            Self::Stage => "me.stage_names",
            Self::Private => "me.private",
            Self::Context => "me.context",
            Self::Other => "me.other_people",
            Self::Original => "originals",
        }
    }
}

/// One entry, by kind and number from 1.
pub type Entry = (Kind, usize);

/// What is searched for.
pub struct Search<'a> {
    own: &'a Own,
    folded: Vec<(Entry, String)>,
}

/// An entry of fewer letters is looked for as a word of its own: as a part of others it would be everywhere.
const SHORT: usize = 6;
/// The same for a file: "1.jpg" says nothing.
const LEAST_PATH: usize = 8;
/// A run of letters that may be base64 or hexadecimal.
const LEAST_RUN: usize = 8;

impl<'a> Search<'a> {
    /// For all entries of `own`, and the paths of originals.
    pub fn new(own: &'a Own, paths: &[String]) -> Self {
        let person = &own.person;
        let lists = [
            (Kind::Legal, &person.legal_names),
            (Kind::Stage, &person.stage_names),
            (Kind::Private, &person.private),
            (Kind::Context, &person.context),
            (Kind::Other, &person.other_people),
        ];
        let mut folded: Vec<(Entry, String)> = Vec::new();
        for (kind, list) in lists {
            folded.extend(list.iter().zip(1..).map(|(secret, n)| ((kind, n), fold(secret.reveal()))));
        }
        let labels = own.labels.iter().map(|(_, label)| label.as_str()).zip(1..);
        let files = labels.chain(paths.iter().map(String::as_str).zip(1..)).map(|(path, n)| ((Kind::Original, n), fold(path)));
        folded.extend(files.filter(|(_, path)| path.chars().count() >= LEAST_PATH));
        folded.retain(|(_, text)| text.chars().count() >= 3);
        Self { own, folded }
    }

    /// How many entries there are of each kind.
    pub fn count(&self) -> usize {
        let mut all: Vec<Entry> = self.folded.iter().map(|(entry, _)| *entry).collect();
        all.sort_unstable();
        all.dedup();
        all.len()
    }

    /// The entries that `bytes` hold, in order.
    pub fn find(&self, bytes: &[u8]) -> Vec<Entry> {
        let mut found = Vec::new();
        for text in readings(bytes) {
            let whole = fold(&text);
            let words: Vec<String> = text.split(|c: char| !c.is_alphanumeric()).map(fold).filter(|w| !w.is_empty()).collect();
            for (entry, secret) in &self.folded {
                let short = secret.chars().count() < SHORT;
                if if short { words.contains(secret) } else { whole.contains(secret.as_str()) } {
                    found.push(*entry);
                }
            }
            let block = Block { text, place: Place::Link, section: 0 };
            found.extend(self.own.names.find(&[block]).iter().map(|mention| {
                let kind = match mention.list {
                    List::Legal => Kind::Legal,
                    List::Stage => Kind::Stage,
                    List::Private => Kind::Private,
                    List::Context => Kind::Context,
                };
                (kind, mention.entry + 1)
            }));
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// The texts that bytes may mean.
fn readings(bytes: &[u8]) -> Vec<String> {
    let plain = String::from_utf8_lossy(bytes).into_owned();
    let once = percent_decode_str(&plain).decode_utf8_lossy().into_owned();
    let twice = percent_decode_str(&once).decode_utf8_lossy().into_owned();
    let mut out = vec![plain.replace('+', " "), once.replace('+', " "), twice, quoted_printable(bytes)];
    out.extend(
        plain
            .split(|c: char| !(c.is_alphanumeric() || "-.".contains(c)))
            .filter(|t| t.contains("xn--"))
            .map(|t| idna::domain_to_unicode(t).0),
    );
    // Mails break base64 into lines.
    let unbroken = plain.replace("\r\n", "").replace('\n', "");
    for text in [&plain, &unbroken, &once] {
        for run in text.split(|c: char| !(c.is_ascii_alphanumeric() || "+/-_".contains(c))).filter(|r| r.len() >= LEAST_RUN) {
            let decoded = [
                URL_SAFE_NO_PAD.decode(run),
                STANDARD_NO_PAD.decode(run),
                STANDARD_NO_PAD.decode(run.get(..run.len() / 4 * 4).unwrap_or_default()),
            ];
            out.extend(decoded.into_iter().flatten().chain(hex(run)).filter_map(|b| String::from_utf8(b).ok()));
        }
    }
    out.sort_unstable();
    out.dedup();
    out
}

fn hex(run: &str) -> Option<Vec<u8>> {
    let pairs =
        run.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok().filter(|_| pair.len() == 2));
    pairs.collect()
}

fn quoted_printable(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes).replace("=\r\n", "").replace("=\n", "");
    percent_decode_str(&text.replace('%', " ").replace('=', "%")).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_notation_is_read() {
        for text in [
            "GET /Mira%20Sandoval",
            "GET /mira%2Dsandoval",
            "GET /%256Dira+sandoval",
            "x: TWlyYSBTYW5kb3ZhbA==",
            "x: TWlyYSBTYW5k\r\nb3ZhbA==\r\n",
            "x: 4d6972612053616e646f76616c",
            "x: MIRA_SANDOVAL",
            "Míra Sandóval",
            "=4Dira=20Sand=\r\noval",
            "Ｍｉｒａ Ｓａｎｄｏｖａｌ",
        ] {
            assert!(readings(text.as_bytes()).iter().any(|t| fold(t).contains("mirasandoval")), "{text}");
        }
        assert!(!readings(b"GET /mirasandova HTTP/1.1").iter().any(|t| fold(t).contains("mirasandoval")));
    }
}
