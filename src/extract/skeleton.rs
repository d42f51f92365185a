//! How a page is built, as far as it tells whether it shows what it holds: its statements, where each of them stands, and
//! what else there is. One pass of the tokenizer, linear in the page.

use std::sync::LazyLock;

use regex::Regex;
use url::Url;

use super::charset;
use super::token::{Tag, Token, Tokenizer};

/// Where a statement stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The page's title.
    Title,
    /// `h1` to `h3`.
    Heading,
    /// Any other text.
    Text,
    /// A button, or the choice of a list.
    Button,
    /// Shown where no scripts run.
    Noscript,
}

/// One run of text that a reader takes as one.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// In small letters, white space folded, apostrophes straight.
    pub text: String,
    /// Its place.
    pub role: Role,
    /// In navigation, a footer, a side column, a banner, a list of other pages.
    pub furniture: bool,
    /// Number of the post that holds it, 0 where none does.
    pub post: u32,
    /// Nearly all of it is links.
    pub linked: bool,
    /// Words; two characters of a script without spaces are one.
    pub words: usize,
}

/// See the module.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Skeleton {
    /// In reading order.
    pub statements: Vec<Statement>,
    /// Pictures outside the furniture that do not call themselves an icon.
    pub images: usize,
    /// The same, with those in the furniture.
    pub all_images: usize,
    /// Links outside the furniture.
    pub links: usize,
    /// Moments that are named outside the furniture: `time` elements, dates, times of day.
    pub moments: usize,
    /// A field for a password outside the furniture, or anywhere.
    pub password: (bool, bool),
    /// Choices of lists: a date of birth has dozens.
    pub options: usize,
    /// Text in `pre` and `textarea`, words.
    pub quoted: usize,
    /// There is a script.
    pub scripted: bool,
}

/// Statements that are kept, and bytes of one.
const MOST: usize = 3000;
const LONGEST: usize = 2000;
/// Elements inside elements that are remembered.
const DEEP: usize = 512;

const FURNITURE: u8 = 1;
const BUTTON: u8 = 2;
const HEADING: u8 = 4;
const LINK: u8 = 8;
const QUOTED: u8 = 16;

struct Open {
    name: String,
    flags: u8,
    post: u32,
}

/// Reads the skeleton of an HTML page.
pub fn skeleton(body: &[u8], content_type: Option<&str>, address: &Url) -> Skeleton {
    let text = charset::decode(body, content_type, address);
    let mut walk =
        Walk { tokens: Tokenizer::new(&text), out: Skeleton::default(), open: Vec::new(), run: String::new(), linked: 0, posts: 0 };
    walk.all();
    walk.out
}

struct Walk<'a> {
    tokens: Tokenizer<'a>,
    out: Skeleton,
    open: Vec<Open>,
    run: String,
    /// Bytes of the run that stand in links.
    linked: usize,
    posts: u32,
}

const INLINE: [&str; 24] = [
    "a", "abbr", "b", "bdi", "cite", "code", "em", "font", "i", "ins", "kbd", "mark", "q", "s", "small", "span", "strong", "sub", "sup",
    "time", "u", "var", "wbr", "label",
];
const VOID: [&str; 13] = ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"];
const OF_FURNITURE: [&str; 34] = [
    "nav",
    "navbar",
    "menubar",
    "navigation",
    "menu",
    "footer",
    "foot",
    "sidebar",
    "aside",
    "breadcrumb",
    "breadcrumbs",
    "topbar",
    "toolbar",
    "masthead",
    "related",
    "recommended",
    "recommendations",
    "similar",
    "suggested",
    "suggestions",
    "widget",
    "widgets",
    "copyright",
    "legal",
    "lang",
    "languages",
    "share",
    "social",
    "cookiebar",
    "cookies",
    "cookie",
    "tags",
    "pagination",
    "login",
];
const OF_CONTENT: [&str; 8] = ["content", "main", "with", "has", "no", "without", "layout", "body"];
const OF_POSTS: [&str; 10] = ["post", "message", "comment", "reply", "tweet", "entry", "answer", "toot", "note", "review"];
const NO_POSTS: [&str; 33] = [
    "block", "error", "alert", "flash", "notice", "info", "form", "box", "new", "list", "count", "action", "actions", "button", "menu",
    "meta", "nav", "footer", "header", "number", "date", "title", "link", "author", "avatar", "icon", "system", "login", "gate", "wall",
    "locked", "warning", "empty",
];

