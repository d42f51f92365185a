//! What is looked for: the person's names and originals, ready to be compared with.

use crate::look::Depth;
use crate::look::fingerprint::Fingerprint;
use crate::look::names::Names;
use crate::look::originals::Originals;
use crate::model::{Block, List, Person, Place};
use crate::store::{Store, StoreError};
use url::Url;

/// The person's names and originals.
#[derive(Debug)]
pub struct Own {
    /// Whom to look for.
    pub person: Person,
    /// Their names.
    pub names: Names,
    /// Their pictures.
    pub originals: Originals,
    /// Id and label of each original, by the number that `originals` knows it by.
    pub labels: Vec<(String, String)>,
    /// Keyed hash of all this: a page that was looked at with another one must be looked at again.
    pub revision: String,
    /// Keyed hash of the originals alone: what a picture was compared with.
    pub originals_revision: String,
    /// How much work recognising may be.
    pub depth: Depth,
    /// Originals whose fingerprint has another format than this program's, or is of the other depth.
    pub outdated: usize,
}

/// Goes up when names are recognised differently, so that unchanged pages are read again.
const NAMES_VERSION: u16 = 2;

impl Own {
    /// Reads the originals from the store.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn load(store: &Store, person: Person, depth: Depth) -> Result<Self, StoreError> {
        let mut parts: Vec<Vec<u8>> = vec![depth.version().to_le_bytes().into(), NAMES_VERSION.to_le_bytes().into()];
        for list in [&person.legal_names, &person.stage_names, &person.private, &person.context, &person.other_people] {
            parts.push(list.len().to_le_bytes().into());
            parts.extend(list.iter().map(|s| s.reveal().as_bytes().to_vec()));
        }
        parts.extend(person.own_pages.iter().map(|u| u.as_str().as_bytes().to_vec()));
        let mut eyes: Vec<Vec<u8>> = vec![depth.version().to_le_bytes().into()];
        let (mut labels, mut originals, mut outdated) = (Vec::new(), Originals::default(), 0);
        store
            .each_original(|original| match Fingerprint::unpack(&original.fingerprint).filter(|_| original.version == depth.version()) {
                Some(print) => {
                    eyes.push(original.id.as_bytes().to_vec());
                    originals.add(labels.len() as u32, print);
                    labels.push((original.id, original.facts.label));
                }
                None => outdated += 1,
            })
            .await?;
        originals.index();
        let revision = |parts: Vec<&[u8]>| store.look_up("own", &parts);
        let originals_revision = revision(eyes.iter().map(Vec::as_slice).collect());
        let revision = revision(parts.iter().chain(eyes.iter().skip(1)).map(Vec::as_slice).collect());
        Ok(Self { names: Names::new(&person), originals, labels, revision, originals_revision, depth, outdated, person })
    }

    /// The names alone, for where no picture is compared.
    pub fn names_of(person: Person) -> Self {
        let (names, depth) = (Names::new(&person), Depth::Quick);
        let (originals, revision) = (Originals::default(), String::new());
        Self { names, originals, labels: Vec::new(), originals_revision: revision.clone(), revision, depth, outdated: 0, person }
    }

    /// Whether the address carries a name or an entry that may not be told to another site.
    pub fn in_address(&self, url: &Url) -> bool {
        let block = Block { text: url.to_string(), place: Place::Link, section: 0 };
        self.names.find(&[block]).iter().any(|m| is_protected(m.list))
    }
}

/// Lists whose entries another site must not be told.
pub fn is_protected(list: List) -> bool {
    matches!(list, List::Legal | List::Private | List::Stage)
}
