//! One page through all stages. Every look yields a report; only a store that fails is an error.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::sync::Arc;

use url::Url;

use super::come::Came;
use super::gather::Gathered;
use super::links::{MOST_LINKS, budget, first_links, follow_ups, is_immutable, leads_on, marked, take_mark};
use super::pictures::{Had, PictureLook};
use super::{Scanner, blind, now, same_site};
use crate::fetch::{Ask, Cookies, Fetched, What};
use crate::judge::{PictureSighting, Seen, judge};
use crate::look::names::MOST_MENTIONS;
use crate::model::{Content, ImageRef, ImageSource, LimitHit, Mention, Problem, ProblemKind, Source, Watch};
use crate::shelf::Shelf;
use crate::source::{self, Read, Unread};
use crate::store::{Claim, Compared, Outcome, PageFacts, Report, Shown, StoreError, Validators};
use crate::{extract, look};

/// Pictures with a shorter side are decoration.
const LEAST_SIDE: u32 = 64;
/// A page is looked at as a whole at least so often, milliseconds.
const WHOLE_LOOK: u64 = 7 * 24 * 3600 * 1000;
/// For so long a list's word is taken that a page has not changed, milliseconds.
const MARKS_HOLD: u64 = 24 * 3600 * 1000;
/// Problems of one page that are told one by one.
const MOST_PROBLEMS: usize = 200;

/// A page that came, with what it shows.
struct Arrived {
    page: Fetched,
    body: String,
    content: Content,
    /// See [`Read::marks`].
    marks: Vec<(Url, String)>,
    /// How much it shows.
    much: Shown,
    /// See [`Read::sums`].
    sums: Vec<(Url, String)>,
    /// It lists what lies on a shelf.
    is_listing: bool,
    validators: Validators,
    /// Keyed hash of all that was read.
    read: String,
    /// Keyed hash of [`what_counts`]; of what was read last time, that of then.
    shown: String,
    mentions: Vec<Mention>,
    /// Why it is not looked at further.
    wrong: Option<ProblemKind>,
    /// Pictures that a browser had, by address.
    drawn: HashMap<Url, Arc<Vec<u8>>>,
}

impl Scanner {
    pub(super) async fn look(self: &Arc<Self>, claim: Claim, watch: Option<Arc<Watch>>) -> Result<Report, StoreError> {
        let mut report = self.look_in_its_time(claim, watch).await?;
        report.thread = Some(extract::thread_of(&report.url).into());
        report.tail = !report.facts.links.iter().any(|(_, next)| *next);
        report.once = is_immutable(&report.url);
        if report.once && report.facts.must_look_again() {
            report.looked_with = String::new();
        }
        Ok(report)
    }

    /// Looks, unless the list that led here says that nothing has changed.
    async fn look_in_its_time(self: &Arc<Self>, mut claim: Claim, watch: Option<Arc<Watch>>) -> Result<Report, StoreError> {
        let source = match &watch {
            Some(watch) if claim.own => source::of(watch.source, &claim.url),
            Some(watch) => source::of_linked(watch, &claim.url),
            None => source::guess(&claim.url),
        };
        // What the owner wrote has no mark, nor has what no list led to in this pass.
        let mark = take_mark(&mut claim.url, source).filter(|_| !claim.own && !claim.revisit);
        // The list that led here says that nothing has changed. It is not taken at its word for longer than a day.
        let asked_lately = now().abs_diff(claim.facts.asked_at) < MARKS_HOLD;
        if mark.is_some() && claim.facts.mark == mark && asked_lately && self.has_same_eyes(&claim, source) {
            let name = watch.as_ref().map_or_else(String::new, |w| w.name.clone());
            return Ok(self.unchanged(&claim, watch.as_deref(), &name, claim.facts.validators.clone()));
        }
        let mut report = self.look_at(&claim, watch.as_deref(), source).await?;
        if matches!(report.outcome, Outcome::Seen | Outcome::Unchanged) {
            report.facts.asked_at = now();
            report.facts.kind = Some(source.name().into());
        }
        // What came old, by way of a cache, is not what the list spoke of.
        if report.outcome == Outcome::Seen {
            report.facts.mark = mark;
        }
        if source.is_window() {
            // What is pushed out by newer posts stands there still.
            (report.pictures_unsure, report.text_unsure) = (true, true);
        }
        Ok(report)
    }

