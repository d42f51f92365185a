//! What `monitor backup`, `restore`, `rekey` and `forget` say. `{}` stands for what is filled in by [`super::fill`].

/// The sentences of one language.
#[allow(missing_docs, reason = "each sentence says what it is for")]
#[derive(Clone, Debug)]
pub struct KeepWords {
    pub pipe: &'static str,
    /// Stands for a file that the owner names.
    pub file: &'static str,
    pub backup_written: &'static str,
    pub backup_holds: &'static str,
    pub backup_left_out: &'static str,
    pub backup_advice: &'static str,
    pub restored: &'static str,
    pub in_place: &'static str,
    pub restored_store: &'static str,
    pub store_stays: &'static str,
    pub moved_aside: &'static str,
    pub lay_elsewhere: &'static str,
    pub restored_without: &'static str,
    pub since_then: &'static str,
    pub waiting: &'static str,
    pub restored_next: &'static str,
    pub rekeyed: &'static str,
    pub rekeyed_credential: &'static str,
    pub nothing_to_forget: &'static str,
    pub looked_in: &'static str,
    pub forget_list: &'static str,
    pub forget_guessed: &'static str,
    pub forget_dry: &'static str,
    pub forget_first: &'static str,
    pub forget_second: &'static str,
    pub forget_phrase: &'static str,
    pub forget_not: &'static str,
    pub yes: &'static str,
    pub forgotten: &'static str,
    pub key_gone: &'static str,
    pub not_removed: &'static str,
    pub backups_away: &'static str,
    pub backups_unknown: &'static str,
    pub not_ours: &'static str,
    pub key_is_credential: &'static str,
    pub cannot_remove: &'static str,
}

pub(super) const EN: KeepWords = KeepWords {
    pipe: "standard output",
    file: "FILE",
    backup_written: "Written and encrypted: {}",
    backup_holds: "It holds the store (findings: {}; fingerprints of originals: {}), its key, the configuration, and of the files that it names: {}. Your pictures are not in it.",
    backup_left_out: "Could not be read from here, so not in it: {}",
    backup_advice: "Keep it on another disk, and its passphrase or key elsewhere: without it nobody can open the file, with it everybody.\n'monitor restore {}' puts it back.",
    in_place: "The backup of {} is in its place already; nothing was changed. The store may have gone on since; --force puts it back as it was then, and moves the present one aside.",
    restored: "Restored from the backup of {} (monitor {}).",
    restored_store: "  {} (findings: {}; fingerprints of originals: {})",
    store_stays: "  {} was restored from it before, and was left as it is now",
    moved_aside: "What was in the way was moved aside; delete it when you are sure:",
    lay_elsewhere: "Files that lay where a backup must not write; put them where the configuration looks for them, or give them to systemd:",
    restored_without: "Was not in the backup, and must be put there again: {}",
    since_then: "The program knows what it knew on {}. What was found after that is not forgotten on the pages: the next scan finds it and tells it again, and what you dismissed or confirmed since must be done again.",
    waiting: "Notes that had not been sent then: {}. They go out with the next scan. If they were sent after the backup was made, they come a second time; that is better than never.",
    restored_next: "Next: 'monitor doctor' tests everything; then start the service again.",
    rekeyed: "The store is sealed with a new key, which lies at {}. The old one does not open it any more: keep a copy of the new one elsewhere.\nBackups that were made before are not sealed anew, and whoever has an old copy of the store and the old key can read that copy.",
    rekeyed_credential: "The store is sealed with the key in {}. The old one does not open it any more.\nPut that file in the place of the credential {} (for an encrypted one, by 'systemd-creds encrypt'), start the service, and then delete {}.",
    nothing_to_forget: "There is nothing to forget here.",
    looked_in: "Looked for {} and in {}; --config FILE names another configuration.",
    forget_list: "This is removed, and cannot be brought back:",
    forget_guessed: "The configuration cannot be read as a whole; what it names besides is not in this list.",
    forget_dry: "Nothing was changed. 'monitor forget --everything' removes it, after two questions.",
    forget_first: "Remove all of this for good? What was found is lost with it, also as a proof; 'monitor backup' would keep it. (yes / no)",
    forget_second: "To go on, please type: {}",
    forget_phrase: "forget everything",
    forget_not: "Nothing was changed.",
    yes: "yes",
    forgotten: "Files removed: {}.",
    key_gone: "The key went first: whatever is left of the store on this disk or in a copy cannot be read without it. Backups and copies of the key that lie elsewhere still hold it.",
    not_removed: "Could not be removed:",
    backups_away: "Backups that are not where they were written, and may lie elsewhere:",
    backups_unknown: "Which backups were written cannot be read from the store (its key is missing, or it is damaged). Look for them yourself: whoever can open one has everything.",
    not_ours: "Not touched, because the program did not make it:",
    key_is_credential: "The key comes from systemd ({}) and is still there. Until you remove it, copies of the store can be read.",
    cannot_remove: "What this program cannot remove:\n  - your pictures, and files with passwords, names or passphrases that you made\n  - copies of the store, the key or the configuration elsewhere: other disks, cloud, snapshots, other machines\n  - backups and exports that were moved, copied or sent through a pipe\n  - mails that were sent; they lie in your mailbox and with your mail provider\n  - lines in the system's journal (they name no one). 'sudo journalctl --rotate && sudo journalctl --vacuum-time=1s' clears it, of the whole machine, not only of this program\n  - the history of your shell ('history -c', and its file)\n  - the service (NAME is your login): 'sudo systemctl disable --now monitor@NAME', then 'sudo rm -r /etc/systemd/system/monitor@.service /etc/systemd/system/monitor@*.service.d' (what of it is there) and 'sudo rmdir /var/lib/monitor/NAME'; the program itself, its manual and completions\n  - what an SSD or a file system with snapshots keeps of removed files. Only an encrypted disk helps there",
};

