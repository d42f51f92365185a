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
    pub no_requests: &'static str,
    pub mend_no_requests: &'static str,
    pub failed: &'static str,
    pub mend_failed: &'static str,
    pub mail_unseen: &'static str,
    pub mend_mail_unseen: &'static str,
    pub no_mail: &'static str,
    pub mend_no_mail: &'static str,
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
    no_requests: "no request left, so nothing could be shown",
    mend_no_requests: "'monitor scan' tells why nothing could be asked for",
    failed: "{} of {} pages could not be looked at; what goes to the places behind them was not seen",
    mend_failed: "'monitor scan' tells why; then look again",
    mail_unseen: "no mail could be written, so none was searched",
    mend_mail_unseen: "set CREDENTIALS_DIRECTORY where the password is a credential; 'monitor doctor' tells more",
    no_mail: "no mail is configured, so none was written or searched",
    mend_no_mail: "look again once [alert.email] is filled in",
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
    no_requests: "aucune requête n'est sortie, donc rien n'a pu être montré",
    mend_no_requests: "« monitor scan » dit pourquoi rien n'a pu être demandé",
    failed: "{} pages sur {} n'ont pas pu être regardées ; ce qui va aux endroits derrière elles n'a pas été vu",
    mend_failed: "« monitor scan » dit pourquoi ; puis regardez de nouveau",
    mail_unseen: "aucun message n'a pu être écrit, donc aucun n'a été fouillé",
    mend_mail_unseen: "réglez CREDENTIALS_DIRECTORY si le mot de passe est un credential ; « monitor doctor » en dit plus",
    no_mail: "aucun courrier n'est réglé, donc aucun message n'a été écrit ni fouillé",
    mend_no_mail: "regardez de nouveau quand [alert.email] sera rempli",
};
