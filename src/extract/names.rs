//! What the names of elements and the words of links mean.

use super::stack::names_an_entry;
use super::token::Tag;

/// A link's `rel` or `class` says that it leads to the next page.
pub fn has_next(value: &str) -> bool {
    value
        .split(|c: char| !c.is_alphanumeric())
        .any(|word| ["next", "suivant", "suivante", "older", "nextpage", "nextlink"].iter().any(|n| word.eq_ignore_ascii_case(n)))
}

/// A link's text says so.
pub fn says_next(text: &str) -> bool {
    const WORDS: [&str; 24] = [
        "next",
        "next page",
        "older",
        "older posts",
        "older entries",
        "suivant",
        "suivante",
        "page suivante",
        "weiter",
        "nächste",
        "nächste seite",
        "siguiente",
        "página siguiente",
        "seguente",
        "próxima",
        "próximo",
        "volgende",
        "далее",
        "следующая",
        "次へ",
        "次のページ",
        "下一页",
        "التالي",
        "اگلا",
    ];
    let text = text.trim();
    if matches!(text, "›" | "»" | "→" | ">" | ">>" | "▶" | "⟩") {
        return true;
    }
    let bare = text.trim_matches(|c: char| !c.is_alphabetic()).to_lowercase();
    WORDS.contains(&bare.as_str())
}

/// The properties of schema.org that hold a picture's address.
pub fn is_picture_key(key: &str) -> bool {
    ["image", "thumbnailUrl", "contentUrl", "thumbnail", "photo", "primaryImageOfPage"].contains(&key)
}

/// The element is one of many on a page: a post, a row, an entry of a list.
pub fn is_section(tag: &Tag) -> bool {
    match &*tag.name {
        "article" | "li" | "tr" | "section" | "blockquote" | "figure" => true,
        "html" | "body" => false,
        _ => ["class", "id"].iter().filter_map(|n| tag.get(n)).any(|v| names_an_entry(&v)),
    }
}

/// The element is not displayed, as far as it says so itself.
pub fn is_concealed(tag: &Tag) -> bool {
    tag.has("hidden")
        || tag.get("style").is_some_and(|style| {
            let style: String = style.chars().filter(|c| !c.is_whitespace()).collect();
            let style = style.to_ascii_lowercase();
            style.contains("display:none")
                || style.ends_with("font-size:0")
                || style.contains("font-size:0;")
                || style.contains("font-size:0px")
        })
}

/// Elements without content (WHATWG HTML 13.1.2).
pub fn is_void(element: &str) -> bool {
    matches!(
        element,
        "area"
            | "base"
            | "basefont"
            | "bgsound"
            | "br"
            | "col"
            | "embed"
            | "frame"
            | "hr"
            | "img"
            | "input"
            | "keygen"
            | "link"
            | "meta"
            | "param"
            | "source"
            | "track"
            | "wbr"
    )
}

/// Elements that end a run of text (WHATWG HTML 15.3: shown as blocks, cells or entries).
pub fn is_block(element: &str) -> bool {
    matches!(
        element,
        "address"
            | "article"
            | "aside"
            | "audio"
            | "blockquote"
            | "body"
            | "button"
            | "caption"
            | "center"
            | "col"
            | "colgroup"
            | "dd"
            | "details"
            | "dialog"
            | "dir"
            | "div"
            | "dl"
            | "dt"
            | "fieldset"
            | "figcaption"
            | "figure"
            | "footer"
            | "form"
            | "frameset"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "head"
            | "header"
            | "hgroup"
            | "hr"
            | "html"
            | "iframe"
            | "legend"
            | "li"
            | "listing"
            | "main"
            | "menu"
            | "nav"
            | "object"
            | "ol"
            | "optgroup"
            | "option"
            | "p"
            | "plaintext"
            | "pre"
            | "search"
            | "section"
            | "select"
            | "summary"
            | "table"
            | "tbody"
            | "td"
            | "template"
            | "tfoot"
            | "th"
            | "thead"
            | "title"
            | "tr"
            | "ul"
            | "video"
            | "xmp"
    )
}
