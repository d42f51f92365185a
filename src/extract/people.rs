//! Names that a page's elements hold in parts: microdata and microformats, form fields, cells with labels.

use super::fields::{People, Slot, label, slot};
use super::html::Walker;
use super::token::Tag;
use crate::model::Place;

/// Labels and their values are short; longer text is prose.
const MAX_TEXT: usize = 400;

/// The value behind a label may follow on its line if it is so short.
const MAX_LINE: usize = 160;

/// The parts of one name stand at most so many blocks apart.
const MAX_APART: usize = 24;

/// Deeper tables are taken for parts of the table around them.
const MAX_TABLES: usize = 16;

/// So many columns of a table are told apart.
const MAX_COLUMNS: usize = 64;

/// Where the label of a form field is read from, the surest first.
const FIELD: [&str; 7] = ["name", "id", "autocomplete", "placeholder", "aria-label", "title", "data-field"];

/// Where an element says that its text is a part of a name.
const ELEMENT: [&str; 6] = ["itemprop", "property", "class", "id", "data-field", "data-name"];

/// An element whose text is a part of a name.
struct Capture {
    depth: usize,
    slot: Slot,
    text: String,
    /// An entry of a form's list, not running text.
    chosen: bool,
}

/// A label that waits for its value.
struct Pending {
    slot: Slot,
    section: u32,
    /// The cell behind it has begun.
    aged: bool,
}

/// A table that is open: which columns its head calls parts of a name.
#[derive(Default)]
struct Table {
    columns: Vec<(usize, Slot)>,
    /// What the row at hand calls so itself.
    labels: Vec<(usize, Slot)>,
    /// Cells that began in it.
    cells: usize,
    /// The first text of the cell at hand was read.
    read: bool,
    row: People,
}

/// What is known of names in parts while a page is read.
#[derive(Default)]
pub struct Fields {
    meta: People,
    /// The items (`itemscope`, `vcard`) that are open, with their depth.
    items: Vec<(usize, People)>,
    /// Parts that stand in no item are one person's inside one section.
    loose: (u32, People),
    capture: Option<Capture>,
    form: People,
    /// What the `textarea` or `select` that is open holds.
    field: Option<Slot>,
    labelled: People,
    /// The block that held the last label or value.
    last: usize,
    pending: Option<Pending>,
    tables: Vec<Table>,
    tables_beyond: usize,
    /// Running text up to here (block, byte) labelled an earlier form field.
    used: (usize, usize),
}

impl Fields {
    /// Running text.
    pub fn text(&mut self, text: &str) {
        if let Some(capture) = self.capture.as_mut().filter(|c| c.text.len() < MAX_TEXT) {
            capture.text.extend(text.chars().take(MAX_TEXT));
        }
    }
}

/// The part of a name that one word of `itemprop` or `class` tells.
fn word_slot(attribute: &str, value: &str) -> Option<Slot> {
    let words = value.split_ascii_whitespace().take(32).filter(|w| !matches!(attribute, "class" | "id") || is_telling(w));
    // `http://schema.org/givenName`, `foaf:givenName`: whose vocabulary it is does not matter.
    words.filter_map(|w| slot(w.rsplit(['/', '#', ':']).next().unwrap_or(w))).find(Slot::is_sure)
}

/// A style's class is called so for its meaning: `given-name`, but not `last`, `fn`.
fn is_telling(class: &str) -> bool {
    let told = |w: &[u8]| w.eq_ignore_ascii_case(b"nam") || w.eq_ignore_ascii_case(b"nom") || w.eq_ignore_ascii_case(b"ape");
    class.len() > 4 && class.as_bytes().windows(3).any(told)
}

fn is_item(tag: &Tag) -> bool {
    let card = |class: &str| class.split_ascii_whitespace().any(|w| matches!(w, "vcard" | "h-card" | "hcard"));
    tag.has("itemscope") || tag.has("typeof") || tag.get("class").is_some_and(|c| card(&c))
}

/// Fields behind this element's border are another person's.
fn parts_people(element: &str) -> bool {
    matches!(element, "table" | "dl" | "ul" | "ol" | "form" | "fieldset" | "article" | "section")
}

/// The label that a line is or begins with, and the value behind it.
fn labelled(line: &str) -> Option<(Slot, &str)> {
    if line.len() > MAX_LINE {
        return None;
    }
    if let Some((before, value)) = line.split_once([':', '：']).filter(|(_, v)| v.contains(char::is_alphanumeric)) {
        return label(before).map(|slot| (slot, value));
    }
    let whole = label(line)?;
    // `<b>First name</b> Ayesha`, but not `First name (required)`.
    let ends = line.char_indices().filter(|(_, c)| c.is_whitespace()).map(|(at, _)| line.split_at(at)).take(4);
    let begun = ends.filter_map(|(before, value)| label(before).filter(|s| s.is_sure() && s.is_plain()).map(|s| (s, value)));
    let follows = |value: &str| value.trim_start().starts_with(char::is_alphabetic);
    Some(begun.last().filter(|(_, value)| !whole.is_plain() && follows(value)).unwrap_or((whole, "")))
}

