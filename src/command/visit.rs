//! One address asked for on the spot, as a pass would, with nothing recorded.

use url::Url;

use crate::extract::{self, Settings};
use crate::fetch::{Answer, Ask, Cookies, Fetched, Fetcher, What};
use crate::model::{Content, Paths, ProblemKind, Source};
use crate::render::Renderer;
use crate::scan::blind_reason;
use crate::source::{self, Came, Read};

/// What came.
pub struct Visit {
    /// Its address is where people see it.
    pub page: Fetched,
    /// What it shows; nothing where it is a picture.
    pub content: Content,
    /// The address is a picture's.
    pub is_picture: bool,
    /// Why it does not show what it holds.
    pub blind: Option<ProblemKind>,
}

/// A question without memory.
pub fn ask<'a>(url: &'a Url, what: What, source: Source, cookies: &'a Cookies) -> Ask<'a> {
    Ask { url, what, etag: None, last_modified: None, cookies, gap: source::gap(source, url), origin: None }
}

/// Asks for `url` and reads what came; otherwise why nothing did, and the particulars.
pub async fn visit(
    fetcher: &Fetcher,
    renderer: Option<&Renderer>,
    url: &Url,
    source: Source,
    cookies: &Cookies,
    paths: &Paths,
) -> Result<Visit, (ProblemKind, String)> {
    let asked = source::ask(source, url);
    let came = match renderer {
        Some(renderer) => renderer.draw(&asked, cookies).await.map(|drawn| Answer::Body(drawn.page)),
        None => fetcher.fetch(&ask(&asked, What::Page, source, cookies)).await,
    };
    let mut page = match came {
        Ok(Answer::Body(page)) => page,
        Ok(Answer::NotModified) => return Err((ProblemKind::Status, "304 to a question that was not conditional".into())),
        Err(error) => return Err((error.kind, error.detail)),
    };
    if extract::is_picture(page.content_type.as_deref(), &page.body) {
        return Ok(Visit { page, content: Content::default(), is_picture: true, blind: None });
    }
    let (settings, most) = (Settings { max_images: fetcher.settings().max_images, ..Settings::default() }, fetcher.settings().max_page);
    let content_type = page.content_type.as_deref();
    let read = source::read(source, &Came { url, got: &page.url, body: &page.body, content_type, most, paths }, &settings);
    let Read { content, shown_at, .. } = read.map_err(|unread| (unread.kind, unread.detail))?;
    let blind = blind_reason(source, &asked, &page, shown_at.is_some(), &content);
    page.url = shown_at.unwrap_or(page.url);
    Ok(Visit { page, content, is_picture: false, blind })
}
