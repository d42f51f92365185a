//! What `meta` and `link` elements hold.

use super::address::ends_like_picture;
use super::html::Walker;
use super::srcset;
use super::token::Tag;
use crate::model::Place;

impl Walker<'_, '_> {
    /// A `meta` element: its words, a picture, where it sends a reader.
    pub(super) fn meta(&mut self, tag: &Tag) {
        let Some(content) = tag.get("content") else {
            return;
        };
        let section = self.stack.section();
        self.meta_field(tag, &content);
        if tag.get("http-equiv").is_some_and(|v| v.eq_ignore_ascii_case("refresh")) {
            let address = content.split_once([';', ',']).map(|(_, rest)| rest.trim_start()).unwrap_or("");
            let address = address.get(..3).filter(|a| a.eq_ignore_ascii_case("url")).and_then(|_| address.get(3..));
            if let Some(address) = address.and_then(|a| a.trim_start().strip_prefix('=')) {
                self.link_to(address.trim().trim_matches(['"', '\'']), false);
            }
            return;
        }
        let name = ["property", "name", "itemprop"].iter().find_map(|n| tag.get(n)).unwrap_or_default().to_ascii_lowercase();
        if matches!(&*name, "viewport" | "robots" | "theme-color" | "referrer" | "color-scheme" | "format-detection") {
            return;
        }
        let image = ["og:image", "twitter:image", "image", "thumbnail", "thumbnailurl", "primaryimageofpage"];
        let image = image.contains(&&*name) || ["og:image:url", "og:image:secure_url", "twitter:image:src", "vk:image"].contains(&&*name);
        if image || (ends_like_picture(&content) && content.contains('/')) {
            self.out.picture(&content, section, None, false);
        } else if content.starts_with("http://") || content.starts_with("https://") {
            self.out.address(&content, section);
        } else {
            let place = if tag.has("itemprop") { Place::Data } else { Place::Meta };
            self.out.block(&content, place, section);
        }
    }

    /// A `link` element: a picture, the next page, another address of this one.
    pub(super) fn link_element(&mut self, tag: &Tag) {
        let section = self.stack.section();
        let rel = tag.get("rel").unwrap_or_default().to_ascii_lowercase();
        let is = |what: &str| rel.split_ascii_whitespace().any(|r| r == what);
        let as_image = tag.get("as").is_some_and(|v| v.eq_ignore_ascii_case("image"));
        let href = tag.get("href").unwrap_or_default();
        let itemprop = tag.get("itemprop").unwrap_or_default().to_ascii_lowercase();
        if is("image_src") || ((is("preload") || is("prefetch")) && as_image) || itemprop.contains("image") || itemprop == "thumbnailurl" {
            self.out.picture(&href, section, None, false);
            if let Some(address) = tag.get("imagesrcset").as_deref().and_then(srcset::largest) {
                self.out.picture(address, section, None, false);
            }
        } else if is("next") || is("prev") {
            self.link_to(&href, is("next"));
        } else if is("canonical") || is("alternate") || is("me") || is("author") || !itemprop.is_empty() {
            self.out.address(&href, section);
        }
    }
}
