//! All pictures of one page: the larger ones before the thumbnails that lead to them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::StreamExt;
use tokio::task::JoinSet;
use url::Url;

use super::pictures::{Larger, PictureLook, Want};
use super::{Scanner, now, same_site};
use crate::fetch::Cookies;
use crate::model::{ImageRef, ImageSource, ProblemKind};
use crate::store::{KnownPicture, NewPicture, StoreError, Validators};

/// Pictures of one page in work at once; politeness is the fetcher's.
const PICTURES_AT_ONCE: usize = 8;
/// Pictures of a page on hosts that do not answer; after so many, only hosts that do are asked for the rest. Otherwise a
/// page of 2,000 names that lead nowhere takes hours.
const MOST_SILENT: usize = 40;
/// Pictures of a page that are looked at before they are written to the store.
const MOST_UNWRITTEN: usize = 32;

/// What the looks at a page's pictures gave.
pub(super) struct Gathered {
    /// In the page's order.
    pub looked: Vec<(ImageRef, PictureLook)>,
    /// What the store does not know yet.
    pub new: Vec<NewPicture>,
}

/// Where a page's pictures are asked for.
struct Errand<'a> {
    page: &'a Url,
    cookies: &'a Cookies,
    known: HashMap<Url, KnownPicture>,
    drawn: &'a HashMap<Url, Arc<Vec<u8>>>,
    sums: HashMap<&'a Url, (&'a str, Url)>,
    /// The page's origin, and whether it says who is looked for.
    origin: String,
    origin_tells: bool,
    silent: AtomicUsize,
}

impl Scanner {
    /// Looks at all pictures of the page at `page`; `drawn` are those that a browser has already. An address that may not be asked for is a problem.
    ///
    /// # Errors
    /// Only where the store fails.
    pub(super) async fn gather(
        &self,
        page: &Url,
        images: &[ImageRef],
        drawn: &HashMap<Url, Arc<Vec<u8>>>,
        sums: &[(Url, String)],
        may_ask: impl Fn(&Url) -> bool,
        cookies: &Cookies,
    ) -> Result<Gathered, StoreError> {
        // A file that a board has shown before, under whatever address, has a second address: what the board says that its
        // bytes come to, which was found true when it was fetched.
        let sums: HashMap<&Url, (&str, Url)> = sums.iter().filter_map(|(at, sum)| Some((at, (sum.as_str(), alias(at, sum)?)))).collect();
        let mut urls: Vec<Url> = images.iter().filter_map(|image| image.address().cloned()).collect();
        let shown: HashSet<Url> = urls.iter().cloned().collect();
        urls.extend(sums.values().map(|(_, alias)| alias.clone()));
        let known = self.store.pictures(&urls, self.own.depth.version(), &self.own.originals_revision).await?;
        let origin = format!("{}/", page.origin().ascii_serialization());
        let origin_tells = Url::parse(&origin).is_ok_and(|origin| self.own.in_address(&origin));
        let errand = Errand { page, cookies, known, drawn, sums, origin, origin_tells, silent: AtomicUsize::new(0) };
        let leads_to_one = |image: &ImageRef| image.leads_to.as_ref().is_some_and(|url| shown.contains(url));
        let (mut looked, mut new): (Vec<Option<PictureLook>>, _) = (vec![None; images.len()], Vec::new());
        let mut larger: HashMap<Url, Larger> = HashMap::new();
        // Written beside the looks, not between them: a look that waits to go on may hold the connection that a write
        // waits for.
        let mut writes: JoinSet<Result<(), StoreError>> = JoinSet::new();
        for thumbnails in [false, true] {
            let mut some = Vec::new();
            for at in beginning_anywhere(images.len()) {
                some.extend(images.get(at).filter(|image| leads_to_one(image) == thumbnails).map(|image| (at, image.clone())));
            }
            let (errand, may_ask, known_larger) = (&errand, &may_ask, &larger);
            let looks = some.into_iter().map(|(at, image)| async move {
                let larger = image.leads_to.as_ref().and_then(|url| known_larger.get(url));
                self.one(errand, &image, larger, may_ask).await.map(|look| (at, image, look))
            });
            let mut stream = futures_util::stream::iter(looks).buffered(PICTURES_AT_ONCE);
            let mut found = Vec::new();
            while let Some(one) = stream.next().await {
                let (at, image, mut look) = one?;
                new.extend(look.new.take());
                if let (true, Some(body), Some((_, alias))) = (look.summed, &look.body, image.address().and_then(|at| errand.sums.get(at)))
                {
                    new.push(NewPicture::of(body).at(alias, Validators::default()));
                }
                if !thumbnails && let (Some(url), Some(large)) = (image.address(), look.larger()) {
                    found.push((url.clone(), large));
                }
                if let Some(place) = looked.get_mut(at) {
                    *place = Some(look);
                }
                if new.len() >= MOST_UNWRITTEN {
                    let (store, some) = (self.store.clone(), std::mem::take(&mut new));
                    writes.spawn(async move { store.put_pictures(&some, now()).await });
                }
            }
            drop(stream);
            larger.extend(found);
        }
        while let Some(written) = writes.join_next().await {
            // What a write that panicked had is only looked at again.
            written.unwrap_or(Ok(()))?;
        }
        let looked = images.iter().cloned().zip(looked).filter_map(|(image, look)| Some((image, look?))).collect();
        Ok(Gathered { looked, new })
    }

