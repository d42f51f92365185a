//! The end of a page: addresses become absolute, each is kept once, and what is too much is counted.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::hash::BuildHasher;

use url::Url;

use super::address;
use super::collect::{Collector, RawLink, Source, VISIBLE_LETTERS};
use super::paging::Row;
use crate::model::{Content, ImageRef, ImageSource, LimitHit, Link, Place};

impl Collector<'_> {
    /// Resolves and sorts out. `address`: where the page came from.
    pub fn finish(mut self, address: &Url) -> Content {
        self.end_block();
        let base = self.base.as_deref().and_then(|b| address.join(b).ok());
        let base = base.filter(|b| matches!(b.scheme(), "http" | "https")).unwrap_or_else(|| address.clone());
        let mut content = Content { title: self.title.take().unwrap_or_default(), ..Content::default() };
        let places = self.resolve_blocks(&base, &mut content);
        let links = std::mem::take(&mut self.links);
        self.resolve_links(&links, &base, address, &mut content);
        self.resolve_pictures(&links, &base, &places, &mut content);
        if self.text_left_out > 0 {
            content.limits.push(LimitHit::Text(self.text_left_out));
        }
        content.visible = self.letters >= VISIBLE_LETTERS || (self.shown && !content.images.is_empty());
        content
    }

    /// Keeps the blocks; gives for each old index the new one.
    fn resolve_blocks(&mut self, base: &Url, content: &mut Content) -> Vec<usize> {
        let mut places = Vec::with_capacity(self.blocks.len() + 1);
        let mut seen = HashSet::new();
        let mut full = false;
        for mut block in std::mem::take(&mut self.blocks) {
            places.push(content.blocks.len());
            if block.place == Place::Link {
                if full {
                    self.text_left_out += block.text.len();
                    continue;
                }
                let Ok(url) = base.join(&block.text) else {
                    continue;
                };
                if !seen.insert(self.hasher.hash_one(url.as_str())) {
                    continue;
                }
                let text = String::from(url);
                // Part of an address says nothing: all or nothing.
                if self.room(&text).len() < text.len() {
                    self.text_left_out += text.len();
                    full = true;
                    continue;
                }
                self.text += text.len();
                block.text = text;
            }
            if !block.text.is_empty() {
                content.blocks.push(block);
            }
        }
        places.push(content.blocks.len());
        places
    }

    fn resolve_links(&mut self, links: &[RawLink], base: &Url, address: &Url, content: &mut Content) {
        let own = bare(address.clone());
        let row = Row::new(own.clone());
        let mut kept: HashMap<u64, Option<usize>> = HashMap::new();
        let mut left_out = 0;
        let mut known = HashSet::new();
        for raw in links {
            // The same words again, and nothing new about them.
            let again = !known.insert(self.hasher.hash_one(&raw.address));
            if raw.quiet || (again && !raw.next && raw.number.is_none()) {
                continue;
            }
            let Some(url) = web(base, &raw.address) else {
                continue;
            };
            if url == own || address::looks_like_picture(&url) {
                continue;
            }
            let numbered = raw.number.is_some_and(|number| row.goes_on(&url, number));
            let next = raw.next || numbered;
            match kept.entry(self.hasher.hash_one(url.as_str())) {
                Entry::Occupied(found) => {
                    if let Some(link) = found.get().and_then(|at| content.links.get_mut(at)) {
                        link.next |= next;
                    }
                }
                Entry::Vacant(free) => {
                    let room = content.links.len() < self.settings.max_links;
                    free.insert(room.then_some(content.links.len()));
                    if room {
                        content.links.push(Link { url, next });
                    } else {
                        left_out += 1;
                    }
                }
            }
        }
        if left_out > 0 {
            content.limits.push(LimitHit::Links(left_out));
        }
    }

    fn resolve_pictures(&mut self, links: &[RawLink], base: &Url, places: &[usize], content: &mut Content) {
        let mut seen = HashSet::new();
        let mut left_out = 0;
        for picture in std::mem::take(&mut self.pictures) {
            let source = match picture.source {
                Source::Inline(bytes) => ImageSource::Inline(bytes),
                Source::Address(address) => match web(base, &address) {
                    Some(url) if !address::ends_like_other_file(url.path()) => ImageSource::Url(url),
                    _ => continue,
                },
            };
            if let ImageSource::Url(url) = &source
                && !seen.insert(self.hasher.hash_one(url.as_str()))
            {
                continue;
            }
            if content.images.len() >= self.settings.max_images {
                left_out += 1;
                continue;
            }
            let near = places.get(picture.near).copied().unwrap_or(content.blocks.len());
            let leads_to = picture.leads_to.and_then(|at| links.get(at)).and_then(|link| web(base, &link.address));
            let itself = matches!((&source, &leads_to), (ImageSource::Url(a), Some(b)) if a == b);
            let leads_to = leads_to.filter(|_| !itself);
            content.images.push(ImageRef { source, near, section: picture.section, leads_to });
        }
        if left_out > 0 {
            content.limits.push(LimitHit::Images(left_out));
        }
    }
}

fn bare(mut url: Url) -> Url {
    url.set_fragment(None);
    url
}

/// An address on the web, without its fragment.
fn web(base: &Url, address: &str) -> Option<Url> {
    let mut url = base
        .join(address)
        .ok()
        .filter(|u| matches!(u.scheme(), "http" | "https") || u.scheme() == "file" && base.scheme() == "file")
        .map(bare)?;
    // A page cannot make us sign in anywhere: a login stays only where the page itself was had with it.
    if base.origin() != url.origin() || (base.username(), base.password()) != (url.username(), url.password()) {
        let _ = url.set_username("");
        let _ = url.set_password(None);
    }
    Some(url)
}
