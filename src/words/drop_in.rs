//! What the drop-in of `doctor --drop-in` says in its remarks.

use crate::model::Language;

/// The remarks of one language.
#[allow(missing_docs, reason = "each sentence says what it is for")]
#[derive(Clone, Debug)]
pub struct DropInWords {
    pub head: &'static str,
    pub again: &'static str,
    pub denied: &'static str,
    pub resolver: &'static str,
    pub mail: &'static str,
    pub proxy: &'static str,
    pub allowed: &'static str,
}

/// The remarks in a language.
pub fn drop_in(language: Language) -> &'static DropInWords {
    match language {
        Language::En => &EN,
        Language::Fr => &FR,
    }
}

/// How a drop-in begins, in each language.
pub fn drop_in_heads() -> impl Iterator<Item = &'static str> {
    [EN.head, FR.head].into_iter().filter_map(|head| head.lines().next())
}

const EN: DropInWords = DropInWords {
    head: "Which networks the service may not reach, for systemd: a second lock behind the program's own.\n\
           Put it at /etc/systemd/system/monitor@NAME.service.d/network.conf (NAME is the owner's login), then:\n\
           sudo systemctl daemon-reload && sudo systemctl restart monitor@NAME",
    again: "Make it anew ('monitor doctor --drop-in') when the router, the resolver, the proxy or the mail server changes:\n\
            otherwise names can no longer be looked up, or mails no longer leave.",
    denied: "Everything that is no public address. What is allowed below wins.",
    resolver: "the resolvers of this machine, from {}",
    mail: "the mail server",
    proxy: "the proxy",
    allowed: "fetch.allow_private",
};

const FR: DropInWords = DropInWords {
    head: "Les réseaux que le service ne doit pas atteindre, pour systemd : un second verrou derrière celui du programme.\n\
           À mettre dans /etc/systemd/system/monitor@NOM.service.d/network.conf (NOM est l'utilisateur), puis :\n\
           sudo systemctl daemon-reload && sudo systemctl restart monitor@NOM",
    again: "À refaire (« monitor doctor --drop-in ») quand la box, le résolveur, le proxy ou le serveur de courrier change :\n\
            sinon les noms ne se résolvent plus, ou le courrier ne part plus.",
    denied: "Tout ce qui n'est pas une adresse publique. Ce qui est permis plus bas l'emporte.",
    resolver: "les résolveurs de cette machine, d'après {}",
    mail: "le serveur de courrier",
    proxy: "le proxy",
    allowed: "fetch.allow_private",
};
