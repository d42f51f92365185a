//! Tests of the whole room.

mod any;
mod fields;
mod hostile;
mod pictures;
mod text;
mod tokens;

use url::Url;

use super::{Settings, page};
use crate::model::{Content, ImageSource, Place};

const AT: &str = "https://forum.example/t/x.1/";

fn read_as(body: &str, kind: &str) -> Content {
    page(body.as_bytes(), Some(kind), &Url::parse(AT).unwrap(), &Settings::default())
}

fn read(body: &str) -> Content {
    read_as(body, "text/html; charset=utf-8")
}

fn pictures(content: &Content) -> Vec<&str> {
    fn address(source: &ImageSource) -> &str {
        match source {
            ImageSource::Url(url) => url.as_str(),
            ImageSource::Inline(_) => "inline",
        }
    }
    content.images.iter().map(|i| address(&i.source)).collect()
}

fn texts(content: &Content, place: Place) -> Vec<&str> {
    content.blocks.iter().filter(|b| b.place == place).map(|b| b.text.as_str()).collect()
}