pub(super) const FR: KeepWords = KeepWords {
    pipe: "sortie standard",
    file: "FICHIER",
    backup_written: "Écrit et chiffré : {}",
    backup_holds: "Il contient la mémoire (résultats : {} ; empreintes d'originaux : {}), sa clé, la configuration et, des fichiers qu'elle nomme : {}. Vos images n'y sont pas.",
    backup_left_out: "Illisible d'ici, donc absent du fichier : {}",
    backup_advice: "Gardez-le sur un autre disque, et sa phrase de passe ou sa clé ailleurs : sans elle personne ne peut l'ouvrir, avec elle tout le monde.\n« monitor restore {} » le remet en place.",
    in_place: "La sauvegarde du {} est déjà en place ; rien n'a été changé. La mémoire a pu avancer depuis ; --force la remet comme elle était alors, et met l'actuelle de côté.",
    restored: "Restauré depuis la sauvegarde du {} (monitor {}).",
    restored_store: "  {} (résultats : {} ; empreintes d'originaux : {})",
    store_stays: "  {} en vient déjà, et a été laissé tel quel",
    moved_aside: "Ce qui gênait a été mis de côté ; effacez-le quand vous n'en aurez plus besoin :",
    lay_elsewhere: "Fichiers qui se trouvaient là où une sauvegarde ne doit pas écrire ; placez-les là où la configuration les cherche, ou confiez-les à systemd :",
    restored_without: "N'était pas dans la sauvegarde et doit être remis : {}",
    since_then: "Le programme sait ce qu'il savait le {}. Ce qui a été trouvé ensuite est toujours sur les pages : le prochain passage le retrouve et le signale de nouveau, et ce que vous avez écarté ou confirmé depuis est à refaire.",
    waiting: "Messages qui n'étaient pas encore partis : {}. Ils partent avec le prochain passage. S'ils sont partis après la sauvegarde, ils arrivent une seconde fois ; cela vaut mieux que jamais.",
    restored_next: "Ensuite : « monitor doctor » vérifie tout ; puis relancez le service.",
    rekeyed: "La mémoire est scellée par une nouvelle clé, qui se trouve dans {}. L'ancienne ne l'ouvre plus : gardez ailleurs une copie de la nouvelle.\nLes sauvegardes d'avant ne sont pas scellées de nouveau, et qui a une ancienne copie de la mémoire et l'ancienne clé peut lire cette copie.",
    rekeyed_credential: "La mémoire est scellée par la clé qui se trouve dans {}. L'ancienne ne l'ouvre plus.\nMettez ce fichier à la place du credential {} (s'il est chiffré, avec « systemd-creds encrypt »), démarrez le service, puis effacez {}.",
    nothing_to_forget: "Il n'y a rien à oublier ici.",
    looked_in: "Cherché : {} et dans {} ; --config FICHIER nomme une autre configuration.",
    forget_list: "Ceci est effacé, sans retour possible :",
    forget_guessed: "La configuration ne peut pas être lue en entier ; ce qu'elle nomme d'autre ne figure pas dans cette liste.",
    forget_dry: "Rien n'a été changé. « monitor forget --everything » efface tout, après deux questions.",
    forget_first: "Tout effacer pour de bon ? Ce qui a été trouvé est perdu aussi, même comme preuve ; « monitor backup » le garderait. (oui / non)",
    forget_second: "Pour continuer, tapez : {}",
    forget_phrase: "tout oublier",
    forget_not: "Rien n'a été changé.",
    yes: "oui",
    forgotten: "Fichiers effacés : {}.",
    key_gone: "La clé est partie d'abord : ce qui reste de la mémoire sur ce disque ou dans une copie est illisible sans elle. Les sauvegardes et les copies de la clé qui sont ailleurs la contiennent toujours.",
    not_removed: "N'a pas pu être effacé :",
    backups_away: "Sauvegardes qui ne sont plus là où elles ont été écrites, et se trouvent peut-être ailleurs :",
    backups_unknown: "La mémoire ne peut pas dire quelles sauvegardes ont été écrites (sa clé manque, ou elle est endommagée). Cherchez-les vous-même : qui peut en ouvrir une a tout.",
    not_ours: "Laissé en place, car le programme ne l'a pas créé :",
    key_is_credential: "La clé vient de systemd ({}) et existe toujours. Tant que vous ne l'enlevez pas, des copies de la mémoire restent lisibles.",
    cannot_remove: "Ce que ce programme ne peut pas effacer :\n  - vos images, et les fichiers de mots de passe, de noms ou de phrases de passe que vous avez créés\n  - les copies de la mémoire, de la clé ou de la configuration ailleurs : autres disques, nuage, instantanés, autres machines\n  - les sauvegardes et exports déplacés, copiés ou envoyés par un tube\n  - les courriels envoyés ; ils sont dans votre boîte et chez votre fournisseur\n  - les lignes du journal du système (elles ne nomment personne). « sudo journalctl --rotate && sudo journalctl --vacuum-time=1s » le vide, pour toute la machine et pas seulement pour ce programme\n  - l'historique de votre shell (« history -c », et son fichier)\n  - le service (NOM est votre nom d'utilisateur) : « sudo systemctl disable --now monitor@NOM », puis « sudo rm -r /etc/systemd/system/monitor@.service /etc/systemd/system/monitor@*.service.d » (ce qui s'y trouve) et « sudo rmdir /var/lib/monitor/NOM » ; le programme lui-même, son manuel et ses complétions\n  - ce qu'un SSD ou un système de fichiers à instantanés garde des fichiers effacés. Seul un disque chiffré y remédie",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_fill_in_the_same() {
        let holes = |w: &KeepWords| {
            [
                w.backup_written,
                w.backup_holds,
                w.backup_left_out,
                w.backup_advice,
                w.restored,
                w.restored_store,
                w.store_stays,
                w.rekeyed,
                w.rekeyed_credential,
                w.key_is_credential,
                w.since_then,
                w.waiting,
                w.forgotten,
            ]
            .map(|s| s.matches("{}").count())
        };
        assert_eq!(holes(&EN), holes(&FR));
        assert_ne!(EN.forget_phrase, FR.forget_phrase);
    }
}
