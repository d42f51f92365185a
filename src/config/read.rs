//! Walks the TOML tree, key by key, and collects every fault instead of stopping at the first.

use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Fault, Overlay, Referred};

/// One file being read.
pub struct Reader<'a> {
    text: &'a str,
    file: &'a Path,
    faults: RefCell<Vec<Fault>>,
    inline_secret: Cell<bool>,
    referred: RefCell<Vec<Referred>>,
    instead: Option<&'a Overlay>,
}

/// One table of the file.
pub struct Section<'r, 'a> {
    pub(super) reader: &'r Reader<'a>,
    table: &'r DeTable<'r>,
    path: String,
    span: Range<usize>,
    known: RefCell<Vec<&'static str>>,
}

impl<'a> Reader<'a> {
    pub fn new(text: &'a str, file: &'a Path) -> Self {
        Self { text, file, faults: RefCell::default(), inline_secret: Cell::new(false), referred: RefCell::default(), instead: None }
    }

    /// The same, with files that stand in for those that the text refers to.
    pub fn over(text: &'a str, file: &'a Path, instead: &'a Overlay) -> Self {
        Self { instead: Some(instead), ..Self::new(text, file) }
    }

    /// Whether other files stand in for those that are referred to.
    pub fn is_over(&self) -> bool {
        self.instead.is_some()
    }

    /// Remembers that the text refers to a file.
    pub fn refer(&self, one: Referred) {
        let mut all = self.referred.borrow_mut();
        if !all.contains(&one) {
            all.push(one);
        }
    }

    /// What stands in a file that the text refers to.
    pub fn text_of(&self, one: Referred) -> std::io::Result<String> {
        let instead = self.instead.and_then(|files| files.get(&(one.credential, one.written.clone())));
        let text = match instead {
            Some(bytes) => String::from_utf8(bytes.clone()).map_err(std::io::Error::other),
            None => std::fs::read_to_string(&one.path),
        };
        self.refer(one);
        text
    }

    pub fn referred(&self) -> Vec<Referred> {
        self.referred.borrow().clone()
    }

    pub fn file(&self) -> &Path {
        self.file
    }

    /// The folder that relative paths start from.
    pub fn folder(&self) -> PathBuf {
        match self.file.parent() {
            Some(p) if !p.as_os_str().is_empty() => p.to_path_buf(),
            _ => PathBuf::from("."),
        }
    }

    /// Parses the file and hands its top table to `with`. `None` where the syntax is broken.
    pub fn document<T>(&self, with: impl FnOnce(&Section<'_, 'a>) -> T) -> Option<T> {
        self.tree(false, with)
    }

    /// The same with what can be read of a broken file.
    pub fn remains<T>(&self, with: impl FnOnce(&Section<'_, 'a>) -> T) -> Option<T> {
        self.tree(true, with)
    }

    fn tree<T>(&self, broken: bool, with: impl FnOnce(&Section<'_, 'a>) -> T) -> Option<T> {
        let (table, errors) = DeTable::parse_recoverable(self.text);
        for error in &errors {
            self.fault_at(error.span(), "", error.message().to_string());
        }
        if !errors.is_empty() && !broken {
            return None;
        }
        let section = Section { reader: self, table: table.get_ref(), path: String::new(), span: 0..0, known: RefCell::default() };
        let value = with(&section);
        section.report_unknown();
        Some(value)
    }

    pub fn fault_at(&self, span: Option<Range<usize>>, key: &str, message: impl Into<String>) {
        let line = span.map_or(0, |s| self.text.bytes().take(s.start).filter(|b| *b == b'\n').count() + 1);
        self.faults.borrow_mut().push(Fault { line, key: key.to_string(), message: message.into() });
    }

    /// A name, a private entry or a password stands in the file itself.
    pub fn holds_secret(&self) {
        self.inline_secret.set(true);
    }

    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.inline_secret.get() && values_readable_by_others(self.file) {
            warnings.push(format!(
                "{} holds names or a password and can be read by other users of this machine; 'chmod 600' it",
                self.file.display()
            ));
        }
        warnings
    }

    pub fn into_faults(self) -> Vec<Fault> {
        let mut faults = self.faults.into_inner();
        faults.sort_by_key(|f| f.line);
        faults
    }
}

