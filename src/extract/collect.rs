//! Gathers what a page holds, within the settings' bounds; resolves all addresses at the end, because a page's
//! base may come last.

use std::collections::HashSet;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

use super::address::MAX_ADDRESS;
use super::{Settings, fields, script, sniff};
use crate::model::{Block, Place};

/// Longer bases would make every short address on the page long.
const MAX_BASE: usize = 1024;

/// So many letters make a page that somebody can read.
pub(super) const VISIBLE_LETTERS: usize = 20;

pub(super) enum Source {
    Address(String),
    Inline(Vec<u8>),
}

pub(super) struct Picture {
    pub(super) source: Source,
    pub(super) near: usize,
    pub(super) section: u32,
    pub(super) leads_to: Option<usize>,
}

pub(super) struct RawLink {
    pub(super) address: String,
    pub(super) next: bool,
    /// The link's text, where it is a number.
    pub(super) number: Option<u32>,
    /// Only leads a thumbnail somewhere; not to be followed.
    pub(super) quiet: bool,
}

/// What was gathered so far.
pub struct Collector<'s> {
    pub(super) settings: &'s Settings,
    pub(super) base: Option<String>,
    pub(super) title: Option<String>,
    pub(super) blocks: Vec<Block>,
    pub(super) open: Option<usize>,
    /// The blocks of running text that ended since somebody asked.
    pub(super) ended: Vec<usize>,
    pub(super) pictures: Vec<Picture>,
    pub(super) links: Vec<RawLink>,
    pub(super) hasher: RandomState,
    pub(super) known: HashSet<u64>,
    pub(super) text: usize,
    pub(super) text_left_out: usize,
    pub(super) letters: usize,
    pub(super) shown: bool,
}

impl<'s> Collector<'s> {
    /// Nothing yet.
    pub fn new(settings: &'s Settings) -> Self {
        Self {
            settings,
            base: None,
            title: None,
            blocks: Vec::new(),
            open: None,
            ended: Vec::new(),
            pictures: Vec::new(),
            links: Vec::new(),
            hasher: RandomState::new(),
            known: HashSet::new(),
            text: 0,
            text_left_out: 0,
            letters: 0,
            shown: false,
        }
    }

    /// Notes `base href`; only the first counts.
    pub fn base(&mut self, address: &str) {
        self.base.get_or_insert_with(|| address.trim().chars().take(MAX_BASE).collect());
    }

    /// Notes the page's title; only the first counts as such, each becomes a block.
    pub fn title(&mut self, text: &str, section: u32) {
        let folded = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let room = self.room(&folded).to_owned();
        self.block(&folded, Place::Title, section);
        self.title.get_or_insert(room);
    }