    /// Whether a page was last looked at with what it would be looked at with now, and nothing of it was left out. Now and
    /// then a page is looked at as a whole although it has not changed: its pictures may have.
    fn has_same_eyes(&self, claim: &Claim, source: Source) -> bool {
        let same_kind = claim.facts.kind.as_deref().unwrap_or(Source::Page.name()) == source.name();
        let recent = now().abs_diff(claim.facts.whole_at) < WHOLE_LOOK;
        same_kind && recent && claim.looked_with.as_deref() == Some(self.own.revision.as_str()) && !claim.facts.must_look_again()
    }

    async fn look_at(self: &Arc<Self>, claim: &Claim, watch: Option<&Watch>, source: Source) -> Result<Report, StoreError> {
        let name = watch.map_or_else(String::new, |w| w.name.clone());
        let cookies = self.cookies(&claim.watch);
        let asked = source::ask(source, &claim.url);
        let same_eyes = self.has_same_eyes(claim, source);
        if !claim.own
            && asked.scheme() != "file"
            && let Err(error) = self.fetcher.robots_allow(&asked, &cookies).await
        {
            return Ok(self.failed(claim, &name, error.kind, &error.detail));
        }
        let known = if same_eyes { claim.facts.validators.clone() } else { Validators::default() };
        let ask = Ask {
            url: &asked,
            what: What::Page,
            etag: known.etag.as_deref(),
            last_modified: known.last_modified.as_deref(),
            cookies: &cookies,
            gap: source::gap(source, &asked),
            origin: None,
        };
        let came = match self.come(claim, watch, source, &ask, &known).await {
            Ok(Some(came)) => came,
            Ok(None) => return Ok(self.unchanged(claim, watch, &name, claim.facts.validators.clone())),
            Err(error) => return Ok(self.failed(claim, &name, error.kind, &error.detail)),
        };
        let Came { page, pictures: mut drawn, limits: mut cut_off, listing } = came;
        let validators = validators(&asked, &page);
        let body = self.store.body_id(&page.body);
        if same_eyes && listing.is_none() && claim.facts.body.as_ref() == Some(&body) {
            return Ok(self.unchanged(claim, watch, &name, validators));
        }
        // Where a picture was missing, other bytes are a reason to ask for it again.
        let comparable = same_eyes && claim.facts.images_failed == 0;
        let (last_read, last_shown) = (claim.facts.read.clone(), claim.facts.shown.clone().filter(|_| comparable));
        let last = last_read.zip(last_shown.clone());
        let is_film = claim.url.scheme() == "file" && look::decode::sniff::sniff(&page.body).is_some();
        if is_film || extract::is_picture(page.content_type.as_deref(), &page.body) {
            return self.picture_page(claim, &name, page, body, validators).await;
        }
        let (settings, own, store, url) = (self.extract_settings(), self.own.clone(), self.store.clone(), claim.url.clone());
        let (most, most_picture) = (self.fetcher.settings().max_page, self.fetcher.settings().max_image);
        let (shelf, roots) = (self.shelf.clone(), watch.map(|w| w.urls.clone()).unwrap_or_default());
        let paths = watch.map(|w| w.paths.clone()).unwrap_or_default();
        let before = claim.facts.much;
        let read = tokio::task::spawn_blocking(move || -> Result<Arrived, Unread> {
            let mut page = page;
            let content_type = page.content_type.as_deref();
            let came = source::Came { url: &url, got: &page.url, body: &page.body, content_type, most, paths: &paths };
            let Read { mut content, shown_at, mut marks, sums } = match &listing {
                Some(entries) => Read::listing(entries),
                None => source::read(source, &came, &settings)?,
            };
            let wrong = match &listing {
                None => blind::reason_of(source, &asked, &page, shown_at.is_some(), &content),
                Some(_) => None,
            };
            if url.scheme() == "file" && listing.is_none() {
                let wanted: Vec<&Url> = content.images.iter().filter_map(|image| image.address()).collect();
                drawn = shelf.pictures(&roots, &url, &wanted, most_picture);
                if Shelf::is_archived(&url) {
                    // An archive is all that there is; its site is not asked.
                    let before = content.images.len();
                    content.images.retain(|image| image.address().is_none_or(|at| drawn.contains_key(at)));
                    let absent = before - content.images.len();
                    cut_off.extend((absent > 0).then_some(LimitHit::Absent(absent)));
                }
            }
            let much = Shown { words: blind::words_of(&content) as u64, images: content.images.len() as u64, at: now() };
            let wrong = wrong.or_else(|| (source == Source::Page && before.has_shrunk_to(&much)).then_some(ProblemKind::Shrunk));
            let is_listing = listing.is_some();
            marks.extend(listing.into_iter().flatten());
            // Where an archive says that a page stood is its own word: it resolves links, and decides nothing.
            page.url = if url.scheme() == "file" { url.clone() } else { shown_at.unwrap_or(page.url) };
            content.limits.extend(cut_off);
            let all = (&page.url, &content.blocks, &content.images, &content.links, &content.limits, content.visible);
            let read = store.look_up_value("read", &(all, &marks));
            if let Some((_, shown)) = last.filter(|(last, _)| *last == read) {
                return Ok(Arrived {
                    page,
                    body,
                    content,
                    marks,
                    much,
                    sums,
                    is_listing,
                    validators,
                    read,
                    shown,
                    mentions: Vec::new(),
                    wrong,
                    drawn,
                });
            }
            let (mentions, left_out) = own.names.find_and_count(&content.blocks);
            content.limits.extend((left_out > 0).then_some(LimitHit::Mentions(left_out)));
            let shown = store.look_up_value("shown", &(what_counts(&page.url, &content, &mentions), &marks));
            Ok(Arrived { page, body, content, marks, much, sums, is_listing, validators, read, shown, mentions, wrong, drawn })
        });
        let mut arrived = match read.await {
            Ok(Ok(arrived)) => arrived,
            Ok(Err(unread)) => return Ok(self.failed(claim, &name, unread.kind, &unread.detail)),
            Err(_) => return Ok(self.failed(claim, &name, ProblemKind::Decoder, "the page could not be taken apart; please report it")),
        };
        if let Some(kind) = arrived.wrong {
            let mut report = self.blind(claim, watch, &name, arrived, &cookies, kind).await?;
            // What it is measured by stays what it showed when it was seen.
            report.facts.much = claim.facts.much;
            return Ok(report);
        }
        if last_shown.as_ref() == Some(&arrived.shown) && !arrived.is_listing {
            // Other bytes, but nothing that would be judged otherwise: a token, a comment, a counter.
            let mut report = self.unchanged(claim, watch, &name, arrived.validators);
            report.facts.body = Some(arrived.body);
            report.facts.read = Some(arrived.read);
            return Ok(report);
        }
        // What was read from it is kept while its pictures come, not the page itself.
        arrived.page.body = Vec::new();
        let much = arrived.much;
        let mut report = self.recognise(claim, watch, &name, arrived, &cookies).await?;
        report.facts.much = much;
        Ok(report)
    }