pub(super) fn values_readable_by_others(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(file).is_ok_and(|m| m.permissions().mode() & 0o077 != 0)
}

impl<'r, 'a> Section<'r, 'a> {
    /// The value of `key`, which is thereby a known one.
    pub(super) fn get(&self, key: &'static str) -> Option<&'r Spanned<DeValue<'r>>> {
        self.known.borrow_mut().push(key);
        self.table.iter().find(|(k, _)| k.get_ref().as_ref() == key).map(|(_, v)| v)
    }

    pub fn has_any(&self, keys: &[&str]) -> bool {
        self.table.iter().any(|(k, _)| keys.contains(&k.get_ref().as_ref()))
    }

    fn dotted(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_string() } else { format!("{}.{key}", self.path) }
    }

    /// `key` is wrong; the line is that of its value, or of the table where it is missing.
    pub fn fault(&self, key: &str, message: impl Into<String>) {
        let span = self.table.iter().find(|(k, _)| k.get_ref().as_ref() == key).map(|(_, v)| v.span());
        self.reader.fault_at(span.or_else(|| Some(self.span.clone())), &self.dotted(key), message);
    }

    fn section<'s>(&self, key: &str, value: &'s Spanned<DeValue<'s>>) -> Option<Section<'s, 'a>>
    where
        'r: 's,
    {
        match value.get_ref() {
            DeValue::Table(table) => {
                Some(Section { reader: self.reader, table, path: self.dotted(key), span: value.span(), known: RefCell::default() })
            }
            _ => None,
        }
    }

    /// The table `key`.
    pub fn table<T>(&self, key: &'static str, with: impl FnOnce(&Section<'_, 'a>) -> T) -> Option<T> {
        let value = self.get(key)?;
        let Some(section) = self.section(key, value) else {
            self.fault(key, format!("must be a table: [{}]", self.dotted(key)));
            return None;
        };
        let out = with(&section);
        section.report_unknown();
        Some(out)
    }

    /// The array of tables `key`.
    pub fn tables<T>(&self, key: &'static str, with: impl Fn(&Section<'_, 'a>) -> Option<T>) -> Vec<T> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let DeValue::Array(array) = value.get_ref() else {
            self.fault(key, format!("is written [[{key}]], with two brackets, once for each"));
            return Vec::new();
        };
        let mut out = Vec::new();
        for item in array.iter() {
            match self.section(key, item) {
                Some(section) => {
                    out.extend(with(&section));
                    section.report_unknown();
                }
                None => self.fault(key, format!("is written [[{key}]], once for each")),
            }
        }
        out
    }

    fn report_unknown(&self) {
        let known = self.known.borrow();
        for (key, _) in self.table.iter() {
            let name = key.get_ref().as_ref();
            if known.contains(&name) {
                continue;
            }
            let nearest = known
                .iter()
                .map(|k| (strsim::normalized_damerau_levenshtein(k, name), *k))
                .filter(|(near, _)| *near >= 0.5)
                .max_by(|a, b| a.0.total_cmp(&b.0));
            let message = match nearest {
                Some((_, nearest)) => format!("is not a key that is known here; did you mean \"{nearest}\"?"),
                None => {
                    let subject = if self.path == "me" { "holds a key that is not known here" } else { "is not a key that is known here" };
                    let mut all: Vec<&str> = known.clone();
                    all.sort_unstable();
                    all.dedup();
                    format!("{subject}; known are {}", all.join(", "))
                }
            };
            // What stands in [me] and resembles no key may be a name that lost its brackets.
            let told =
                if nearest.is_none() && (self.path == "me" || self.path.starts_with("me.")) { "me".into() } else { self.dotted(name) };
            self.reader.fault_at(Some(key.span()), &told, message);
        }
    }
}
