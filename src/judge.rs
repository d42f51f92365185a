//! Sightings → findings with severity and reason. Pure: the same page always gives the same verdicts.

use std::collections::{BTreeMap, HashSet};

use url::Url;

use crate::look::names::excerpt;
use crate::model::{Block, Kind, List, Mention, Person, Place, Reason, Secret, Severity, Verdict};

/// An own picture, recognised on the page.
#[derive(Clone, Debug, PartialEq)]
pub struct PictureSighting {
    /// The picture's address, `None` for one in the page itself.
    pub image: Option<String>,
    /// The original's id.
    pub original: String,
    /// The original's label, as the owner knows it.
    pub label: String,
    /// The changes that were recognised; "same session" for another picture of the session.
    pub how: Vec<String>,
    /// 0 to 1.
    pub confidence: f32,
    /// Index of the block before which it stands.
    pub near: usize,
    /// The section that holds it.
    pub section: u32,
}

impl PictureSighting {
    fn is_copy(&self) -> bool {
        !self.how.iter().any(|h| h == "same session")
    }
}

/// One page, as far as it was recognised.
#[derive(Clone, Debug)]
pub struct Seen<'a> {
    /// Its address after redirects.
    pub url: &'a Url,
    /// The thread's address: the place of a finding's key.
    pub place: &'a Url,
    /// Its text.
    pub blocks: &'a [Block],
    /// Entries recognised in the text.
    pub mentions: &'a [Mention],
    /// Own pictures recognised.
    pub pictures: &'a [PictureSighting],
}

/// Letters of text around a mention in which a word of context counts as near: about two paragraphs.
const NEAR: usize = 600;
/// Letters shown on either side of a mention.
const AROUND: usize = 80;

/// Judges one page.
///
/// - `image`: one for each original; high, low for another picture of the same session; none on the person's own
///   pages, where the pictures belong.
/// - `name`: one for each legal name; low while nothing near it (`context`, a stage name, an own picture) tells whose.
/// - `private`: one for each entry; urgent.
/// - `linked`: one for each legal name on a page that also has a stage name or a copy of an own picture; urgent.
///   A phrase of `other_people` silences `name`, never `linked`: it can be planted.
pub fn judge(person: &Person, seen: &Seen<'_>) -> Vec<Verdict> {
    let own_page = person.own_pages.iter().any(|own| is_below(seen.url, own));
    let mut verdicts = Vec::new();
    let mut best: BTreeMap<&str, &PictureSighting> = BTreeMap::new();
    for picture in seen.pictures {
        let known = best.entry(&picture.original).or_insert(picture);
        if (picture.is_copy(), picture.confidence) > (known.is_copy(), known.confidence) {
            *known = picture;
        }
    }
    if !own_page {
        verdicts.extend(best.values().map(|picture| image_verdict(seen, picture)));
    }
    let copy = best.values().filter(|p| p.is_copy()).max_by(|a, b| a.confidence.total_cmp(&b.confidence)).copied();
    let stage = seen.mentions.iter().find(|m| m.list == List::Stage);
    let context = Context::new(seen, stage.is_some(), copy);
    for (entry, name) in person.legal_names.iter().enumerate() {
        let all: Vec<&Mention> = seen.mentions.iter().filter(|m| m.list == List::Legal && m.entry == entry).collect();
        let weighed = all.iter().filter(|m| !m.other_person).map(|m| (context.weigh(m), *m));
        if let Some(((severity, reason), mention)) = weighed.reduce(|a, b| if worth(&b) > worth(&a) { b } else { a }) {
            verdicts.push(text_verdict(seen, Kind::Name, severity, reason, mention, name.reveal()));
        }
        let (Some(mention), true) = (strongest(&all), stage.is_some() || copy.is_some()) else { continue };
        let reason = if stage.is_some() { Reason::LinkedToStageName } else { Reason::LinkedToPicture };
        let mut linked = text_verdict(seen, Kind::Linked, Severity::Urgent, reason, mention, name.reveal());
        let other = stage.map(|s| s.confidence).into_iter().chain(copy.map(|c| c.confidence)).fold(0.0, f32::max);
        linked.confidence = linked.confidence.min(other);
        if let Some(picture) = copy {
            linked.image.clone_from(&picture.image);
            linked.original = Some(picture.label.clone());
        }
        verdicts.push(linked);
    }
    for (entry, private) in person.private.iter().enumerate() {
        let all: Vec<&Mention> = seen.mentions.iter().filter(|m| m.list == List::Private && m.entry == entry).collect();
        if let Some(mention) = strongest(&all) {
            verdicts.push(text_verdict(seen, Kind::Private, Severity::Urgent, Reason::PrivateEntry, mention, private.reveal()));
        }
    }
    verdicts
}

fn worth(weighed: &((Severity, Reason), &Mention)) -> (Severity, u32) {
    // Visible text first: its excerpt tells most.
    let ((severity, _), mention) = weighed;
    (*severity, (mention.confidence * 1000.0) as u32)
}