    fn extract_settings(&self) -> extract::Settings {
        extract::Settings { max_images: self.fetcher.settings().max_images, ..extract::Settings::default() }
    }

    /// A page that has not changed: what stood there stands, and what could not be looked at still could not.
    fn unchanged(&self, claim: &Claim, watch: Option<&Watch>, name: &str, validators: Validators) -> Report {
        let mut facts = claim.facts.clone();
        facts.much.at = now();
        facts.validators = validators;
        facts.images_fetched = 0;
        facts.images_reused = facts.images_seen.saturating_sub(facts.images_failed);
        let follow = follow_ups(claim, watch, &facts.links);
        Report {
            outcome: Outcome::Unchanged,
            facts,
            follow,
            budget: budget(watch),
            looked_with: self.own.revision.clone(),
            ..self.empty(claim, name)
        }
    }

    fn empty(&self, claim: &Claim, name: &str) -> Report {
        Report { facts: PageFacts::default(), ..self.failed(claim, name, ProblemKind::Empty, "") }
    }

    /// The address shows a picture and nothing else.
    async fn picture_page(
        &self,
        claim: &Claim,
        name: &str,
        mut page: Fetched,
        body: String,
        validators: Validators,
    ) -> Result<Report, StoreError> {
        let id = self.store.body_id(&page.body);
        let mut look = self.bytes(&id, std::mem::take(&mut page.body), None).await?;
        let image = ImageRef { source: ImageSource::Url(page.url.clone()), near: 0, section: 0, leads_to: None };
        let new = look.new.take().into_iter().collect();
        // Where an archive says that it stood decides nothing.
        let at = if claim.url.scheme() == "file" { &claim.url } else { &page.url };
        let looked = vec![(image, look)];
        let empty = Content::default();
        let mut report = self.report(claim, name, at, &empty, &[], looked, body, validators);
        report.pictures = new;
        Ok(report)
    }