impl Walk<'_> {
    fn all(&mut self) {
        while let Some(token) = self.tokens.next() {
            match token {
                Token::Text(text) => self.text(&text),
                Token::Start(tag) => self.start(&tag),
                Token::End(name) => self.end(&name),
                Token::Comment(_) => {}
            }
        }
        self.finish(Role::Text);
    }

    fn flags(&self) -> u8 {
        self.open.last().map_or(0, |open| open.flags)
    }

    fn text(&mut self, text: &str) {
        if self.run.len() < LONGEST {
            self.run.push_str(text);
        }
        if self.flags() & LINK != 0 {
            self.linked += text.trim().len();
        }
        if self.flags() & QUOTED != 0 {
            self.out.quoted += text.split_whitespace().count();
        }
    }

    fn start(&mut self, tag: &Tag<'_>) {
        let name = tag.name.as_ref();
        if !INLINE.contains(&name) {
            self.finish(Role::Text);
        }
        match name {
            "script" => {
                self.out.scripted = true;
                self.tokens.script();
                return;
            }
            "style" | "svg" | "template" if !tag.self_closing => {
                self.tokens.raw_text(name);
                return;
            }
            "title" | "noscript" => {
                let inside = self.tokens.raw_text(name).to_string();
                let plain = if name == "title" { inside } else { without_tags(&inside) };
                self.run = super::entity::decode(&plain, false).into_owned();
                self.finish(if name == "title" { Role::Title } else { Role::Noscript });
                return;
            }
            _ => {}
        }
        let above = self.open.last();
        let (mut flags, mut post) = above.map_or((0, 0), |open| (open.flags, open.post));
        let named = |list: &[&str]| {
            let token = |token: &str| {
                let all: Vec<String> = words(token).collect();
                // `contentWithMenu` is content.
                all.iter().any(|word| list.contains(&word.as_str()))
                    && !all.iter().any(|word| OF_CONTENT.contains(&word.as_str()) || OF_POSTS.contains(&word.as_str()))
            };
            ["class", "id", "role"].iter().filter_map(|key| tag.brief(key)).any(|value| value.split_whitespace().any(token))
        };
        let in_post = post != 0;
        if matches!(name, "nav" | "footer" | "aside")
            || name == "header" && !in_post
            || !in_post && !matches!(name, "body" | "html" | "main") && named(&OF_FURNITURE)
        {
            flags |= FURNITURE;
        }
        if matches!(name, "button" | "option") {
            flags |= BUTTON;
        }
        if matches!(name, "h1" | "h2" | "h3") {
            flags |= HEADING;
        }
        if matches!(name, "pre" | "textarea") {
            flags |= QUOTED;
        }
        let main = flags & FURNITURE == 0;
        match name {
            "a" => {
                flags |= LINK;
                if named(&["btn", "button", "cta"]) {
                    flags |= BUTTON;
                }
                self.out.links += usize::from(main);
            }
            "img" | "video" if !is_icon(tag) => {
                self.out.images += usize::from(main);
                self.out.all_images += 1;
            }
            "time" => self.out.moments += usize::from(main),
            "option" => self.out.options += 1,
            "input" => {
                let kind = tag.brief("type").unwrap_or_default().to_ascii_lowercase();
                if kind == "password" {
                    self.out.password = (self.out.password.0 || main, true);
                }
                if matches!(kind.as_str(), "submit" | "button")
                    && let Some(value) = tag.brief("value")
                {
                    self.run = value.into_owned();
                    self.finish(Role::Button);
                }
            }
            _ => {}
        }
        if post == 0 && main && (name == "article" || matches!(name, "div" | "li" | "td" | "tr" | "table" | "section") && is_post(tag)) {
            self.posts += 1;
            post = self.posts;
        }
        if !VOID.contains(&name) && !tag.self_closing && self.open.len() < DEEP {
            if matches!(name, "button" | "option") || flags & BUTTON != 0 && name == "a" {
                self.finish(Role::Text);
            }
            self.open.push(Open { name: name.to_string(), flags, post });
        }
    }

    fn end(&mut self, name: &str) {
        let Some(at) = self.open.iter().rev().take(64).position(|open| open.name == name) else { return };
        let is_button = matches!(name, "button" | "option") || name == "a" && self.flags() & BUTTON != 0;
        if !INLINE.contains(&name) || is_button {
            self.finish(Role::Text);
        }
        self.open.truncate(self.open.len() - 1 - at);
    }

    /// The run so far is a statement.
    fn finish(&mut self, role: Role) {
        let run = std::mem::take(&mut self.run);
        let linked = std::mem::take(&mut self.linked);
        let mut text = run.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase().replace(['’', '‘', 'ʼ'], "'");
        if text.is_empty() || self.out.statements.len() >= MOST {
            return;
        }
        let flags = self.flags();
        let role = match role {
            Role::Text if flags & BUTTON != 0 => Role::Button,
            Role::Text if flags & HEADING != 0 => Role::Heading,
            role => role,
        };
        let furniture = flags & FURNITURE != 0 && role != Role::Title;
        let post = self.open.last().map_or(0, |open| open.post);
        if !furniture && role == Role::Text && names_a_moment(&text) {
            self.out.moments += 1;
        }
        let (parted, dense) = (text.split_whitespace().count(), text.chars().filter(|c| *c >= '\u{2e80}').count() / 2);
        let linked = linked * 10 >= text.len() * 8;
        // One token may be as long as the page; what looks for signs takes more than its length.
        text.truncate(text.floor_char_boundary(LONGEST));
        self.out.statements.push(Statement { role, furniture, post, linked, words: parted.max(dense), text });
    }
}

