//! Which elements are open, as far as sections need it: a bounded stack that forgives missing end tags.

/// An element's name, as a number: equal names are equal, and the known ones are constants.
pub type Name = u64;

/// FNV-1a; a name that collides with another only misplaces a section.
pub const fn name(text: &str) -> Name {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut rest = text.as_bytes();
    while let [byte, tail @ ..] = rest {
        hash = (hash ^ *byte as u64).wrapping_mul(0x0100_0000_01b3);
        rest = tail;
    }
    hash
}

/// Deeper elements are counted, not kept.
const MAX_DEPTH: usize = 512;

const LI: Name = name("li");
const DT: Name = name("dt");
const DD: Name = name("dd");
const DL: Name = name("dl");
const TR: Name = name("tr");
const TD: Name = name("td");
const TH: Name = name("th");
const P: Name = name("p");
const OPTION: Name = name("option");
const TABLE: Name = name("table");
const TEMPLATE: Name = name("template");

struct Open {
    name: Name,
    before: u32,
}

/// The open elements and the section that the place between them belongs to.
pub struct Stack {
    open: Vec<Open>,
    beyond: usize,
    floor: usize,
    counts: [u16; SLOTS],
    current: u32,
    last: u32,
    pair: Option<u32>,
    /// Grows with every change; and the end tags that closed nothing, with the state at which they did not.
    version: u64,
    failed: [(Name, u64); SLOTS],
}

impl Default for Stack {
    fn default() -> Self {
        Self {
            open: Vec::new(),
            beyond: 0,
            floor: 0,
            counts: [0; SLOTS],
            current: 0,
            last: 0,
            pair: None,
            version: 1,
            failed: [(0, 0); SLOTS],
        }
    }
}

/// Names share so many counters.
const SLOTS: usize = 64;

fn slot(name: Name) -> usize {
    (name % SLOTS as u64) as usize
}

impl Stack {
    /// The section that holds what comes next.
    pub fn section(&self) -> u32 {
        self.current
    }

    /// How many elements are open.
    pub fn depth(&self) -> usize {
        self.open.len()
    }

    /// Probably open: exact unless another open name has the same slot, which [`Stack::is_open`] tells.
    fn may_be_open(&self, name: Name) -> bool {
        self.counts.get(slot(name)).is_some_and(|n| *n > 0)
    }

    /// An element of that name is open.
    pub fn is_open(&self, name: Name) -> bool {
        self.may_be_open(name) && self.open.iter().any(|o| o.name == name)
    }

    /// End tags read from here on close nothing that is open now; give the result to [`Stack::lower`].
    pub fn raise(&mut self) -> usize {
        self.version += 1;
        std::mem::replace(&mut self.floor, self.open.len())
    }

    /// Closes what was opened since [`Stack::raise`].
    pub fn lower(&mut self, floor: usize) {
        self.cut(self.floor);
        self.floor = floor;
        self.version += 1;
    }

    /// A start tag: closes what it ends (a second `li` the first), and opens it, as a section of its own if `section`.
    pub fn open(&mut self, name: Name, section: bool, block: bool) {
        match name {
            LI => self.close_within(&[LI], &[self::name("ul"), self::name("ol"), TABLE, TD, TH]),
            DT | DD => self.close_within(&[DT, DD], &[DL, TABLE, TD, TH]),
            TR => self.close_within(&[TR], &[TABLE]),
            TD | TH => self.close_within(&[TD, TH], &[TR, TABLE]),
            OPTION => self.close_within(&[OPTION], &[self::name("select")]),
            DL => self.pair = None,
            _ => {}
        }
        if block {
            self.close_within(&[P], &[TABLE, TD, TH, self::name("button")]);
        }
        let before = self.current;
        match name {
            // A term and what follows it are one pair.
            DD if self.pair.is_some() => self.current = self.pair.unwrap_or(before),
            _ if section || matches!(name, DT | DD) => {
                self.last = self.last.saturating_add(1);
                self.current = self.last;
                if matches!(name, DT | DD) {
                    self.pair = Some(self.current);
                }
            }
            _ => {}
        }
        if self.open.len() >= MAX_DEPTH {
            self.beyond += 1;
            return;
        }
        self.version += 1;
        self.open.push(Open { name, before });
        if let Some(count) = self.counts.get_mut(slot(name)) {
            *count += 1;
        }
    }