    /// A page that does not show what it holds. What it does show is looked at: a guess that is wrong hides nothing.
    async fn blind(
        &self,
        claim: &Claim,
        watch: Option<&Watch>,
        name: &str,
        mut arrived: Arrived,
        cookies: &Cookies,
        kind: ProblemKind,
    ) -> Result<Report, StoreError> {
        // Never gone by its own word alone: that takes a server's answer, or two looks.
        let failed = Report { outcome: Outcome::Failed, ..self.failed(claim, name, kind, "") };
        let content = &arrived.content;
        if arrived.mentions.is_empty() && content.images.is_empty() && content.links.is_empty() {
            return Ok(failed);
        }
        arrived.page.body = Vec::new();
        let mut report = self.recognise(claim, watch, name, arrived, cookies).await?;
        // The next look is a whole one.
        (report.outcome, report.looked_with) = (failed.outcome, failed.looked_with);
        report.facts.problems.splice(0..0, failed.facts.problems);
        (report.pictures_unsure, report.text_unsure) = (true, true);
        Ok(report)
    }

    async fn recognise(
        &self,
        claim: &Claim,
        watch: Option<&Watch>,
        name: &str,
        arrived: Arrived,
        cookies: &Cookies,
    ) -> Result<Report, StoreError> {
        let Arrived { page, body, content, marks, much: _, sums, is_listing, validators, read, shown, mentions, wrong: _, drawn } = arrived;
        // What lies on this machine tells nobody anything.
        let may_ask = |url: &Url| url.scheme() == "file" || same_site(&page.url, url) || !self.own.in_address(url);
        let Gathered { looked, new } = self.gather(&page.url, &content.images, &drawn, &sums, may_ask, cookies).await?;
        let page = &page;
        let mut report = self.report(claim, name, &page.url, &content, &mentions, looked, body, validators);
        if let Some(follow) = watch.and_then(|w| w.follow.as_ref()) {
            let links = content.links.iter().filter(|l| may_ask(&l.url) && leads_on(follow, &claim.url, &page.url, &l.url));
            let marks: HashMap<&Url, &str> = marks.iter().map(|(at, mark)| (at, mark.as_str())).collect();
            let links = links.map(|l| (marked(&l.url, &marks), l.next)).collect();
            // A shelf is read anew each time: what lies on it is not remembered, and all of it has its turn.
            let (links, left_out) = if is_listing { (links, 0) } else { first_links(links) };
            report.follow = follow_ups(claim, watch, &links);
            report.facts.links = if is_listing { Vec::new() } else { links };
            if left_out > 0 {
                let (url, detail) = (claim.url.to_string(), format!("{left_out} links over the {MOST_LINKS} that are followed"));
                report.facts.problems.push(Problem { watch: name.to_string(), url, kind: ProblemKind::Limit, detail });
            }
        }
        (report.facts.read, report.facts.shown) = (Some(read), Some(shown));
        report.pictures = new;
        report.budget = budget(watch);
        Ok(report)
    }