impl Walker<'_, '_> {
    fn name_in_parts(&mut self, names: impl IntoIterator<Item = String>, place: Place) {
        let section = self.stack.section();
        names.into_iter().for_each(|name| self.out.block(&name, place, section));
    }

    /// A `meta` element's content.
    pub(super) fn meta_field(&mut self, tag: &Tag, content: &str) {
        let slot = ["property", "name"].iter().filter_map(|n| tag.get(n)).find_map(|n| slot(&n));
        if let Some(slot) = slot {
            let ended = self.fields.meta.note(&slot, content);
            self.name_in_parts(ended, Place::Meta);
        }
    }

    /// An element that ends a block begins; the elements around it are still open.
    pub(super) fn fields_before(&mut self, element: &str) {
        self.read_ended();
        match element {
            "table" => {
                if self.fields.tables.len() < MAX_TABLES {
                    self.fields.tables.push(Table::default());
                } else {
                    self.fields.tables_beyond += 1;
                }
            }
            "tr" => self.end_row(),
            "td" | "th" => {
                if let Some(table) = self.fields.tables.last_mut() {
                    table.cells += 1;
                    table.read = false;
                }
            }
            _ => {}
        }
        if matches!(element, "td" | "th" | "dt" | "dd") {
            // The value stands in the next cell or nowhere.
            let waits = self.fields.pending.take_if(|p| !p.aged);
            self.fields.pending = waits.map(|p| Pending { aged: true, ..p });
        }
        if parts_people(element) {
            self.end_labels();
        }
        if element == "form" {
            self.end_form();
        }
    }

    /// An element that ends a block ends; it is still open.
    pub(super) fn fields_behind(&mut self, element: &str) {
        self.read_ended();
        match element {
            "tr" => self.end_row(),
            "table" if self.fields.tables_beyond > 0 => self.fields.tables_beyond -= 1,
            "table" => {
                self.end_row();
                let _ = self.fields.tables.pop();
            }
            "select" => self.fields.field = None,
            "form" => self.end_form(),
            _ => {}
        }
        if parts_people(element) {
            self.end_labels();
        }
    }

    /// The elements deeper than `depth` were closed.
    pub(super) fn fields_above(&mut self, depth: usize) {
        if let Some(capture) = self.fields.capture.take_if(|c| c.depth > depth) {
            if capture.chosen {
                let ended = self.fields.form.note(&capture.slot, &capture.text);
                self.name_in_parts(ended, Place::Form);
            } else {
                self.item_field(&capture.slot, &capture.text);
            }
        }
        while let Some((_, mut people)) = self.fields.items.pop_if(|(at, _)| *at > depth) {
            self.name_in_parts(people.finish(), Place::Data);
        }
    }

    /// What a start tag, which is open now unless it is `empty`, says of its content.
    pub(super) fn fields_of(&mut self, tag: &Tag, empty: bool) {
        let depth = self.stack.depth();
        if !empty {
            // A cell closes the cell before it.
            self.fields_above(depth.saturating_sub(1));
            if is_item(tag) && !matches!(&*tag.name, "html" | "body") {
                self.fields.items.push((depth, People::default()));
            }
        }
        match &*tag.name {
            "input" => {
                let kind = tag.get("type").unwrap_or_default().to_ascii_lowercase();
                if !matches!(&*kind, "submit" | "button" | "checkbox" | "radio" | "image" | "reset" | "password" | "file") {
                    self.fields.field = self.field_of(tag);
                    self.field_value(&tag.get("value").unwrap_or_default());
                }
            }
            "textarea" | "select" => self.fields.field = self.field_of(tag),
            "option" if tag.has("selected") => {
                let field = self.fields.field.clone();
                self.fields.capture = field.map(|slot| Capture { depth, slot, text: String::new(), chosen: true });
            }
            "meta" if !tag.has("itemprop") => {}
            "option" | "label" | "html" | "body" | "link" | "script" | "style" => {}
            _ => self.element_field(tag, empty),
        }
    }

    fn element_field(&mut self, tag: &Tag, empty: bool) {
        let found = ELEMENT.iter().filter_map(|n| tag.get(n).map(|v| (n, v))).find_map(|(n, v)| word_slot(n, &v));
        let Some(slot) = found else { return };
        if let Some(content) = tag.get("content").or_else(|| tag.get("value").filter(|_| tag.name == "data")) {
            self.item_field(&slot, &content);
        } else if !empty {
            // The innermost counts: around it stand labels.
            self.fields.capture = Some(Capture { depth: self.stack.depth(), slot, text: String::new(), chosen: false });
        }
    }

