//! What `monitor doctor` says. `{}` stands for what is filled in by [`fill`].

/// The sentences of one language: what was found, and (`mend_…`) what would mend it.
#[allow(missing_docs, reason = "each sentence says what it is for")]
#[derive(Clone, Debug)]
pub struct DoctorWords {
    pub mend_configuration: &'static str,
    pub see_message: &'static str,
    pub no_person: &'static str,
    pub mend_no_person: &'static str,
    pub person: &'static str,
    pub no_context: &'static str,
    pub mend_no_context: &'static str,
    pub one_word_name: &'static str,
    pub mend_one_word_name: &'static str,
    pub direct: &'static str,
    pub proxy: &'static str,
    pub proxy_down: &'static str,
    pub mend_proxy_down: &'static str,
    pub private_allowed: &'static str,
    pub mend_private_allowed: &'static str,
    pub store: &'static str,
    pub mend_store: &'static str,
    pub key_file: &'static str,
    pub key_credential: &'static str,
    pub no_originals: &'static str,
    pub mend_no_originals: &'static str,
    pub originals: &'static str,
    pub old_originals: &'static str,
    pub mend_old_originals: &'static str,
    pub no_watches: &'static str,
    pub mend_no_watches: &'static str,
    pub watch: &'static str,
    pub never_looked: &'static str,
    pub never_seen: &'static str,
    pub last_seen: &'static str,
    pub long_silent: &'static str,
    pub mend_silent: &'static str,
    pub name_in_address: &'static str,
    pub mend_name_in_address: &'static str,
    pub no_mail: &'static str,
    pub mend_no_mail: &'static str,
    pub mail: &'static str,
    pub mend_mail: &'static str,
    pub mend_credential: &'static str,
    pub no_phrase: &'static str,
    pub mend_no_phrase: &'static str,
    pub test_sent: &'static str,
    pub mend_test: &'static str,
    pub waiting: &'static str,
    pub mend_waiting: &'static str,
    pub helper: &'static str,
    pub no_helper: &'static str,
    pub unused: &'static str,
    pub unused_absent: &'static str,
    pub films: &'static str,
    pub heic: &'static str,
}

/// Puts `values` in the places of `{}`, in order.
pub fn fill(template: &str, values: &[&dyn std::fmt::Display]) -> String {
    let mut values = values.iter();
    let mut out = String::new();
    for (n, part) in template.split("{}").enumerate() {
        if n > 0
            && let Some(value) = values.next()
        {
            out += &value.to_string();
        }
        out += part;
    }
    out
}

pub(super) const EN: DoctorWords = DoctorWords {
    mend_configuration: "mend the lines named, or write a new one with 'monitor init'",
    see_message: "as the message says",
    no_person: "neither names nor pictures are configured",
    mend_no_person: "fill in me.legal_names and content.paths",
    person: "{} legal names, {} stage names, {} private entries, {} words of context",
    no_context: "no word tells you from others of the same name",
    mend_no_context: "add a town, a school or a trade to me.context: a name near one is told sooner",
    one_word_name: "legal name number {} has one word only, and will be found on many pages that are not about you",
    mend_one_word_name: "write given and family name",
    direct: "direct: sites see this machine's internet address",
    proxy: "through the proxy; it resolves names itself, so the private-network guard sees addresses only",
    proxy_down: "the proxy does not answer; nothing goes out directly, so nothing can be looked at",
    mend_proxy_down: "start it, or mend fetch.proxy",
    private_allowed: "some may be reached (fetch.allow_private)",
    mend_private_allowed: "only for sites of your own; empty it otherwise",
    store: "{} opens, reads and writes",
    mend_store: "free some room, or mend the folder's rights",
    key_file: "{}; whoever has this file and the store can read what was found: keep a copy elsewhere",
    key_credential: "handed over by systemd",
    no_originals: "no picture has been added",
    mend_no_originals: "'monitor add' fingerprints what lies in content.paths",
    originals: "{} added; {} of them too plain to be recognised; the files of {} are not there now (they are still recognised)",
    old_originals: "{} of {} were fingerprinted by another version or depth and are not recognised",
    mend_old_originals: "'monitor add' reads them again",
    no_watches: "nothing is watched",
    mend_no_watches: "add a [[watch]] with an url",
    watch: "watch \"{}\"",
    never_looked: "not looked at yet",
    never_seen: "could never be looked at",
    last_seen: "last looked at {}",
    long_silent: "could last be looked at {}; what stands there now is not known",
    mend_silent: "'monitor scan' tells why",
    name_in_address: "its address holds a name or an entry of yours, and whoever runs that site learns that somebody asks for it",
    mend_name_in_address: "keep it only where that is what you want; through Tor the site does not learn from where",
    no_mail: "no mail is configured, so that nothing is told",
    mend_no_mail: "fill in [alert.email]",
    mail: "the server answers and accepts the login",
    mend_mail: "mend alert.email.smtp or its password; README lists the usual providers",
    mend_credential: "set CREDENTIALS_DIRECTORY to test it by hand",
    no_phrase: "notes carry no sentence of yours",
    mend_no_phrase: "set alert.email.phrase: \"your photos are online, click here\" is a mail that others send",
    test_sent: "{} delivered to the server",
    mend_test: "it stays in the outbox and is tried again",
    waiting: "mails that wait for the server: {}",
    mend_waiting: "they are tried again by 'monitor run' and 'monitor scan'",
    helper: "installed: {} can be read",
    no_helper: "not installed: {} become problems in the report",
    unused: "installed; nothing in this version uses it",
    unused_absent: "not installed; nothing in this version uses it",
    films: "AVIF pictures and films",
    heic: "HEIC pictures",
};