    /// Looks at one of them; `larger` is the picture that it leads to.
    async fn one(
        &self,
        errand: &Errand<'_>,
        image: &ImageRef,
        larger: Option<&Larger>,
        may_ask: impl Fn(&Url) -> bool,
    ) -> Result<PictureLook, StoreError> {
        let look = match &image.source {
            ImageSource::Url(url) if errand.drawn.contains_key(url) => {
                let bytes = errand.drawn.get(url).map(|bytes| bytes.to_vec()).unwrap_or_default();
                // What a shelf or another site's word shows under an address is not what that address shows to others.
                let remember = errand.page.scheme() != "file" && same_site(errand.page, url);
                self.had(url, bytes, larger, remember).await
            }
            ImageSource::Url(url) if !may_ask(url) => {
                let why = (ProblemKind::Address, "its address would carry a protected name to another site".to_string());
                Ok(PictureLook::failed(why))
            }
            ImageSource::Url(url) if errand.silent.load(Ordering::Relaxed) >= MOST_SILENT && !self.fetcher.answers(url) => {
                let why = format!("not asked for: {MOST_SILENT} other pictures of this page had no answer");
                Ok(PictureLook::failed((ProblemKind::Unreachable, why)))
            }
            // The page's origin is told to nobody to whom its name says more than that.
            ImageSource::Url(url) => {
                let origin = (!errand.origin_tells || same_site(errand.page, url)).then_some(errand.origin.as_str());
                let sum = errand.sums.get(url);
                let known = errand.known.get(url).or_else(|| errand.known.get(&sum?.1));
                let want = Want { url, known, larger, origin, cookies: errand.cookies, sum: sum.map(|(sum, _)| *sum) };
                self.picture(want).await
            }
            ImageSource::Inline(bytes) => self.bytes(&self.store.body_id(bytes), bytes.clone(), larger).await,
        };
        if look.as_ref().is_ok_and(PictureLook::had_no_answer) {
            errand.silent.fetch_add(1, Ordering::Relaxed);
        }
        self.progress.pictures.fetch_add(1, Ordering::Relaxed);
        look
    }
}

/// The second address of a board's file.
fn alias(at: &Url, sum: &str) -> Option<Url> {
    Url::parse(&format!("md5:{}/{sum}", at.host_str()?)).ok()
}

/// The places of a page's pictures, from any of them on: a page that shows silent ones first hides those behind them from
/// one look, not from every look.
fn beginning_anywhere(length: usize) -> impl Iterator<Item = usize> {
    let begin = getrandom::u32().map_or(0, |n| n as usize % length.max(1));
    (begin..length).chain(0..begin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_begins_anywhere_and_leaves_nothing_out() {
        let mut first = HashSet::new();
        for _ in 0..200 {
            let mut places: Vec<usize> = beginning_anywhere(5).collect();
            first.insert(places.first().copied());
            places.sort_unstable();
            assert_eq!(places, [0, 1, 2, 3, 4]);
        }
        assert_eq!(first.len(), 5);
        assert_eq!(beginning_anywhere(0).count(), 0);
    }
}
