//! Our tokenizer against html5ever's, on any mixture of what is special in HTML.

use std::cell::RefCell;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{
    BufferQueue, TagKind, Token as Theirs, TokenSink, TokenSinkResult, Tokenizer as TheirTokenizer, states::RawKind,
};
use proptest::prelude::*;

use crate::extract::entity;
use crate::extract::token::{Token, Tokenizer};

/// Writes down what html5ever's tokenizer gives, switching its states as its tree builder would.
#[derive(Default)]
struct Notes(RefCell<Vec<String>>);

fn note(notes: &mut Vec<String>, kind: char, text: &str) {
    match notes.last_mut().filter(|last| kind == 't' && last.starts_with('t')) {
        Some(last) => last.push_str(text),
        None if kind == 't' && text.is_empty() => {}
        None => notes.push(format!("{kind}{text}")),
    }
}

fn start(name: &str, attrs: impl Iterator<Item = (String, String)>, closing: bool) -> String {
    let mut seen = std::collections::HashSet::new();
    let attrs: Vec<_> = attrs.filter(|(n, _)| seen.insert(n.clone())).collect();
    format!("{name}{attrs:?}{closing}")
}

impl TokenSink for Notes {
    type Handle = ();

    fn process_token(&self, token: Theirs, _line: u64) -> TokenSinkResult<()> {
        let mut notes = self.0.borrow_mut();
        match token {
            Theirs::CharacterTokens(text) => note(&mut notes, 't', &text),
            Theirs::CommentToken(text) => note(&mut notes, 'c', &text),
            Theirs::TagToken(tag) if tag.kind == TagKind::EndTag => note(&mut notes, 'e', &tag.name),
            Theirs::TagToken(tag) => {
                let attrs = tag.attrs.iter().map(|a| (a.name.local.to_string(), a.value.to_string()));
                note(&mut notes, 's', &start(&tag.name, attrs, tag.self_closing));
                return match &*tag.name {
                    "script" => TokenSinkResult::RawData(RawKind::ScriptData),
                    "style" => TokenSinkResult::RawData(RawKind::Rawtext),
                    "title" => TokenSinkResult::RawData(RawKind::Rcdata),
                    _ => TokenSinkResult::Continue,
                };
            }
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

fn theirs(text: &str) -> Vec<String> {
    let tokenizer = TheirTokenizer::new(Notes::default(), Default::default());
    let queue = BufferQueue::default();
    queue.push_back(StrTendril::from(text));
    let _ = tokenizer.feed(&queue);
    tokenizer.end();
    tokenizer.sink.0.into_inner()
}

fn ours(text: &str) -> Vec<String> {
    let mut notes = Vec::new();
    let mut tokens = Tokenizer::new(text);
    while let Some(token) = tokens.next() {
        match token {
            Token::Text(text) => note(&mut notes, 't', &text),
            Token::Comment(text) => note(&mut notes, 'c', text),
            Token::End(name) => note(&mut notes, 'e', &name),
            Token::Start(tag) => {
                let attrs = tag.attrs.iter().map(|a| (a.name.to_string(), a.value().into_owned()));
                note(&mut notes, 's', &start(&tag.name, attrs, tag.self_closing));
                match &*tag.name {
                    "script" => note(&mut notes, 't', tokens.script()),
                    "style" => note(&mut notes, 't', tokens.raw_text("style")),
                    "title" => note(&mut notes, 't', &entity::decode(tokens.raw_text("title"), false)),
                    _ => {}
                }
            }
        }
    }
    notes
}

const PIECES: [&str; 48] = [
    "<",
    "</",
    ">",
    "/>",
    "a",
    "B",
    " ",
    "\n",
    "=",
    "'",
    "\"",
    "/",
    "<p",
    "<img src",
    "<!--",
    "--",
    "-->",
    "--!>",
    "-",
    "!",
    "<!",
    "<!doctype x",
    "<?",
    "<script>",
    "</script>",
    "<script",
    "</script",
    "<style>",
    "</style>",
    "</STYLE x",
    "<title>",
    "</title>",
    "&",
    "&amp;",
    "&amp",
    "&notit;",
    "&#x41;",
    "&#65",
    "&#",
    "&copy=",
    ";",
    "é",
    "写",
    "[CDATA[",
    "]]>",
    "<!-->",
    "<!--->",
    "&#128;",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 2000 } else { 200_000 }))]

    #[test]
    fn html5ever_reads_the_same(parts in prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..24)) {
        let text = parts.concat();
        prop_assert_eq!(ours(&text), theirs(&text), "{}", text);
    }
}