pub(super) const FR: DoctorWords = DoctorWords {
    mend_configuration: "corrigez les lignes nommées, ou écrivez-en une nouvelle avec « monitor init »",
    see_message: "comme le dit le message",
    no_person: "ni noms ni images ne sont réglés",
    mend_no_person: "remplissez me.legal_names et content.paths",
    person: "{} noms légaux, {} noms de scène, {} données privées, {} mots de contexte",
    no_context: "aucun mot ne vous distingue de vos homonymes",
    mend_no_context: "ajoutez une ville, une école ou un métier à me.context : un nom près de l'un d'eux est dit plus tôt",
    one_word_name: "le nom légal numéro {} n'a qu'un mot, et se trouvera sur bien des pages qui ne parlent pas de vous",
    mend_one_word_name: "écrivez prénom et nom",
    direct: "directement : les sites voient l'adresse internet de cette machine",
    proxy: "par le proxy ; il résout les noms lui-même, la garde des réseaux privés ne voit que les adresses",
    proxy_down: "le proxy ne répond pas ; rien ne sort directement, donc rien ne peut être regardé",
    mend_proxy_down: "démarrez-le, ou corrigez fetch.proxy",
    private_allowed: "certains peuvent être atteints (fetch.allow_private)",
    mend_private_allowed: "seulement pour vos propres sites ; sinon videz la liste",
    store: "{} s'ouvre, se lit et s'écrit",
    mend_store: "libérez de la place, ou corrigez les droits du dossier",
    key_file: "{} ; qui a ce fichier et la mémoire peut lire ce qui a été trouvé : gardez-en une copie ailleurs",
    key_credential: "remise par systemd",
    no_originals: "aucune image n'a été ajoutée",
    mend_no_originals: "« monitor add » lit ce qui se trouve dans content.paths",
    originals: "{} ajoutées ; {} d'entre elles trop simples pour être reconnues ; les fichiers de {} ne sont pas là (elles restent reconnues)",
    old_originals: "{} sur {} viennent d'une autre version ou profondeur et ne sont pas reconnues",
    mend_old_originals: "« monitor add » les relit",
    no_watches: "rien n'est surveillé",
    mend_no_watches: "ajoutez une [[watch]] avec une url",
    watch: "veille « {} »",
    never_looked: "pas encore regardée",
    never_seen: "n'a jamais pu être regardée",
    last_seen: "regardée en dernier le {}",
    long_silent: "n'a pu être regardée que le {} ; on ne sait pas ce qui s'y trouve",
    mend_silent: "« monitor scan » dit pourquoi",
    name_in_address: "son adresse contient un nom ou une donnée à vous, et qui tient ce site apprend que quelqu'un la demande",
    mend_name_in_address: "ne la gardez que si c'est voulu ; par Tor, le site n'apprend pas d'où",
    no_mail: "aucun courrier n'est réglé : rien n'est dit",
    mend_no_mail: "remplissez [alert.email]",
    mail: "le serveur répond et accepte la connexion",
    mend_mail: "corrigez alert.email.smtp ou son mot de passe ; README donne les fournisseurs courants",
    mend_credential: "réglez CREDENTIALS_DIRECTORY pour l'essayer à la main",
    no_phrase: "les messages ne portent pas de phrase à vous",
    mend_no_phrase: "réglez alert.email.phrase : « vos photos sont en ligne, cliquez ici » est un message que d'autres envoient",
    test_sent: "{} remis au serveur",
    mend_test: "il reste dans la boîte d'envoi et sera réessayé",
    waiting: "messages qui attendent le serveur : {}",
    mend_waiting: "« monitor run » et « monitor scan » les réessaient",
    helper: "installé : {} peuvent être lus",
    no_helper: "pas installé : {} deviennent des problèmes dans le rapport",
    unused: "installé ; rien ne s'en sert dans cette version",
    unused_absent: "pas installé ; rien ne s'en sert dans cette version",
    films: "images AVIF et films",
    heic: "images HEIC",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled_in_order() {
        assert_eq!(fill("{} of {}.", &[&3, &"four"]), "3 of four.");
        assert_eq!(fill("none", &[&1]), "none");
        assert_eq!(fill("{} and {}", &[&1]), "1 and ");
    }
}
