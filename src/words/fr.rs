//! Français.

use super::{
    AuditWords, Counts, Coverage, CoverageWords, DoctorWords, KeepWords, Labels, Questions, WatchWords, Words, audit, coverage, doctor,
    keep, watch,
};
use crate::model::{Kind, ProblemKind, Reason, Severity, State};

pub struct Fr;

fn plural(n: usize, one: &str, many: &str) -> String {
    if n <= 1 { format!("{n} {one}") } else { format!("{n} {many}") }
}

impl Words for Fr {
    fn subject(&self) -> &'static str {
        "Un mot de la maison"
    }

    fn counts(&self, c: Counts) -> String {
        let mut text = format!("Il y a {} à lire.", plural(c.all, "nouvelle entrée", "nouvelles entrées"));
        if c.urgent > 0 {
            let which =
                if c.all == 1 { "Elle mérite".into() } else { plural(c.urgent, "d'entre elles mérite", "d'entre elles méritent") };
            text += &format!(
                " {which} d'être lue{} bientôt, peut-être avec quelqu'un à vos côtés.",
                if c.all > 1 && c.urgent > 1 { "s" } else { "" }
            );
        } else if c.high > 0 {
            text += " Cela mérite un coup d'œil dans les prochains jours.";
        } else {
            text += " Cela peut attendre un moment calme.";
        }
        if c.standing == c.all && c.all > 0 {
            text += "\n\nC'est un premier passage : tout cela était là avant le début de la veille.";
        } else if c.standing > 0 {
            text += &format!("\n\n{} là avant le début de la veille.", plural(c.standing, "d'entre elles était", "d'entre elles étaient"));
        }
        text + "\n\nRien ne doit être fait ce soir."
    }

    fn how_to_read(&self) -> &'static str {
        "Pour lire les détails, sur la machine elle-même :\n\n    monitor findings\n    monitor findings show ID"
    }

    fn coverage(&self, c: Coverage) -> String {
        let missed = c.all.saturating_sub(c.looked);
        let mut text = format!("{} sur {} ont pu être regardées", plural(c.looked as usize, "page", "pages"), c.all);
        if c.looked <= 1 {
            text = format!("{} page sur {} a pu être regardée", c.looked, c.all);
        }
        match missed {
            0 => {}
            1 => text += " ; 1 n'a pas pu l'être, et on n'en sait rien",
            n => text += &format!(" ; {n} n'ont pas pu l'être, et on n'en sait rien"),
        }
        text + "."
    }

    fn unseen(&self, some: usize, all: usize) -> String {
        format!(
            "Sur {some} veilles de {all}, tout n'a pas pu être vu. La machine à la maison sait lesquelles et ce qui aiderait : monitor coverage"
        )
    }

    fn closing(&self, phrase: Option<&str>) -> String {
        match phrase {
            Some(phrase) => format!("{phrase}\n\nUn message sans cette phrase à vous ne vient pas d'ici. Ceux d'ici ne contiennent aucun lien et ne demandent rien."),
            None => "Les messages d'ici ne contiennent aucun lien et ne demandent rien. Avec une phrase à vous sous alert.email, vous les distinguerez des autres.".into(),
        }
    }

    fn silence(&self, watch: Option<&str>, since: &str) -> String {
        match watch {
            Some(watch) => format!("La veille « {watch} » n'a pas pu être regardée depuis le {since}. On ne sait pas ce qui s'y trouve."),
            None => format!(
                "Un des endroits n'a pas pu être regardé depuis le {since}. On ne sait pas ce qui s'y trouve.\n\nPour voir lequel et pourquoi, sur la machine elle-même :\n\n    monitor doctor"
            ),
        }
    }

    fn back(&self, watch: Option<&str>) -> String {
        match watch {
            Some(watch) => format!("La veille « {watch} » peut de nouveau être regardée."),
            None => "Un endroit qui ne pouvait pas être regardé peut l'être de nouveau.".into(),
        }
    }

    fn alive(&self, open: usize) -> String {
        let entries = match open {
            0 => "Il n'y a rien de nouveau à lire.".to_string(),
            n => format!("{} d'avant sur la machine : monitor findings", plural(n, "entrée ouverte", "entrées ouvertes")),
        };
        format!("Ceci est un signe de vie : la veille continue. {entries}")
    }

    fn settings_were_changed(&self, when: &str) -> String {
        format!("Des réglages ou des entrées du programme qui écrit ces messages ont été changés ; il l'a remarqué le {when}.")
    }

    fn settings_changed(&self, when: &str) -> String {
        format!(
            "{} Si c'était vous, il n'y a rien à faire.\n\nSi ce n'était pas vous, quelqu'un d'autre s'est peut-être servi de la machine en votre nom. Quand personne ne vous regarde, ou avec quelqu'un de confiance, regardez si tout est comme vous l'aviez laissé :\n\n    monitor doctor\n    monitor findings\n\nUn tel changement est dit aussi à qui recevait les messages jusqu'ici.",
            self.settings_were_changed(when)
        )
    }

    fn test(&self) -> &'static str {
        "Ceci est un essai. Les messages arriveront ici et ressembleront à celui-ci."
    }

    fn not_links(&self) -> &'static str {
        "Les adresses sont écrites pour ne pas être cliquables : hxxps pour https, [.] pour un point, [at] pour @."
    }

    fn kind(&self, kind: Kind) -> &'static str {
        match kind {
            Kind::Image => "une de vos images",
            Kind::Name => "nom légal",
            Kind::Private => "donnée privée",
            Kind::Linked => "nom légal relié à vous",
        }
    }

    fn severity(&self, severity: Severity) -> &'static str {
        match severity {
            Severity::Low => "dans un moment calme",
            Severity::High => "dans les prochains jours",
            Severity::Urgent => "bientôt, peut-être avec quelqu'un à vos côtés",
        }
    }

    fn state(&self, state: State) -> &'static str {
        match state {
            State::Open => "ouvert",
            State::Confirmed => "confirmé",
            State::Dismissed => "écarté",
            State::Gone => "disparu",
        }
    }

    fn reason(&self, reason: Reason) -> &'static str {
        match reason {
            Reason::Copy => "Une de vos images y est montrée.",
            Reason::SameSession => {
                "Une image y est montrée qui a beaucoup en commun avec une des vôtres : peut-être une autre de la même séance, peut-être une partie de la vôtre."
            }
            Reason::NameAlone => "Un nom légal s'y trouve, sans rien à côté qui dise s'il s'agit de vous.",
            Reason::NameInContext => "Un nom légal s'y trouve, près d'un mot de votre contexte.",
            Reason::NameWithStageName => "Un nom légal se trouve sur une page qui a aussi un nom de scène.",
            Reason::NameWithPicture => "Un nom légal se trouve sur une page qui montre aussi une de vos images.",
            Reason::PrivateEntry => "Une de vos données privées s'y trouve.",
            Reason::LinkedToStageName => "Un nom légal et un nom de scène sont sur une même page, où chacun peut les relier.",
            Reason::LinkedToPicture => "Un nom légal et une de vos images sont sur une même page, où chacun peut les relier.",
        }
    }

    fn next_step(&self, kind: Kind) -> &'static str {
        match kind {
            Kind::Image => {
                "Quand vous serez prête ou prêt : faites une capture d'écran avec date et adresse, puis demandez le retrait à l'hébergeur. Le service gratuit StopNCII.org aide auprès des grandes plateformes."
            }
            Kind::Name | Kind::Linked | Kind::Private => {
                "Quand vous serez prête ou prêt : faites une capture d'écran avec date et adresse ; la plupart des sites et moteurs de recherche ont un formulaire de retrait des données personnelles."
            }
        }
    }

    fn labels(&self) -> Labels {
        Labels {
            page: "page",
            image: "image",
            original: "original",
            name: "entrée",
            excerpt: "mots autour",
            how: "reconnu à travers",
            confidence: "certitude",
            reason: "pourquoi",
            since: "vu d'abord",
            last: "vu en dernier",
            watch: "veille",
            state: "état",
            severity: "à lire",
            kind: "quoi",
            next: "un pas possible",
        }
    }

    fn problem(&self, kind: ProblemKind, detail: &str) -> String {
        use ProblemKind::*;
        match kind {
            Timeout => {
                format!("pas de réponse à temps ({detail}). Nouvel essai au prochain passage ; un fetch.timeout plus long peut aider")
            }
            Unreachable => format!("pas de connexion ({detail}). Nouvel essai au prochain passage"),
            NameUnknown => "le nom du site est inconnu. L'adresse est-elle juste, et cette machine est-elle en ligne ?".into(),
            Tls => format!("la connexion chiffrée a échoué ({detail}). Son certificat est peut-être faux ou périmé"),
            Proxy => format!("le proxy n'a pas laissé passer ({detail}). Est-il en marche ? Rien n'a été demandé directement"),
            PrivateNetwork => {
                "mène dans un réseau privé et n'a pas été demandé. S'il est à vous, nommez-le dans fetch.allow_private".into()
            }
            Refused => format!("le serveur refuse ({detail}). Il veut peut-être une connexion, ou bloque cette adresse"),
            Login => "demande de se connecter ; ce qui se trouve derrière n'a pas pu être regardé".into(),
            AgeGate => "demande l'âge ; ce qui se trouve derrière n'a pas pu être regardé. Un cookie du site ouvre les portes simples : « cookies » dans la veille".into(),
            Captcha => "demande de prouver qu'on est une personne, et n'a pas pu être regardé. Des passages plus rares, un fetch.delay plus long ou une autre connexion peuvent aider".into(),
            Consent => "demande d'abord d'accepter des cookies ; ce qui se trouve derrière n'a pas pu être regardé. Un cookie du site ouvre les portes simples : « cookies » dans la veille".into(),
            Script => "est dessiné par des scripts et ne montre rien sans eux ; il n'a pas pu être regardé. Le site a peut-être un flux ou une autre adresse".into(),
            Region => "est fermé au pays de cette connexion. Une autre connexion (fetch.proxy) peut aider".into(),
            PreviewOff => "a son aperçu public désactivé, et n'a pas pu être regardé. On ne le voit qu'avec un compte à soi".into(),
            Gone if detail.is_empty() => "dit qu'il n'est pas ou plus là ; l'adresse est-elle juste ?".into(),
            Gone => format!("n'est pas ou plus là ({detail}) ; l'adresse est-elle juste ?"),
            TooManyRequests => format!("le serveur demande de revenir plus tard ({detail}). Un fetch.delay plus long peut aider"),
            Status => format!("le serveur a répondu par une erreur ({detail})"),
            Redirects => format!("n'a pas pu être suivi jusqu'au bout ({detail})"),
            TooLarge => format!("dépasse sa limite ({detail}). fetch.max_page, max_image ou max_pixels peuvent être relevés"),
            Robots => {
                "le robots.txt du site demande de ne pas y aller. Écrivez l'adresse elle-même dans la veille, ou réglez fetch.robots".into()
            }
            Shrunk => "montre beaucoup moins que la dernière fois ; c'est peut-être un mur et non la page. Si cela dure une semaine, on tient que c'est la page".into(),
            Empty => "est revenu sans rien qu'on puisse voir. C'est peut-être dessiné par des scripts, ou fermé à cette connexion".into(),
            NotReadable => format!("n'a pas pu être lu ({detail})"),
            Damaged => format!("l'image est abîmée ou n'en est pas une ({detail})"),
            HelperMissing => format!("n'a pas pu être décodé : {detail}. « monitor doctor » dit quoi installer"),
            Decoder => format!("n'a pas pu être décodé ({detail})"),
            Limit => format!("une limite est atteinte, et ce qui vient après n'a pas été regardé ({detail})"),
            Address => format!("n'a pas été demandé : {detail}"),
            Interrupted => format!("n'a pas été regardé : {detail}"),
        }
    }

    fn scan_summary(&self, c: Coverage, new: usize, standing: usize) -> String {
        {
            let what = plural(standing, "élément signalé", "éléments signalés");
            format!("{} {what}, dont {}.", self.coverage(c), plural(new, "nouveau", "nouveaux"))
        }
    }

    fn problems_heading(&self, n: usize) -> String {
        format!("N'a pas pu être regardé ({n}) :")
    }

    fn no_findings(&self) -> &'static str {
        "Rien n'a été trouvé sur ce qui a pu être regardé."
    }

    fn no_mail(&self) -> &'static str {
        "Aucun message n'est parti : [alert.email] n'est pas réglé. Ce qui a été trouvé reste noté : monitor findings"
    }

    fn mails_waiting(&self, n: u64) -> String {
        let what = plural(n as usize, "message est en attente", "messages sont en attente");
        format!(
            "{what} : le serveur de courrier n'a pas encore tout pris. On réessaie, rien n'est abandonné ; « monitor doctor » teste le serveur."
        )
    }

    fn plain_original(&self, n: usize) -> String {
        let which = if n <= 1 {
            "image a trop peu de détails pour être reconnue ; ses copies échapperaient"
        } else {
            "images ont trop peu de détails pour être reconnues ; leurs copies échapperaient"
        };
        format!("{n} {which} :")
    }

    fn added(&self, added: usize, unchanged: usize, removed: usize, failed: usize) -> String {
        let mut text = format!("{added} ajoutées, {unchanged} inchangées, {removed} retirées");
        if failed > 0 {
            text += &format!(", {failed} n'ont pas pu être lues");
        }
        text + "."
    }

    fn exported(&self, n: usize) -> String {
        let which = plural(n, "empreinte écrite, chiffrée", "empreintes écrites, chiffrées");
        format!("{which}. Sans la phrase de passe, le fichier ne vaut rien.")
    }

    fn exported_pdq(&self, n: usize, plain: usize) -> String {
        let mut text = plural(n, "empreinte PDQ écrite", "empreintes PDQ écrites");
        if plain > 0 {
            let which = plural(plain, "image a trop peu de détails", "images ont trop peu de détails");
            text += &format!(" ; {which} (qualité inférieure à 50) et n'y figurent pas");
        }
        text + ". La liste n'est pas chiffrée."
    }

    fn not_exported(&self, n: usize) -> String {
        let which = plural(n, "image laissée de côté, lue", "images laissées de côté, lues");
        format!("{which} par une autre version ou à une autre profondeur : lancez d'abord « monitor add ».")
    }

    fn kept_back(&self, n: usize) -> String {
        let which = plural(n, "empreinte vient", "empreintes viennent");
        format!("{which} d'une liste que l'on vous a donnée : non transmise{}.", if n > 1 { "s" } else { "" })
    }

    fn unsealed(&self) -> &'static str {
        "Le fichier vient d'une version antérieure et n'est pas chiffré : effacez-le, ainsi que toutes ses copies."
    }

    fn passphrase(&self) -> &'static str {
        "La phrase de passe du fichier ? (elle ne s'affiche pas)"
    }

    fn new_passphrase(&self) -> &'static str {
        "Une phrase de passe pour le fichier, d'au moins 12 lettres ? Quatre mots ou plus que personne ne devinerait conviennent. (elle ne s'affiche pas)"
    }

    fn passphrase_again(&self) -> &'static str {
        "Encore une fois ?"
    }

    fn check_notice(&self, through_proxy: bool) -> &'static str {
        if through_proxy { "Le site voit l'adresse du proxy." } else { "Le site voit l'adresse internet de cette machine." }
    }

    fn no_match(&self) -> &'static str {
        "pas reconnu"
    }

    fn triage_hint(&self) -> &'static str {
        "monitor findings show ID · confirm ID · dismiss ID --as wrong|allowed|known · reopen ID"
    }

    fn doctor(&self) -> DoctorWords {
        doctor::FR
    }

    fn coverage_words(&self) -> CoverageWords {
        coverage::FR
    }

    fn watch_words(&self) -> WatchWords {
        watch::FR
    }

    fn audit(&self) -> AuditWords {
        audit::FR
    }

    fn keep(&self) -> KeepWords {
        keep::FR
    }

    fn edit(&self, name: &'static str) -> &'static str {
        audit::french(name)
    }

    fn questions(&self) -> Questions {
        Questions {
            opening: "Ceci écrit le fichier de configuration. Noms, images et trouvailles restent sur cette machine : les images ne sont\njamais copiées ni envoyées, les noms n'en sortent que dans une adresse\nécrite par un site ou par vous, et la mémoire est scellée par une clé. Une réponse vide passe la question.",
            originals: "Dans quels dossiers se trouvent les originaux de ce que vous publiez (photos, vidéos) ?",
            legal_names: "Quels noms légaux surveiller ? De naissance, d'usage, anciens ; chacun entier, « Prénom Nom »",
            whose: "Ces noms sont-ils les vôtres (moi), ou veillez-vous parce que la personne vous l'a demandé (demande) ?",
            stage_names: "Sous quels noms publiez-vous ? Avec un nom légal, c'est la trouvaille la plus grave",
            private: "Numéros de téléphone, adresses postales ou de courriel que personne ne devrait publier ?",
            context: "Des mots qui vous distinguent de vos homonymes (une ville, une école, un métier) ?",
            own_pages: "Vos propres boutiques et profils ? Images et noms de scène y ont leur place et n'alertent pas",
            pages: "Quelles pages regarder ? Adresses complètes",
            route: "Les sites verront l'adresse internet de votre domicile. Passer par Tor, un autre proxy, ou directement ? (tor / une adresse / direct)",
            smtp: "Votre serveur de courrier : smtps://user@mail.example.org ou smtp://user@mail.example.org",
            to: "Quelle adresse doit recevoir les messages ?",
            password: "Le mot de passe du courrier (il va dans un fichier à part que vous seul·e pouvez lire)",
            phrase: "Une phrase que vous seul·e connaissez, jamais un mot de passe : un message sans elle ne vient pas d'ici",
            test: "Envoyer un message d'essai maintenant ? (y / n)",
            list_hint: "une par ligne, une ligne vide termine",
            again: "Ce n'était pas compris ; encore une fois, s'il vous plaît, ou vide pour passer.",
            no_folder: "Ce dossier ou fichier n'existe pas en ce moment ; il est noté quand même.",
            not_address: "Ce n'est pas une adresse entière, comme https://example.org/b/ ; encore une fois, s'il vous plaît.",
            not_smtp: "S'il vous plaît comme smtps://user@mail.example.org ou smtp://user@mail.example.org ; %40 remplace un @ dans le nom d'utilisateur.",
            not_mailbox: "Ce n'est pas une adresse de courriel ; encore une fois, s'il vous plaît.",
            ended: "Les questions n'ont pas eu de réponse jusqu'au bout ; rien n'a été écrit.",
            not_own: "Ce programme est fait pour ses propres noms, ou pour ceux d'une personne qui l'a demandé ; rien n'a été écrit.",
            written: "Écrit dans",
            key: "La clé de la mémoire sera créée au premier usage, à côté de ce fichier : store.key. Sans elle, la mémoire est illisible :\ngardez-en une copie ailleurs. Ensuite : « monitor add » lit vos images, « monitor scan » regarde une fois, « monitor doctor » vérifie tout.",
        }
    }
}
