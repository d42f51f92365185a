//! Names in the objects of JSON and scripts: `{"givenName": "…", "familyName": "…"}`, however deep.

use super::fields::{People, Slot, label, slot};
use super::script::{Piece, pieces};

/// Deeper objects are counted, not read.
const MAX_DEPTH: usize = 128;

/// Data inside a string inside data is read so deep.
const MAX_NESTED: u8 = 2;

/// A value that is put together from more pieces is no name.
const MAX_VALUES: usize = 100;

/// One object or array that is open.
#[derive(Default)]
struct Open {
    array: bool,
    /// What it is, as the name that it was given under says.
    is: Option<Slot>,
    /// What it is, as one of its own fields says: `{"name": "first_name", "value": "…"}`.
    says: Option<Slot>,
    /// What it holds, if it is or says one value.
    values: String,
    people: People,
}

/// Follows the objects of one piece of code. Fields of one object are one person's; two objects never mix.
pub struct Objects {
    open: Vec<Open>,
    beyond: usize,
}

impl Default for Objects {
    fn default() -> Self {
        Self { open: vec![Open::default()], beyond: 0 }
    }
}

impl Objects {
    /// Reads the next piece; gives the names that are complete with it to `found`.
    pub fn read(&mut self, piece: &Piece, found: &mut impl FnMut(String)) {
        match piece {
            Piece::Open { array, name } if self.open.len() < MAX_DEPTH => {
                self.open.push(Open { array: *array, is: slot(name).filter(Slot::is_sure), ..Open::default() });
            }
            Piece::Open { .. } => self.beyond += 1,
            Piece::Close if self.beyond > 0 => self.beyond -= 1,
            // The outermost is no object: a bracket too many does not close it.
            Piece::Close if self.open.len() > 1 => self.close(found),
            Piece::Close => {}
            Piece::Text(literal) if self.beyond == 0 => self.text(literal.name, &literal.text, found),
            Piece::Text(_) => {}
        }
    }

    /// The code ends here.
    pub fn finish(mut self, found: &mut impl FnMut(String)) {
        while !self.open.is_empty() {
            self.close(found);
        }
    }

    fn close(&mut self, found: &mut impl FnMut(String)) {
        let Some(mut closed) = self.open.pop() else { return };
        closed.people.finish().into_iter().for_each(&mut *found);
        let Some(slot) = closed.is.or(closed.says) else { return };
        // An object that only wraps a value is that value of the one around it.
        if let Some(around) = self.open.last_mut().filter(|_| closed.array || !closed.values.is_empty()) {
            around.people.note(&slot, &closed.values).into_iter().for_each(found);
        }
    }

    fn text(&mut self, name: &str, text: &str, found: &mut impl FnMut(String)) {
        let Some(open) = self.open.last_mut() else { return };
        if let Some(slot) = slot(name) {
            if name == "name" {
                open.says = slot_of(text);
            }
            open.people.note(&slot, text).into_iter().for_each(found);
            return;
        }
        match name {
            "key" | "label" | "field" | "property" | "id" | "title" if open.says.is_none() => open.says = slot_of(text),
            "" if !(open.array && open.is.is_some()) => {}
            "" | "value" | "@value" | "val" | "text" | "content" | "_text" | "answer" if open.values.len() + text.len() < MAX_VALUES => {
                if !open.values.is_empty() {
                    open.values.push(' ');
                }
                open.values.push_str(text);
            }
            _ => {}
        }
    }
}

fn slot_of(text: &str) -> Option<Slot> {
    label(text).filter(Slot::is_sure)
}

/// A string holds data itself.
pub fn is_data(text: &str) -> bool {
    text.contains(['{', '[']) && text.contains(':') && text.contains(['"', '\''])
}

/// Calls `found` with the names that the objects of `code` hold in parts, also those in its strings.
pub fn names(code: &str, found: &mut impl FnMut(String)) {
    nested(code, 1, found);
}

fn nested(code: &str, depth: u8, found: &mut impl FnMut(String)) {
    let mut objects = Objects::default();
    let mut inner = Vec::new();
    pieces(code, |piece| {
        objects.read(&piece, found);
        if let Piece::Text(literal) = piece
            && depth < MAX_NESTED
            && is_data(&literal.text)
        {
            inner.push(literal.text);
        }
    });
    objects.finish(found);
    for text in inner {
        nested(&text, depth + 1, found);
    }
}