/// The words of a class or an id: `cookieBar-inner` has three.
fn words(value: &str) -> impl Iterator<Item = String> + '_ {
    let mut out: Vec<String> = Vec::new();
    let mut last = ' ';
    for c in value.chars().take(256) {
        let begins = !last.is_ascii_alphabetic() || last.is_ascii_lowercase() && c.is_ascii_uppercase();
        if c.is_ascii_alphabetic() {
            if begins {
                out.push(String::new());
            }
            if let Some(word) = out.last_mut() {
                word.push(c.to_ascii_lowercase());
            }
        }
        last = c;
    }
    out.into_iter()
}

/// One of its names ends in a word for something that people wrote, and in none for a part of the page.
fn is_post(tag: &Tag<'_>) -> bool {
    let name = |token: &str| {
        let all: Vec<String> = words(token).collect();
        all.last().is_some_and(|last| {
            OF_POSTS.contains(&last.as_str()) || OF_POSTS.iter().any(|of| last.strip_suffix("bit").is_some_and(|rest| rest == *of))
        }) && !all.iter().any(|word| NO_POSTS.contains(&word.as_str()))
    };
    ["class", "id"].iter().filter_map(|key| tag.brief(key)).any(|value| value.split_whitespace().any(name))
}

/// It calls itself an icon, or is as small as one.
fn is_icon(tag: &Tag<'_>) -> bool {
    let small = |key: &str| tag.brief(key).and_then(|n| n.trim_end_matches("px").parse::<u32>().ok()).is_some_and(|n| n < 64);
    let says = |key: &str| {
        tag.get(key).is_some_and(|value| {
            let value = value.to_ascii_lowercase();
            [
                "logo",
                "icon",
                "avatar",
                "sprite",
                "captcha",
                "flag",
                "badge",
                "pixel",
                "spinner",
                "loading",
                "blank",
                "spacer",
                "emoji",
                "smil",
                "banner",
                "data:image/svg",
            ]
            .iter()
            .any(|mark| value.contains(mark))
        })
    };
    small("width") || small("height") || says("src") || says("class") || says("id") || says("alt")
}