    #[expect(clippy::too_many_arguments, reason = "everything that a look gathered becomes one report here")]
    fn report(
        &self,
        claim: &Claim,
        name: &str,
        url: &Url,
        content: &Content,
        mentions: &[Mention],
        looked: Vec<(ImageRef, PictureLook)>,
        body: String,
        validators: Validators,
    ) -> Report {
        let problem = |url: String, kind, detail: String| Problem { watch: name.to_string(), url, kind, detail };
        let mut facts =
            PageFacts { validators, body: Some(body), images_seen: looked.len() as u64, whole_at: now(), ..PageFacts::default() };
        let (mut sightings, mut gone, mut unsure) = (Vec::new(), HashSet::new(), false);
        let mut text_unsure = false;
        for (image, look) in &looked {
            let address = image.address().map(Url::to_string);
            match look.had {
                Had::Fetched => facts.images_fetched += 1,
                Had::Reused => facts.images_reused += 1,
                Had::Failed => facts.images_failed += 1,
            }
            match &look.result {
                Ok(seen) if seen.width.min(seen.height) >= LEAST_SIDE => {
                    let before = sightings.len();
                    let shown = address.clone().unwrap_or_else(|| url.to_string());
                    self.sight(image, address, seen, &mut sightings);
                    if seen.cut && sightings.len() == before {
                        unsure = true;
                        facts.problems.push(problem(shown, ProblemKind::Limit, cut(seen.frames)));
                    }
                }
                Ok(_) | Err((ProblemKind::Limit, _)) => {} // decoration
                Err((kind, detail)) => {
                    match (kind, &address) {
                        (ProblemKind::Gone, Some(address)) => drop(gone.insert(address.clone())),
                        _ => unsure = true,
                    }
                    facts.problems.push(problem(address.unwrap_or_else(|| url.to_string()), *kind, detail.clone()));
                }
            }
        }
        for limit in &content.limits {
            unsure |= matches!(
                limit,
                LimitHit::Images(_) | LimitHit::Absent(_) | LimitHit::Attachments(_) | LimitHit::Drawing | LimitHit::Unfinished(_)
            );
            text_unsure |= matches!(limit, LimitHit::Text(_) | LimitHit::Mentions(_) | LimitHit::Drawing);
            let detail = match limit {
                LimitHit::Images(n) => format!("{n} pictures over max_images"),
                LimitHit::Links(n) => format!("{n} links too many"),
                LimitHit::Text(n) => format!("{n} bytes of text too many"),
                LimitHit::Mentions(n) => format!("{n} mentions over the {MOST_MENTIONS} of one entry that are kept"),
                LimitHit::Drawing => "the page went on showing more; what comes after it was not looked at".into(),
                LimitHit::Absent(n) => format!("{n} pictures that are not in the archive"),
                LimitHit::Unlisted(n) => format!("{n} things in it could not be listed, or it breaks off"),
                LimitHit::Attachments(n) => format!("{n} attachments that are neither text nor pictures"),
                LimitHit::Unfinished(n) => format!("{n} files did not come whole before the browser was ended"),
            };
            facts.problems.push(problem(claim.url.to_string(), ProblemKind::Limit, detail));
        }
        if facts.problems.len() > MOST_PROBLEMS {
            let more = facts.problems.len() - MOST_PROBLEMS;
            facts.problems.truncate(MOST_PROBLEMS);
            facts.problems.push(problem(claim.url.to_string(), ProblemKind::Limit, format!("{more} more problems on this page")));
        }
        let place = extract::thread_of(url);
        let seen = Seen { url, place: &place, blocks: &content.blocks, mentions, pictures: &sightings };
        let verdicts = judge(&self.own.person, &seen);
        Report {
            outcome: Outcome::Seen,
            facts,
            verdicts,
            looked_with: self.own.revision.clone(),
            pictures_unsure: unsure,
            text_unsure,
            gone_pictures: gone,
            ..self.empty(claim, name)
        }
    }

    fn sight(&self, image: &ImageRef, address: Option<String>, seen: &Compared, out: &mut Vec<PictureSighting>) {
        for found in &seen.matches {
            let Some((id, label)) = self.own.labels.iter().find(|(id, _)| *id == found.original) else { continue };
            out.push(PictureSighting {
                image: address.clone(),
                original: id.clone(),
                label: label.clone(),
                how: found.how.clone(),
                confidence: found.confidence,
                near: image.near,
                section: image.section,
            });
        }
    }
}

/// All that a page's verdicts and links depend on. Of a block that names nobody only its length does: how far apart others
/// stand.
fn what_counts<'a>(url: &'a Url, content: &'a Content, mentions: &'a [Mention]) -> impl Hash + 'a {
    let blocks: Vec<_> = content.blocks.iter().map(|block| (block.text.len(), block.place, block.section)).collect();
    let mentions: Vec<_> = mentions
        .iter()
        .map(|m| {
            let text = content.blocks.get(m.block).map(|block| block.text.as_str());
            ((m.list, m.entry, m.block, &m.range), (&m.how, m.confidence.to_bits(), m.other_person), text)
        })
        .collect();
    (url, blocks, mentions, &content.images, &content.links, &content.limits, content.visible)
}

/// What to say of a film or animation that was not looked at as a whole.
pub fn cut(frames: usize) -> String {
    format!("it shows more than the {frames} pictures of it that were looked at")
}

/// Validators belong to the address that they came from: those of a redirect's end are not kept.
fn validators(asked: &Url, page: &Fetched) -> Validators {
    let mut asked = asked.clone();
    asked.set_fragment(None);
    if asked != page.url {
        return Validators::default();
    }
    Validators { etag: page.etag.clone(), last_modified: page.last_modified.clone() }
}