fn strongest<'m>(mentions: &[&'m Mention]) -> Option<&'m Mention> {
    mentions.iter().copied().reduce(|a, b| if b.confidence > a.confidence { b } else { a })
}

/// Whether `url` lies at or below `own`: same host and port, same path or deeper.
fn is_below(url: &Url, own: &Url) -> bool {
    let path = own.path().trim_end_matches('/');
    url.host_str() == own.host_str()
        && url.port_or_known_default() == own.port_or_known_default()
        && url.path().strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Where each block begins in the page's text, in bytes; one more than there are blocks.
fn block_starts(blocks: &[Block]) -> Vec<usize> {
    let mut at = 0;
    let mut starts = Vec::with_capacity(blocks.len() + 1);
    for block in blocks {
        starts.push(at);
        // What is not read as text takes no room between two words that are.
        if matches!(block.place, Place::Text | Place::Title) {
            at += block.text.len() + 1;
        }
    }
    starts.push(at);
    starts
}

/// What tells whose a legal name is. Asked for each mention, and a page may hold very many of both.
struct Context<'a> {
    seen: &'a Seen<'a>,
    starts: Vec<usize>,
    stage: bool,
    copy: Option<&'a PictureSighting>,
    /// Where words of `context` stand, sorted, and the sections that hold one.
    positions: Vec<usize>,
    sections: HashSet<u32>,
}

impl<'a> Context<'a> {
    fn new(seen: &'a Seen<'a>, stage: bool, copy: Option<&'a PictureSighting>) -> Self {
        let (positions, sections) = (Vec::new(), HashSet::new());
        let mut new = Self { seen, starts: block_starts(seen.blocks), stage, copy, positions, sections };
        for mention in seen.mentions.iter().filter(|m| m.list == List::Context) {
            new.positions.push(new.position(mention));
            new.sections.extend(new.section(mention.block));
        }
        new.positions.sort_unstable();
        new
    }

    fn position(&self, mention: &Mention) -> usize {
        self.starts.get(mention.block).copied().unwrap_or(0) + mention.range.start
    }

    /// The section of a block, where it is in one.
    fn section(&self, block: usize) -> Option<u32> {
        self.seen.blocks.get(block).map(|b| b.section).filter(|s| *s != 0)
    }

    fn is_near(&self, mention: &Mention) -> bool {
        let here = self.position(mention);
        let first = self.positions.partition_point(|at| *at < here.saturating_sub(NEAR));
        self.section(mention.block).is_some_and(|s| self.sections.contains(&s))
            || self.positions.get(first).is_some_and(|at| *at <= here + NEAR)
    }

    fn weigh(&self, mention: &Mention) -> (Severity, Reason) {
        if self.stage {
            return (Severity::High, Reason::NameWithStageName);
        }
        if self.copy.is_some() {
            return (Severity::High, Reason::NameWithPicture);
        }
        if self.is_near(mention) { (Severity::High, Reason::NameInContext) } else { (Severity::Low, Reason::NameAlone) }
    }
}

fn image_verdict(seen: &Seen<'_>, picture: &PictureSighting) -> Verdict {
    let (severity, reason) = if picture.is_copy() { (Severity::High, Reason::Copy) } else { (Severity::Low, Reason::SameSession) };
    Verdict {
        kind: Kind::Image,
        severity,
        reason,
        matched: Secret::new(&picture.original),
        place: seen.place.to_string(),
        image: picture.image.clone(),
        original: Some(picture.label.clone()),
        how: picture.how.clone(),
        confidence: picture.confidence,
        name: None,
        excerpt: None,
    }
}

