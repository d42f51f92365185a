//! The words of the product: plain data that every room shares. Imports nothing of ours.

mod watch;

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use url::Url;

pub use watch::{Follow, Paths, Source, Times, Watch};

/// Text that must never reach a log, a panic message or a request: a legal name, a private entry.
/// `Debug` prints nothing of it; whoever needs the text says so by calling [`Secret::reveal`].
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Secret(String);

impl Secret {
    /// Wraps `text`.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// Whom the program watches for.
#[derive(Clone, Debug, Default)]
pub struct Person {
    /// Birth, married and former names.
    pub legal_names: Vec<Secret>,
    /// Names that the person publishes under.
    pub stage_names: Vec<Secret>,
    /// Telephone numbers, addresses, mail addresses, handles.
    pub private: Vec<Secret>,
    /// Words that tell the person from others of the same name.
    pub context: Vec<Secret>,
    /// Phrases that are somebody else.
    pub other_people: Vec<Secret>,
    /// The person's own shops and profiles.
    pub own_pages: Vec<Url>,
}

/// Where on a page a piece of text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Visible text.
    Text,
    /// The page's title.
    Title,
    /// A `meta` element's content.
    Meta,
    /// An `alt`, `title`, `aria-label` or `placeholder` attribute.
    Attribute,
    /// An address that the page links to or shows a picture from, absolute.
    Link,
    /// JSON-LD or other data in a script.
    Data,
    /// A form field's value.
    Form,
}

/// One run of text that a reader takes as one: a paragraph, a table cell, a list entry, an attribute.
/// Inline tags inside it are gone; a line break is `\n`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Block {
    /// The text, entities resolved, white space as the page has it.
    pub text: String,
    /// Where it stands.
    pub place: Place,
    /// Number of the post, table row or list entry that holds it: blocks of one section belong together.
    pub section: u32,
}

/// A picture that a page shows or leads to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ImageRef {
    /// Where its bytes are.
    pub source: ImageSource,
    /// Index of the [`Block`] before which it stands: what is written near it.
    pub near: usize,
    /// The section that holds it, see [`Block::section`].
    pub section: u32,
    /// For a thumbnail: the full picture or page that it leads to.
    pub leads_to: Option<Url>,
}

impl ImageRef {
    /// Its address, if it has one.
    pub fn address(&self) -> Option<&Url> {
        match &self.source {
            ImageSource::Url(url) => Some(url),
            ImageSource::Inline(_) => None,
        }
    }
}

/// Where a picture's bytes are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ImageSource {
    /// At an address.
    Url(Url),
    /// In the page itself (a `data:` address), decoded.
    Inline(Vec<u8>),
}

/// A link that a page has to another page.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Link {
    /// Absolute, without fragment.
    pub url: Url,
    /// `rel=next`, or the next number of a row of pages.
    pub next: bool,
}

/// What a page shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content {
    /// The title, white space folded.
    pub title: String,
    /// All text that can name somebody, in reading order.
    pub blocks: Vec<Block>,
    /// Every picture, each address once, in reading order.
    pub images: Vec<ImageRef>,
    /// Every link to another page, each address once, in reading order.
    pub links: Vec<Link>,
    /// What could not be read.
    pub limits: Vec<LimitHit>,
    /// Something a person could see stands on the page: text or a picture.
    pub visible: bool,
}

/// A bound that a page ran into; what lies behind it was not looked at.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LimitHit {
    /// More pictures than `fetch.max_images`; the number left out.
    Images(usize),
    /// More links than are kept; the number left out.
    Links(usize),
    /// More text than is read; the bytes left out.
    Text(usize),
    /// More mentions of one entry than are kept; the number left out.
    Mentions(usize),
    /// A browser was still being shown more when it had to stop.
    Drawing,
    /// Pictures that an archive's page shows and the archive does not hold.
    Absent(usize),
    /// Things of a folder, a mail box or an archive that could not be listed; an archive that breaks off counts one.
    Unlisted(usize),
    /// Attachments that are neither text nor pictures.
    Attachments(usize),
    /// Files that the browser did not get to the end of.
    Unfinished(usize),
}

/// Which of the person's lists a mention belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum List {
    /// `me.legal_names`.
    Legal,
    /// `me.stage_names`.
    Stage,
    /// `me.private`.
    Private,
    /// `me.context`.
    Context,
}

/// One entry of the person's lists, recognised in a page's text.
#[derive(Clone, Debug, PartialEq)]
pub struct Mention {
    /// The list that the entry is in.
    pub list: List,
    /// Index into that list.
    pub entry: usize,
    /// Index of the [`Block`].
    pub block: usize,
    /// Bytes of the block's text; on character borders.
    pub range: Range<usize>,
    /// The disguises that were seen through, as the field names them ("order", "diacritics", …).
    pub how: Vec<&'static str>,
    /// 0 to 1: the share of such mentions that mean this entry.
    pub confidence: f32,
    /// The mention lies inside one of `me.other_people`'s phrases.
    pub other_person: bool,
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// One of the person's own pictures.
    Image,
    /// A legal name.
    Name,
    /// A private entry.
    Private,
    /// A legal name together with a stage name or an own picture.
    Linked,
}

