//! What `monitor coverage` says. `{}` stands for what is filled in by [`super::fill`].

/// The sentences of one language.
#[allow(missing_docs, reason = "each sentence says what it is for")]
#[derive(Clone, Debug)]
pub struct CoverageWords {
    pub none: &'static str,
    pub never: &'static str,
    pub seen: &'static str,
    pub pending: &'static str,
    pub pictures: &'static str,
    pub last_seen: &'static str,
    pub never_seen: &'static str,
    pub blind: &'static str,
    pub all: &'static str,
    pub some: &'static str,
    pub no_picture: &'static str,
}

pub(super) const EN: CoverageWords = CoverageWords {
    none: "There is nothing to look at yet: add a [[watch]] to the configuration.",
    never: "  has not been looked at yet: 'monitor scan' looks now, 'monitor run' at its times",
    seen: "  seen: {} of {} pages",
    pending: "  still to be looked at in this pass: {}",
    pictures: "  pictures that could not be looked at: {} of {}",
    last_seen: "  one of its own pages was last really seen: {}",
    never_seen: "  none of its own pages has ever been seen",
    blind: "  not seen ({}): {}",
    all: "Everything that is watched could be seen (pages: {}).",
    some: "{} of {} pages could be seen. On the others, what stands there is not known.",
    no_picture: "Pictures that could not be looked at: {}. What they show is not known.",
};

pub(super) const FR: CoverageWords = CoverageWords {
    none: "Il n'y a encore rien à regarder : ajoutez une [[watch]] à la configuration.",
    never: "  n'a pas encore été regardé : « monitor scan » regarde maintenant, « monitor run » à ses heures",
    seen: "  vu : {} pages sur {}",
    pending: "  encore à regarder dans ce passage : {}",
    pictures: "  images qui n'ont pas pu être regardées : {} sur {}",
    last_seen: "  une de ses pages a été vraiment vue pour la dernière fois : {}",
    never_seen: "  aucune de ses pages n'a jamais été vue",
    blind: "  pas vu ({}) : {}",
    all: "Tout ce qui est surveillé a pu être vu (pages : {}).",
    some: "{} pages sur {} ont pu être vues. Pour les autres, on ne sait pas ce qui s'y trouve.",
    no_picture: "Images qui n'ont pas pu être regardées : {}. On ne sait pas ce qu'elles montrent.",
};