fn text_verdict(seen: &Seen<'_>, kind: Kind, severity: Severity, reason: Reason, mention: &Mention, entry: &str) -> Verdict {
    let around = seen.blocks.get(mention.block).map(|b| excerpt(&b.text, mention.range.clone(), AROUND));
    Verdict {
        kind,
        severity,
        reason,
        // The entry itself, not its number: the list may be put in another order. The key is hashed, never stored.
        matched: Secret::new(entry),
        place: seen.place.to_string(),
        image: None,
        original: None,
        how: mention.how.iter().map(ToString::to_string).collect(),
        confidence: mention.confidence,
        name: Some(Secret::new(entry)),
        excerpt: around.map(Secret::new),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person() -> Person {
        Person {
            legal_names: vec![Secret::new("Mira Sandoval")],
            stage_names: vec![Secret::new("Nova Lark")],
            private: vec![Secret::new("+92 300 1234567")],
            context: vec![Secret::new("Lahore")],
            own_pages: vec![Url::parse("https://shop.example/nova/").unwrap()],
            ..Person::default()
        }
    }

    fn block(text: &str, section: u32) -> Block {
        Block { text: text.into(), place: Place::Text, section }
    }

    fn mention(list: List, block: usize, other_person: bool) -> Mention {
        Mention { list, entry: 0, block, range: 0..4, how: vec![], confidence: 0.9, other_person }
    }

    fn picture(how: &[&str]) -> PictureSighting {
        PictureSighting {
            image: Some("https://cdn.example/1.jpg".into()),
            original: "o1".into(),
            label: "sets/1.jpg".into(),
            how: how.iter().map(ToString::to_string).collect(),
            confidence: 0.97,
            near: 0,
            section: 0,
        }
    }

    fn kinds(url: &str, blocks: &[Block], mentions: &[Mention], pictures: &[PictureSighting]) -> Vec<(Kind, Severity, Reason)> {
        let url = Url::parse(url).unwrap();
        let seen = Seen { url: &url, place: &url, blocks, mentions, pictures };
        judge(&person(), &seen).iter().map(|v| (v.kind, v.severity, v.reason)).collect()
    }

    const BOARD: &str = "https://board.example/b/1";

    #[test]
    fn what_stands_on_a_page_decides_kind_severity_and_reason() {
        use Kind::*;
        use Severity::*;
        let blocks = [block("Mira", 1), block("Nova", 2), block("Lahore", 1)];
        let far = [block("Mira", 1), block(&"x".repeat(2000), 2), block("Lahore", 3)];
        let legal = mention(List::Legal, 0, false);
        let other = mention(List::Legal, 0, true);
        let stage = mention(List::Stage, 1, false);
        let near = mention(List::Context, 2, false);
        type Row<'a> = (&'a [Block], Vec<Mention>, Vec<PictureSighting>, Vec<(Kind, Severity, Reason)>);
        let table: Vec<Row> = vec![
            (&blocks, vec![], vec![], vec![]),
            (&blocks, vec![], vec![picture(&["crop"])], vec![(Image, High, Reason::Copy)]),
            (&blocks, vec![], vec![picture(&["same session"])], vec![(Image, Low, Reason::SameSession)]),
            (&blocks, vec![], vec![picture(&["same session"]), picture(&[])], vec![(Image, High, Reason::Copy)]),
            (&blocks, vec![legal.clone()], vec![], vec![(Name, Low, Reason::NameAlone)]),
            (&blocks, vec![legal.clone(), near.clone()], vec![], vec![(Name, High, Reason::NameInContext)]),
            (&far, vec![legal.clone(), near.clone()], vec![], vec![(Name, Low, Reason::NameAlone)]),
            (&blocks, vec![stage.clone()], vec![], vec![]),
            (
                &blocks,
                vec![legal.clone(), stage.clone()],
                vec![],
                vec![(Name, High, Reason::NameWithStageName), (Linked, Urgent, Reason::LinkedToStageName)],
            ),
            (
                &blocks,
                vec![legal.clone()],
                vec![picture(&[])],
                vec![(Image, High, Reason::Copy), (Name, High, Reason::NameWithPicture), (Linked, Urgent, Reason::LinkedToPicture)],
            ),
            (
                &blocks,
                vec![legal],
                vec![picture(&["same session"])],
                vec![(Image, Low, Reason::SameSession), (Name, Low, Reason::NameAlone)],
            ),
            (&blocks, vec![other.clone()], vec![], vec![]),
            (&blocks, vec![other, stage], vec![], vec![(Linked, Urgent, Reason::LinkedToStageName)]),
            (&blocks, vec![mention(List::Private, 0, false)], vec![], vec![(Private, Urgent, Reason::PrivateEntry)]),
        ];
        for (n, (blocks, mentions, pictures, expected)) in table.into_iter().enumerate() {
            assert_eq!(kinds(BOARD, blocks, &mentions, &pictures), expected, "row {n}");
        }
    }

    #[test]
    fn very_many_names_and_words_of_context_are_weighed_in_time() {
        // Compared one by one, these are 10,000 million.
        let (blocks, half) = (vec![block(&"x".repeat(1000), 0); 200], 100_000);
        let at = |list, block: usize| Mention { range: 0..4, ..mention(list, block, false) };
        let legal = (0..half).map(|n| at(List::Legal, n % 100));
        let far: Vec<Mention> = legal.chain((0..half).map(|n| at(List::Context, 101 + n % 99))).collect();
        assert_eq!(kinds(BOARD, &blocks, &far, &[]), [(Kind::Name, Severity::Low, Reason::NameAlone)]);
    }

    #[test]
    fn own_pages_may_show_pictures_and_stage_names_but_no_legal_name() {
        let blocks = [block("Mira", 1), block("Nova", 2)];
        let mentions = [mention(List::Legal, 0, false), mention(List::Stage, 1, false)];
        let own = "https://shop.example/nova/photos?page=2";
        assert!(kinds(own, &blocks, &mentions[1..], &[picture(&[])]).is_empty());
        assert!(kinds(own, &blocks, &mentions, &[]).iter().any(|(k, ..)| *k == Kind::Linked));
        assert_eq!(kinds("https://shop.example/novarro", &blocks, &[], &[picture(&[])]).len(), 1, "a longer path is another page");
        assert_eq!(kinds("https://shop.example:8443/nova/", &blocks, &[], &[picture(&[])]).len(), 1, "another port is another site");
    }
}