/// How soon a finding is worth reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Told in a summary.
    Low,
    /// Told at the end of the pass.
    High,
    /// Told at the end of the pass, first.
    Urgent,
}

/// Where a finding stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Not triaged.
    Open,
    /// The owner says that it is so.
    Confirmed,
    /// The owner says that it does not matter.
    Dismissed,
    /// Was not there when last looked.
    Gone,
}

/// A moment: milliseconds since 1970-01-01T00:00:00Z.
pub type Millis = i64;

/// The languages that the owner can be spoken to in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// French.
    Fr,
}

/// Something that could not be looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The watch's name.
    pub watch: String,
    /// As configured or as found, before redirects.
    pub url: String,
    /// What happened.
    pub kind: ProblemKind,
    /// The particulars (a status, a limit, a system's own message); never a name or a private entry.
    pub detail: String,
}

/// What kept the program from looking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemKind {
    /// No answer in time.
    Timeout,
    /// No connection, or it broke.
    Unreachable,
    /// The name is not known to the resolver.
    NameUnknown,
    /// The certificate or the handshake was refused.
    Tls,
    /// The proxy did not let us through.
    Proxy,
    /// Leads into a private network.
    PrivateNetwork,
    /// 401, 403, 407: the server refuses.
    Refused,
    /// The page is a form to sign in.
    Login,
    /// The page asks how old one is.
    AgeGate,
    /// The page asks whether one is a person.
    Captcha,
    /// The page asks to agree to cookies first.
    Consent,
    /// The page is drawn by scripts and holds nothing without them.
    Script,
    /// 451, or the page says so: shut for this country.
    Region,
    /// The channel's owner has turned its public preview off.
    PreviewOff,
    /// 404, 410.
    Gone,
    /// 429, or 503 with a time: come back later.
    TooManyRequests,
    /// Any other status.
    Status,
    /// More redirects than are followed, or a loop.
    Redirects,
    /// Over `max_page` or `max_image`.
    TooLarge,
    /// Left out because robots.txt asks for it.
    Robots,
    /// Nothing a person could see.
    Empty,
    /// Much less than when it was last seen: a wall in words that are not known, perhaps.
    Shrunk,
    /// The bytes are neither a page nor a picture.
    NotReadable,
    /// The picture is broken, or something else under a picture's name.
    Damaged,
    /// Needs a helper that is not installed.
    HelperMissing,
    /// The decoder ran out of time or memory, or died.
    Decoder,
    /// A bound was hit; what lies behind it was not looked at.
    Limit,
    /// The address is not one that can be fetched.
    Address,
    /// The program was ended while it looked.
    Interrupted,
}

impl ProblemKind {
    /// Worth asking again at the next pass even where the page itself has not changed.
    pub fn is_passing(self) -> bool {
        use ProblemKind::*;
        matches!(
            self,
            Timeout | Unreachable | NameUnknown | Tls | Proxy | TooManyRequests | Status | Refused | HelperMissing | Decoder | Interrupted
        ) || self.is_blind()
    }

    /// The page came, and shows something else than what it holds.
    pub fn is_blind(self) -> bool {
        use ProblemKind::*;
        matches!(self, Login | AgeGate | Captcha | Consent | Script | Region | PreviewOff | Empty | Shrunk)
    }
}

/// Why a finding has its severity; the words for it are in the room of words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A copy of an own picture.
    Copy,
    /// Much in common with an original: perhaps another picture of the same session, perhaps a part of it.
    SameSession,
    /// A legal name with nothing near that tells whose.
    NameAlone,
    /// A legal name near a word of `context`.
    NameInContext,
    /// A legal name on a page with a stage name.
    NameWithStageName,
    /// A legal name on a page with an own picture.
    NameWithPicture,
    /// A private entry.
    PrivateEntry,
    /// Legal and stage name on one page.
    LinkedToStageName,
    /// Legal name and own picture on one page.
    LinkedToPicture,
}

/// What the judge says of a page; becomes a [`Finding`] when it is recorded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// What was found.
    pub kind: Kind,
    /// How soon it is worth reading.
    pub severity: Severity,
    /// Why.
    pub reason: Reason,
    /// What was matched, stable over passes: the original's id, or list and entry.
    pub matched: Secret,
    /// The thread's address, see the finding's key in the contract.
    pub place: String,
    /// The picture's address.
    pub image: Option<String>,
    /// The original's path.
    pub original: Option<String>,
    /// The changes and disguises that were seen through.
    pub how: Vec<String>,
    /// 0 to 1.
    pub confidence: f32,
    /// The configured entry.
    pub name: Option<Secret>,
    /// The words around it.
    pub excerpt: Option<Secret>,
}

/// Something found, as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Short enough to type.
    pub id: String,
    /// Where it stands in its life.
    pub state: State,
    /// The watch's name.
    pub watch: String,
    /// The page that showed it last.
    pub page: String,
    /// What was found.
    pub verdict: Verdict,
    /// First recorded.
    pub first_seen: Millis,
    /// Last seen standing.
    pub last_seen: Millis,
    /// When it was last new: first recorded, back again, or risen.
    pub new_at: Millis,
    /// What the owner said of it when it was dismissed: wrong, allowed, known.
    pub dismissed_as: Option<String>,
}
