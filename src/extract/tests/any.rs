//! Any bytes, any markup, any address; and a tree's opinion on well-formed pages.

use proptest::prelude::*;
use url::Url;

use super::{AT, pictures, read};
use crate::extract::{Settings, page, same_page, thread_of};
use crate::model::Content;

/// A tree's opinion: the addresses of all `img src` and links to pictures of a page.
fn by_tree(html: &str) -> Vec<String> {
    let tree = scraper::Html::parse_document(html);
    let base = Url::parse(AT).unwrap();
    let mut out: Vec<String> = Vec::new();
    for element in tree.select(&scraper::Selector::parse("img, a").unwrap()) {
        let name = if element.value().name() == "a" { "href" } else { "src" };
        out.extend(element.value().attr(name).map(|v| base.join(v).unwrap().into()));
    }
    let mut seen = std::collections::HashSet::new();
    out.retain(|a| seen.insert(a.clone()));
    out
}

fn well_formed() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        (0..9u8).prop_map(|n| format!("<img src=\"/i{n}.jpg?a=1&amp;b={n}\" alt='x'>")),
        (0..9u8).prop_map(|n| format!("<a href='l{n}.png'>t</a>")),
        Just("text &amp; more".to_owned()),
        Just("<!-- a > comment -->".to_owned()),
        Just("<script>if (a < b) { c('</p>') }</script>".to_owned()),
        Just("<style>p > a { color: red }</style>".to_owned()),
        Just("<textarea><img src=no.jpg></textarea>".to_owned()),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        let names = prop::sample::select(vec!["div", "p", "ul", "li", "b", "table", "section", "span"]);
        (names, prop::collection::vec(inner, 0..6)).prop_map(|(name, parts)| format!("<{name}>{}</{name}>", parts.concat()))
    })
}

proptest! {
    #[test]
    fn a_tree_finds_the_same_pictures(html in well_formed()) {
        let content = read(&html);
        prop_assert_eq!(pictures(&content), by_tree(&html));
    }

    #[test]
    fn any_bytes_are_read(body in prop::collection::vec(any::<u8>(), 0..400), kind in prop::sample::select(vec![None, Some("text/html"), Some("application/json"), Some("text/plain; charset=utf-16"), Some("application/atom+xml")])) {
        check(&page(&body, kind, &Url::parse(AT).unwrap(), &Settings::default()));
    }

    #[test]
    fn any_markup_is_read(parts in prop::collection::vec(prop::sample::select(MARKUP.to_vec()), 0..60), kind in prop::sample::select(vec!["text/html", "application/json", "application/rss+xml", "text/plain", "application/xhtml+xml"])) {
        let settings = Settings { max_images: 3, max_links: 3, max_text: 100 };
        let content = page(parts.concat().as_bytes(), Some(kind), &Url::parse(AT).unwrap(), &settings);
        prop_assert!(content.images.len() <= 3 && content.links.len() <= 3);
        prop_assert!(content.blocks.iter().map(|b| b.text.len()).sum::<usize>() <= 200);
        check(&content);
    }

    #[test]
    fn any_address_has_a_place(path in "[a-z0-9/;=?&.#%é-]{0,40}") {
        let Ok(url) = Url::parse("https://a.example/").unwrap().join(&path) else { return Ok(()) };
        for of in [thread_of, same_page] {
            let place = of(&url);
            prop_assert!(place.fragment().is_none());
            prop_assert_eq!(&of(&place), &place);
            prop_assert_eq!(thread_of(&place), thread_of(&url));
        }
    }
}

const MARKUP: [&str; 50] = [
    "<p>",
    "</p>",
    "<div class=post>",
    "</div>",
    "<a href=",
    "'",
    "\"",
    ">",
    "<img src='a.jpg'",
    " srcset='b.jpg 2x,",
    "<script>",
    "</script>",
    "<!--",
    "-->",
    "<style>",
    "</style>",
    "url(",
    ")",
    "\\",
    "\\u00",
    "é",
    "写",
    "&",
    "&eacute",
    ";",
    "&#x",
    "<noscript>",
    "</noscript>",
    "<title>",
    "</title>",
    "<td>",
    "</table>",
    "<svg>",
    "<![CDATA[",
    "]]>",
    "data:image/png;base64,",
    "AAAA",
    " style='",
    "{\"a\":\"",
    "https://x/y.jpg",
    "<iframe srcdoc=\"",
    "<base href=",
    "<li>",
    "<dt>",
    "\0",
    "\r\n",
    "<textarea>",
    "<option>",
    "<item>",
    "<link>",
];

fn check(content: &Content) {
    assert!(content.images.iter().all(|i| i.near <= content.blocks.len()));
    assert!(content.blocks.iter().all(|b| !b.text.is_empty()));
    assert!(content.links.iter().all(|l| l.url.fragment().is_none() && l.url.scheme().starts_with("http")));
}