    /// As much of `text` as there is room for.
    pub(super) fn room<'t>(&self, text: &'t str) -> &'t str {
        let room = self.settings.max_text.saturating_sub(self.text);
        if text.len() <= room { text } else { text.get(..text.floor_char_boundary(room)).unwrap_or("") }
    }

    fn admit<'t>(&mut self, text: &'t str) -> &'t str {
        let kept = self.room(text);
        self.text += kept.len();
        self.text_left_out += text.len() - kept.len();
        kept
    }

    /// On pages that are data, a reader sees the data.
    pub fn count_data_as_seen(&mut self) {
        let letters = self.blocks.iter().filter(|b| b.place == Place::Data).flat_map(|b| b.text.chars());
        self.letters += letters.filter(|c| c.is_alphabetic()).take(VISIBLE_LETTERS).count();
        self.shown = true;
    }

    /// Notes that so many bytes were not looked at.
    pub fn left_out(&mut self, bytes: usize) {
        self.text_left_out += bytes;
    }

    /// Running text: goes on with the open block, or opens one. `seen`: a reader sees it.
    pub fn text(&mut self, text: &str, place: Place, section: u32, seen: bool) {
        if self.open.and_then(|at| self.blocks.get(at)).is_some_and(|b| b.place != place || b.section != section) {
            self.end_block();
        }
        let text = if self.open.is_none() { text.trim_start() } else { text };
        if text.is_empty() {
            return;
        }
        if seen && self.letters < VISIBLE_LETTERS {
            self.letters += text.chars().filter(|c| c.is_alphabetic()).take(VISIBLE_LETTERS).count();
        }
        let kept = self.admit(text);
        if kept.is_empty() {
            return;
        }
        match self.open.and_then(|at| self.blocks.get_mut(at)) {
            Some(block) => block.text.push_str(kept),
            None => {
                self.open = Some(self.blocks.len());
                self.blocks.push(Block { text: kept.to_owned(), place, section });
            }
        }
    }

    /// A line break: only inside a block.
    pub fn line_break(&mut self) {
        if let Some(block) = self.open.and_then(|at| self.blocks.get_mut(at)) {
            block.text.push('\n');
        }
    }

    /// Other text comes between; give the result to [`Collector::resume`].
    pub fn set_aside(&mut self) -> Option<usize> {
        self.open.take()
    }

    /// Goes on with the running text that was set aside.
    pub fn resume(&mut self, open: Option<usize>) {
        self.end_block();
        self.open = open;
    }

    /// The running text ends here.
    pub fn end_block(&mut self) {
        let Some(at) = self.open.take() else { return };
        let Some(block) = self.blocks.get_mut(at) else { return };
        self.ended.push(at);
        let end = block.text.trim_end().len();
        block.text.truncate(end);
        if block.text.contains("://") {
            let (text, section) = (block.text.clone(), block.section);
            self.written_pictures(&text, section);
        }
    }

    /// Picture addresses that are written out in text.
    pub fn written_pictures(&mut self, text: &str, section: u32) {
        script::pictures(text, false, |address| self.picture(address, section, None, false));
    }

    /// A piece of text of its own; running text goes on after it.
    pub fn block(&mut self, text: &str, place: Place, section: u32) {
        let text = text.trim();
        if !text.chars().any(char::is_alphanumeric) {
            return;
        }
        let kept = self.admit(text);
        if !kept.is_empty() {
            self.blocks.push(Block { text: kept.to_owned(), place, section });
        }
    }

    /// An address of anything, as written; becomes text once it is resolved.
    pub fn address(&mut self, address: &str, section: u32) {
        let address = address.trim();
        let scripted = address.get(..11).is_some_and(|s| s.eq_ignore_ascii_case("javascript:"));
        let data = address.get(..5).is_some_and(|s| s.eq_ignore_ascii_case("data:"));
        if scripted || data || address.is_empty() || address.starts_with('#') || address.len() > MAX_ADDRESS {
            return;
        }
        if self.known.insert(self.hasher.hash_one(address)) {
            self.blocks.push(Block { text: address.to_owned(), place: Place::Link, section });
            fields::in_query(address).iter().for_each(|name| self.block(name, Place::Data, section));
        }
    }

    /// A picture, as written. `leads_to`: a link's number. `shown`: an element shows it, no data.
    pub fn picture(&mut self, address: &str, section: u32, leads_to: Option<usize>, shown: bool) {
        let address = address.trim();
        let near = self.blocks.len();
        if address.get(..5).is_some_and(|s| s.eq_ignore_ascii_case("data:")) {
            // Not before there is enough of it to be a picture.
            if let Some(bytes) = sniff::data_picture(address).filter(|b| b.len() >= 100)
                && self.known.insert(self.hasher.hash_one(("inline", &bytes)))
            {
                self.shown |= shown;
                self.pictures.push(Picture { source: Source::Inline(bytes), near, section, leads_to });
            }
            return;
        }
        if address.is_empty() || address.starts_with('#') || address.len() > MAX_ADDRESS {
            return;
        }
        self.shown |= shown;
        if self.known.insert(self.hasher.hash_one(("picture", address))) {
            self.address(address, section);
            self.pictures.push(Picture { source: Source::Address(address.to_owned()), near, section, leads_to });
        }
    }

    /// A link, as written; gives its number for [`Collector::picture`] and [`Collector::describe_link`].
    pub fn link(&mut self, address: &str, section: u32, next: bool, quiet: bool) -> Option<usize> {
        let address = address.trim();
        if address.is_empty() || address.starts_with('#') || address.len() > MAX_ADDRESS {
            return None;
        }
        self.address(address, section);
        self.links.push(RawLink { address: address.to_owned(), next, number: None, quiet });
        Some(self.links.len() - 1)
    }

    /// What became known of a link at its end.
    pub fn describe_link(&mut self, link: usize, next: bool, number: Option<u32>) {
        if let Some(link) = self.links.get_mut(link) {
            link.next |= next;
            link.number = number;
        }
    }
}
