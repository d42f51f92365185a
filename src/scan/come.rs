//! How a page's bytes are had: asked for, drawn by a browser, or taken from a shelf on this machine.

use std::collections::HashMap;
use std::sync::Arc;

use url::Url;

use super::Scanner;
use crate::fetch::{Answer, Ask, FetchError, Fetched, fault};
use crate::model::{LimitHit, ProblemKind, Source, Watch};
use crate::shelf::Item;
use crate::store::{Claim, Validators};

/// A page that came, and what came with it.
pub(super) struct Came {
    /// The page.
    pub page: Fetched,
    /// Pictures that are there already, by address.
    pub pictures: HashMap<Url, Arc<Vec<u8>>>,
    /// What was not got to.
    pub limits: Vec<LimitHit>,
    /// Of things that it lists, a mark that changes when they do; `None` where it is no list of a shelf.
    pub listing: Option<Vec<(Url, String)>>,
}

impl Came {
    fn of(page: Fetched) -> Self {
        Self { page, pictures: HashMap::new(), limits: Vec::new(), listing: None }
    }
}

impl Scanner {
    /// Gets a page; `None` where it has not changed since `known`.
    ///
    /// # Errors
    /// What kept us from it.
    pub(super) async fn come(
        &self,
        claim: &Claim,
        watch: Option<&Watch>,
        source: Source,
        ask: &Ask<'_>,
        known: &Validators,
    ) -> Result<Option<Came>, FetchError> {
        if claim.url.scheme() == "file" {
            return self.taken_from_shelf(&claim.url, watch).await.map(Some);
        }
        if watch.is_some_and(|watch| watch.render) && source == Source::Page {
            let drawn = self.renderer.draw(ask.url, ask.cookies).await?;
            return Ok(Some(Came { pictures: drawn.pictures, limits: drawn.limits, ..Came::of(drawn.page) }));
        }
        match self.fetcher.fetch(ask).await? {
            Answer::Body(page) => Ok(Some(Came::of(page))),
            Answer::NotModified if *known == Validators::default() => {
                Err(fault(ProblemKind::Status, "304 to a question that was not conditional"))
            }
            Answer::NotModified => Ok(None),
        }
    }

    async fn taken_from_shelf(&self, url: &Url, watch: Option<&Watch>) -> Result<Came, FetchError> {
        let (shelf, at, roots) = (self.shelf.clone(), url.clone(), watch.map(|w| w.urls.clone()).unwrap_or_default());
        let settings = self.fetcher.settings();
        let most = settings.max_page.max(settings.max_image);
        let opened = tokio::task::spawn_blocking(move || shelf.open(&roots, &at, most)).await;
        let opened = opened.unwrap_or_else(|_| Err((ProblemKind::Decoder, "it could not be taken apart; please report it".into())));
        let page = |body, content_type, at| Fetched { url: at, content_type, etag: None, last_modified: None, body, room: None };
        match opened.map_err(|(kind, detail)| fault(kind, detail))? {
            Item::Bytes { body, content_type, shown_at } => Ok(Came::of(page(body, content_type, shown_at.unwrap_or_else(|| url.clone())))),
            Item::Listing { entries, left_out } => {
                let lines: String = entries.iter().map(|entry| format!("{} {}\n", entry.url, entry.mark)).collect();
                let came = Came::of(page(lines.into_bytes(), Some("text/plain; charset=utf-8".into()), url.clone()));
                let limits = (left_out > 0).then_some(LimitHit::Unlisted(left_out)).into_iter().collect();
                let listing = entries.into_iter().map(|entry| (entry.url, entry.mark)).collect();
                Ok(Came { limits, listing: Some(listing), ..came })
            }
        }
    }
}
