//! What `monitor watch` says. `{}` stands for what is filled in by [`super::fill`].

/// The sentences of one language.
#[allow(missing_docs, reason = "each sentence says what it is for")]
#[derive(Clone, Debug)]
pub struct WatchWords {
    pub none: &'static str,
    pub row: &'static str,
    pub read_as: &'static str,
    pub seen: &'static str,
    pub followed: &'static str,
    pub unfollowed: &'static str,
    pub not_seen: &'static str,
    pub picture: &'static str,
    pub nothing_kept: &'static str,
    pub added: &'static str,
    pub removed: &'static str,
    pub unknown: &'static str,
    pub known: &'static str,
    pub reload: &'static str,
    pub imported: &'static str,
    pub nothing_to_import: &'static str,
    pub list_exists: &'static str,
}

pub(super) const EN: WatchWords = WatchWords {
    none: "There is no watch yet: monitor watch add https://…",
    row: "{}: {} ({}), read as {}",
    read_as: "read as: {}; asked for: {}",
    seen: "seen: {} words, {} pictures, {} links",
    followed: "a pass would look at up to {} of {} links, up to {} pages",
    unfollowed: "links are not followed; 'follow' in the watch, or --follow N, changes that",
    not_seen: "not seen: {}",
    picture: "picture: {}",
    nothing_kept: "Nothing was recorded, and no picture was fetched.",
    added: "Added to {}: {}",
    removed: "Removed from {}: {}. What was found there stays recorded.",
    unknown: "there is no watch of this name or address; 'monitor watch list' shows all",
    known: "this address is watched already",
    reload: "A daemon that runs takes it up with: systemctl reload monitor@$USER",
    imported: "Watched now: {} of the file's {} addresses, as \"{}\"; they stand in {}",
    nothing_to_import: "of the file's {} addresses none is new",
    list_exists: "{} exists already; choose another --name",
};

pub(super) const FR: WatchWords = WatchWords {
    none: "Il n'y a pas encore de veille : monitor watch add https://…",
    row: "{} : {} ({}), lu comme {}",
    read_as: "lu comme : {} ; demandé : {}",
    seen: "vu : {} mots, {} images, {} liens",
    followed: "un passage regarderait jusqu'à {} liens sur {}, jusqu'à {} pages",
    unfollowed: "les liens ne sont pas suivis ; « follow » dans la veille, ou --follow N, le change",
    not_seen: "pas vu : {}",
    picture: "image : {}",
    nothing_kept: "Rien n'a été enregistré, et aucune image n'a été demandée.",
    added: "Ajouté à {} : {}",
    removed: "Retiré de {} : {}. Ce qui y a été trouvé reste enregistré.",
    unknown: "il n'y a pas de veille de ce nom ou de cette adresse ; « monitor watch list » les montre toutes",
    known: "cette adresse est déjà surveillée",
    reload: "Un démon en marche le reprend avec : systemctl reload monitor@$USER",
    imported: "Surveillées maintenant : {} des {} adresses du fichier, sous « {} » ; elles sont dans {}",
    nothing_to_import: "des {} adresses du fichier, aucune n'est nouvelle",
    list_exists: "{} existe déjà ; choisissez un autre --name",
};