    /// An end tag: closes up to the innermost element of that name, if one is open inside the same table cell.
    pub fn close(&mut self, name: Name) {
        if name == DL {
            self.pair = None;
        }
        if self.beyond > 0 {
            self.beyond -= 1;
            return;
        }
        let barriers: &[Name] = match name {
            TABLE | TEMPLATE => &[],
            TR => &[TABLE],
            _ => &[TD, TH, TABLE, TEMPLATE],
        };
        // A million stray end tags cost no search each.
        let slot = slot(name);
        if self.failed.get(slot) == Some(&(name, self.version)) {
            return;
        }
        let before = self.version;
        self.close_within(&[name], barriers);
        if before == self.version
            && let Some(failed) = self.failed.get_mut(slot)
        {
            *failed = (name, before);
        }
    }

    fn close_within(&mut self, names: &[Name], barriers: &[Name]) {
        if !names.iter().any(|n| self.may_be_open(*n)) {
            return;
        }
        let inner = self.open.get(self.floor..).unwrap_or(&[]);
        let found = inner.iter().rposition(|o| names.contains(&o.name) || barriers.contains(&o.name));
        let is_name = found.and_then(|at| inner.get(at)).is_some_and(|o| names.contains(&o.name));
        if let Some(at) = found.filter(|_| is_name) {
            self.cut(self.floor + at);
        }
    }

    fn cut(&mut self, depth: usize) {
        while self.open.len() > depth {
            let Some(open) = self.open.pop() else { return };
            self.version += 1;
            self.current = open.before;
            if let Some(count) = self.counts.get_mut(slot(open.name)) {
                *count = count.saturating_sub(1);
            }
        }
    }
}

/// Words that name one of many on a page.
const ENTRIES: [&str; 8] = ["post", "message", "comment", "reply", "entry", "card", "item", "thread"];

/// One of the names in a `class` or `id` ends in a word that means one of many: `video-card`, `post-123`,
/// but neither `message-body` (a part of one) nor `poster`.
pub fn names_an_entry(class: &str) -> bool {
    class.split_ascii_whitespace().take(32).any(|token| {
        let token = token.trim_end_matches(|c: char| !c.is_ascii_alphabetic());
        let start = token.rfind(|c: char| !c.is_ascii_alphabetic()).map_or(0, |at| at + 1);
        let word = token.get(start..).unwrap_or(token);
        // `forumPost`: the last hump.
        let hump = word.rfind(|c: char| c.is_ascii_uppercase()).and_then(|at| word.get(at..)).unwrap_or(word);
        ENTRIES.iter().any(|e| word.eq_ignore_ascii_case(e) || hump.eq_ignore_ascii_case(e))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes() {
        for (class, yes) in [
            ("video-card", true),
            ("x post-123 y", true),
            ("js_forumPost", true),
            ("message", true),
            ("message-body", false),
            ("poster", false),
            ("", false),
            ("é-Kommentar item", true),
        ] {
            assert_eq!(names_an_entry(class), yes, "{class}");
        }
    }

    #[test]
    fn sections_return_to_the_parent() {
        let mut stack = Stack::default();
        stack.open(name("article"), true, true);
        let outer = stack.section();
        stack.open(LI, true, true);
        stack.open(LI, true, true);
        assert_eq!(stack.section(), outer + 2);
        assert_eq!(stack.depth(), 2);
        stack.close(name("div"));
        stack.close(LI);
        assert_eq!(stack.section(), outer);
        stack.open(DT, true, true);
        let pair = stack.section();
        stack.open(DD, true, true);
        assert_eq!(stack.section(), pair);
        stack.close(name("article"));
        assert_eq!(stack.section(), 0);
    }

    #[test]
    fn depth_is_bounded() {
        let mut stack = Stack::default();
        for _ in 0..10_000 {
            stack.open(name("div"), true, true);
        }
        assert_eq!(stack.depth(), MAX_DEPTH);
        for _ in 0..10_000 {
            stack.close(name("div"));
        }
        assert_eq!((stack.depth(), stack.section()), (0, 0));
    }
}
