//! What `doctor --egress` says. `{}` stands for what is filled in.

use crate::model::Language;

/// The sentences of one language.
#[allow(missing_docs, reason = "each sentence says what it is for")]
#[derive(Clone, Debug)]
pub struct EgressWords {
    pub no_watches: &'static str,
    pub opening: &'static str,
    pub names_here: &'static str,
    pub names_by_proxy: &'static str,
    /// A kind of bytes by its English name.
    pub kind: fn(&'static str) -> &'static str,
    pub bytes: &'static str,
    pub headers: &'static str,
    pub hidden: &'static str,
    pub found: &'static str,
    pub own_address: &'static str,
    pub its_own: &'static str,
    pub own_mailbox: &'static str,
    pub open_mail: &'static str,
    pub never: &'static str,
    pub good: &'static str,
    pub bad: &'static str,
    pub mend: &'static str,
}

/// The sentences in a language.
pub fn egress(language: Language) -> &'static EgressWords {
    match language {
        Language::En => &EN,
        Language::Fr => &FR,
    }
}

const EN: EgressWords = EgressWords {
    no_watches: "there is nothing to look at yet, and so nothing leaves: add a [[watch]] with an url",
    opening: "One pass was made as 'monitor scan' makes it. This is what left the machine, read before it was encrypted:",
    names_here: "Names were looked up by this machine's resolver, whose operator sees them.",
    names_by_proxy: "Names of sites were handed to the proxy, which looks them up; only the proxy's own may be looked up here.",
    kind: |kind| kind,
    bytes: "bytes",
    headers: "headers",
    hidden: "(destination {}, whose name holds an entry of yours)",
    found: "Entries of yours that left, by kind and number:",
    own_address: "allowed: you wrote the address",
    its_own: "allowed: the site itself wrote it, and it was asked of that site",
    own_mailbox: "allowed: the mailbox that you wrote",
    open_mail: "allowed: alert.email.discreet is false",
    never: "must not leave",
    good: "{} entries were looked for in {} requests and the mails, plain, encoded and written together. None left where it must not; allowed and listed: {}",
    bad: "{} times an entry left where it must not; bytes that belong to no known request: {}",
    mend: "stop the program and report the line above (it names nothing); until then 'fetch.proxy' hides at least from where it came",
};

const FR: EgressWords = EgressWords {
    no_watches: "il n'y a encore rien à regarder, donc rien ne sort : ajoutez une [[watch]] avec une url",
    opening: "Un passage a été fait comme « monitor scan » le fait. Voici ce qui est sorti de la machine, lu avant d'être chiffré :",
    names_here: "Les noms ont été cherchés par le résolveur de cette machine ; qui le tient les voit.",
    names_by_proxy: "Les noms des sites ont été remis au proxy, qui les cherche ; ici, seul celui du proxy peut l'être.",
    kind: |kind| match kind {
        "picture" => "image",
        "name look-up" => "recherche de nom",
        "mail" => "message",
        other => other,
    },
    bytes: "octets",
    headers: "en-têtes",
    hidden: "(destination {}, dont le nom contient une de vos données)",
    found: "Vos données qui sont sorties, par sorte et numéro :",
    own_address: "permis : vous avez écrit l'adresse",
    its_own: "permis : le site l'a écrit lui-même, et c'est à lui que c'est demandé",
    own_mailbox: "permis : la boîte que vous avez écrite",
    open_mail: "permis : alert.email.discreet vaut false",
    never: "ne doit pas sortir",
    good: "{} données ont été cherchées dans {} requêtes et les messages, en clair, codées et collées. Aucune n'est sortie où il ne faut pas ; permises et dites plus haut : {}",
    bad: "{} fois une donnée est sortie où il ne faut pas ; octets qui n'appartiennent à aucune requête connue : {}",
    mend: "arrêtez le programme et signalez la ligne ci-dessus (elle ne nomme rien) ; d'ici là, « fetch.proxy » cache au moins d'où cela vient",
};
