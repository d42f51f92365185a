//! What `monitor coverage` says, and what would help where something could not be seen. `{}` stands for what is filled in by [`super::fill`].

use crate::model::ProblemKind;

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
    pub part: &'static str,
    pub all: &'static str,
    pub some: &'static str,
    pub no_picture: &'static str,
    pub helps: &'static str,
    pub helps_script: &'static str,
    pub helps_gate: &'static str,
    pub helps_captcha: &'static str,
    pub helps_login: &'static str,
    pub helps_refused: &'static str,
    pub helps_region: &'static str,
    pub helps_preview: &'static str,
    pub helps_busy: &'static str,
    pub helps_robots: &'static str,
    pub helps_gone: &'static str,
    pub helps_shelf: &'static str,
    pub helps_limit: &'static str,
}

impl CoverageWords {
    /// What would help against a problem, where something would.
    pub fn help(&self, kind: ProblemKind) -> Option<&'static str> {
        use ProblemKind::*;
        Some(match kind {
            Script | Empty => self.helps_script,
            AgeGate | Consent | Shrunk => self.helps_gate,
            Captcha => self.helps_captcha,
            Login => self.helps_login,
            Refused => self.helps_refused,
            Region => self.helps_region,
            PreviewOff => self.helps_preview,
            TooManyRequests => self.helps_busy,
            Robots => self.helps_robots,
            Gone | NameUnknown => self.helps_gone,
            Address => self.helps_shelf,
            Limit | TooLarge => self.helps_limit,
            _ => return None,
        })
    }
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
    part: "  seen in part: {}: {}",
    all: "Everything that is watched could be seen (pages: {}).",
    some: "{} of {} pages could be seen. On the others, what stands there is not known.",
    no_picture: "Pictures that could not be looked at: {}. What they show is not known.",
    helps: "    what would help: {}",
    helps_script: "render = true in this watch: then a browser draws the page (sudo apt install chromium)",
    helps_gate: "a file of cookies from a browser in which you have passed the gate (cookies = \"cookies.txt\"), or render = true",
    helps_captcha: "render = true, asking less often (every = \"1d\"), or an address of the same place that asks nothing (a feed, a mirror)",
    helps_login: "another public address of the same place; or the cookies of an account that is nobody's (cookies = \"cookies.txt\")",
    helps_refused: "render = true, or cookies; if it refuses your proxy or Tor, a direct way",
    helps_region: "a way out in another country: fetch.proxy",
    helps_preview: "nothing from outside: only members see this channel. A friend who is in it can put what they save into a folder that is watched",
    helps_busy: "asking less often: a longer every, a longer fetch.delay",
    helps_robots: "writing the address itself into the watch: what you write is always asked for",
    helps_gone: "if it is gone for good: monitor watch remove",
    helps_shelf: "saving that page yourself, into a folder that is watched (path = \"…\")",
    helps_limit: "a higher bound: fetch.max_page, fetch.max_images, follow.pages; or, for what was left for later, the next passes",
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
    part: "  vu en partie : {} : {}",
    all: "Tout ce qui est surveillé a pu être vu (pages : {}).",
    some: "{} pages sur {} ont pu être vues. Pour les autres, on ne sait pas ce qui s'y trouve.",
    no_picture: "Images qui n'ont pas pu être regardées : {}. On ne sait pas ce qu'elles montrent.",
    helps: "    ce qui aiderait : {}",
    helps_script: "render = true dans cette veille : un navigateur dessine alors la page (sudo apt install chromium)",
    helps_gate: "un fichier de cookies d'un navigateur où vous avez passé la porte (cookies = \"cookies.txt\"), ou render = true",
    helps_captcha: "render = true, demander moins souvent (every = \"1d\"), ou une adresse du même endroit qui ne demande rien (un flux, un miroir)",
    helps_login: "une autre adresse publique du même endroit ; ou les cookies d'un compte qui n'est à personne (cookies = \"cookies.txt\")",
    helps_refused: "render = true, ou des cookies ; si votre proxy ou Tor est refusé, un accès direct",
    helps_region: "une sortie dans un autre pays : fetch.proxy",
    helps_preview: "rien du dehors : seuls les membres voient ce canal. Quelqu'un qui y est peut mettre ce qu'il enregistre dans un dossier surveillé",
    helps_busy: "demander moins souvent : every plus long, fetch.delay plus long",
    helps_robots: "écrire l'adresse elle-même dans la veille : ce que vous écrivez est toujours demandé",
    helps_gone: "si c'est parti pour de bon : monitor watch remove",
    helps_shelf: "enregistrer cette page vous-même, dans un dossier surveillé (path = \"…\")",
    helps_limit: "une borne plus haute : fetch.max_page, fetch.max_images, follow.pages ; ou, pour ce qui est resté pour plus tard, les passages suivants",
};