/// A date or a time of day stands in a short statement.
fn names_a_moment(text: &str) -> bool {
    static MOMENT: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"\d{1,4}([./-])\d{1,2}[./-]\d{2,4}|\b\d{1,2}:\d{2}\b|\b\d{1,2}\.? \p{L}{3,12}\.?,? \d{4}\b|\d+ ?(?:min|h|hours?|days?|weeks?) ago").ok()
    });
    text.len() <= 120 && MOMENT.as_ref().is_some_and(|moment| moment.is_match(text))
}

fn without_tags(html: &str) -> String {
    let mut tokens = Tokenizer::new(html);
    let mut out = String::new();
    while let Some(token) = tokens.next() {
        match token {
            Token::Text(text) => out.push_str(&text),
            Token::Start(tag) if matches!(tag.name.as_ref(), "script" | "style") => {
                tokens.raw_text(&tag.name);
            }
            _ => out.push(' '),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(html: &str) -> Skeleton {
        skeleton(html.as_bytes(), Some("text/html; charset=utf-8"), &Url::parse("https://x.example/").unwrap())
    }

    #[test]
    fn statements_stand_where_they_stand() {
        let page = of(
            "<title>A  Board</title><nav><a href=/>Home</a></nav><h1>Topic</h1><div class='blockMessage'>You must <a href=/l>log in</a> to see this.</div>\
             <article class=message><p>Hello <b>there</b></p><time>12:30</time></article><div id=post_12>second</div><button>Accept</button>\
             <a class='btn' href=x>Enter</a><footer>© us</footer><noscript><p>Turn <b>on</b></p></noscript>",
        );
        let told: Vec<(&str, Role, bool, u32, bool)> =
            page.statements.iter().map(|s| (s.text.as_str(), s.role, s.furniture, s.post, s.linked)).collect();
        assert_eq!(
            told,
            [
                ("a board", Role::Title, false, 0, false),
                ("home", Role::Text, true, 0, true),
                ("topic", Role::Heading, false, 0, false),
                ("you must log in to see this.", Role::Text, false, 0, false),
                ("hello there", Role::Text, false, 1, false),
                ("12:30", Role::Text, false, 1, false),
                ("second", Role::Text, false, 2, false),
                ("accept", Role::Button, false, 0, false),
                ("enter", Role::Button, false, 0, true),
                ("© us", Role::Text, true, 0, false),
                ("turn on", Role::Noscript, false, 0, false),
            ]
        );
        assert_eq!(page.moments, 2);
    }

    #[test]
    fn one_endless_token_is_a_short_statement() {
        for inside in ["„".repeat(400_000), format!("<noscript>{}</noscript>", "“".repeat(400_000)), "word „ ".repeat(100_000)] {
            let page = of(&format!("<title>{inside}</title><p>{inside}</p>"));
            assert!(page.statements.iter().all(|statement| statement.text.len() <= LONGEST));
        }
        assert_eq!(of(&format!("<p>{}</p>", "word ".repeat(5000))).statements.first().map(|s| s.words), Some(5000), "all are counted");
    }

    #[test]
    fn moments_and_icons() {
        for (text, yes) in [
            ("12.03.2024", true),
            ("2024-03-12", true),
            ("at 9:05", true),
            ("3/4/2024", true),
            ("1.2", false),
            ("a:b", false),
            ("12:30 pm", true),
            ("11 February 2024", true),
        ] {
            assert_eq!(names_a_moment(text), yes, "{text}");
        }
        assert_eq!(of("<img src=/logo.png><img src=a.jpg><img src=b.jpg width=16><img src=c.jpg class=user-avatar>").images, 1);
    }
}