    fn item_field(&mut self, slot: &Slot, value: &str) {
        let section = self.stack.section();
        let ended: Vec<String> = if let Some((_, people)) = self.fields.items.last_mut() {
            people.note(slot, value).into_iter().collect()
        } else {
            let (before, people) = &mut self.fields.loose;
            let mut ended = if *before == section { Vec::new() } else { people.finish() };
            *before = section;
            ended.extend(people.note(slot, value));
            ended
        };
        self.name_in_parts(ended, Place::Data);
    }

    /// What a form field holds, as its attributes or else the label before it say.
    fn field_of(&mut self, tag: &Tag) -> Option<Slot> {
        let named: Vec<Slot> = FIELD.iter().filter_map(|n| tag.get(n)).filter_map(|v| slot(&v)).collect();
        let (sure, other): (Vec<_>, Vec<_>) = named.into_iter().partition(Slot::is_sure);
        let labelled = self.label_before();
        sure.into_iter().next().or(labelled).or(other.into_iter().next())
    }

    fn label_before(&mut self) -> Option<Slot> {
        let pending = self.fields.pending.take().map(|p| p.slot);
        let Some((at, block)) = self.out.open.and_then(|at| self.out.blocks.get(at).map(|b| (at, b))) else {
            return pending;
        };
        let used = if self.fields.used.0 == at { self.fields.used.1 } else { 0 };
        let from = block.text.ceil_char_boundary(used.max(block.text.len().saturating_sub(MAX_LINE)));
        self.fields.used = (at, block.text.len());
        let before = block.text.get(from..).unwrap_or("").trim();
        before.rsplit('\n').next().filter(|line| !line.is_empty()).and_then(label)
    }

    /// The value of the form field at hand.
    pub(super) fn field_value(&mut self, value: &str) {
        if let Some(slot) = self.fields.field.take() {
            let ended = self.fields.form.note(&slot, value);
            self.name_in_parts(ended, Place::Form);
        }
    }

    /// Looks for labels and their values in the running text that ended.
    fn read_ended(&mut self) {
        for at in std::mem::take(&mut self.out.ended) {
            let Some(block) = self.out.blocks.get(at).filter(|b| b.place != Place::Form) else { continue };
            if block.text.len() > MAX_TEXT {
                self.fields.pending = None;
                continue;
            }
            let (text, section) = (block.text.clone(), block.section);
            self.cell(&text);
            for line in text.split('\n').map(str::trim).filter(|l| !l.is_empty()) {
                self.line(line, section, at);
            }
        }
    }

    /// A block of a table: a column's head, or what stands below one.
    fn cell(&mut self, text: &str) {
        let Some(table) = self.fields.tables.last_mut().filter(|t| !t.read && t.cells <= MAX_COLUMNS) else { return };
        table.read = true;
        let column = table.cells;
        if let Some(slot) = label(text) {
            table.labels.push((column, slot));
        } else if let Some((_, slot)) = table.columns.iter().find(|c| c.0 == column) {
            let ended = table.row.note(slot, text);
            self.name_in_parts(ended, Place::Data);
        }
    }

    fn line(&mut self, line: &str, section: u32, at: usize) {
        let Some((slot, value)) = labelled(line) else {
            if let Some(pending) = self.fields.pending.take_if(|p| p.section == section) {
                self.fields.labelled.fill(&pending.slot, line);
                self.fields.last = at;
            }
            return self.fields.pending = None;
        };
        if at > self.fields.last.saturating_add(MAX_APART) {
            self.end_labels();
        }
        self.fields.last = at;
        let ended = self.fields.labelled.note(&slot, value);
        self.name_in_parts(ended, Place::Data);
        self.fields.pending = value.trim().is_empty().then_some(Pending { slot, section, aged: false });
    }

    fn end_row(&mut self) {
        let Some(table) = self.fields.tables.last_mut() else { return };
        if table.labels.len() > 1 {
            table.columns = std::mem::take(&mut table.labels);
        }
        table.labels.clear();
        (table.cells, table.read) = (0, true);
        let names = table.row.finish();
        self.name_in_parts(names, Place::Data);
    }

    fn end_labels(&mut self) {
        self.fields.pending = None;
        let names = self.fields.labelled.finish();
        self.name_in_parts(names, Place::Data);
    }

    fn end_form(&mut self) {
        let names = self.fields.form.finish();
        self.name_in_parts(names, Place::Form);
    }

    /// The page ends here, and with it everything that is open.
    pub(super) fn end_fields(&mut self) {
        self.read_ended();
        self.fields_above(0);
        while let Some(mut table) = self.fields.tables.pop() {
            self.name_in_parts(table.row.finish(), Place::Data);
        }
        self.end_labels();
        self.end_form();
        let meta = self.fields.meta.finish();
        self.name_in_parts(meta, Place::Meta);
        let loose = self.fields.loose.1.finish();
        self.name_in_parts(loose, Place::Data);
    }
}
