//! The words that forms, programs and tables call the parts of a name by.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::Part;

/// Words parted by `_`, as [`super::words`] gives them.
const GIVEN: &[&str] = &[
    "first_name",
    "firstname",
    "name_first",
    "given_name",
    "givenname",
    "given_names",
    "name_given",
    "forename",
    "forenames",
    "christian_name",
    "fname",
    "f_name",
    "fn",
    "gn",
    "prenom",
    "prénom",
    "prénoms",
    "prenoms",
    "vorname",
    "vornamen",
    "rufname",
    "nombre",
    "nombres",
    "nombre_s",
    "primer_nombre",
    "nome_proprio",
    "primeiro_nome",
    "voornaam",
    "imie",
    "imię",
    "imiona",
    "förnamn",
    "fornamn",
    "fornavn",
    "etunimi",
    "keresztnév",
    "utónév",
    "jméno",
    "jmeno",
    "meno",
    "prenume",
    "ad",
    "adı",
    "isim",
    "имя",
    "імя",
    "ім_я",
    "име",
    "όνομα",
    "الاسم_الأول",
    "پہلا_نام",
    "نام_کوچک",
    "שם_פרטי",
    "पहला_नाम",
    "名",
    "名字",
    "이름",
];

const MIDDLE: &[&str] = &[
    "middle_name",
    "middlename",
    "middle_names",
    "name_middle",
    "middle_initial",
    "additional_name",
    "additionalname",
    "additional_names",
    "second_name",
    "secondname",
    "mname",
    "m_name",
    "deuxième_prénom",
    "deuxieme_prenom",
    "zweiter_vorname",
    "segundo_nombre",
    "segundo_nome",
    "tussenvoegsel",
    "drugie_imię",
    "drugie_imie",
    "patronymic",
    "patronym",
    "отчество",
    "по_батькові",
    "اسم_الأب",
    "درمیانی_نام",
];

const FAMILY: &[&str] = &[
    "last_name",
    "lastname",
    "name_last",
    "last_names",
    "family_name",
    "familyname",
    "name_family",
    "surname",
    "surnames",
    "sur_name",
    "sirname",
    "lname",
    "l_name",
    "ln",
    "sn",
    "nom_famille",
    "nom_de_famille",
    "nachname",
    "familienname",
    "zuname",
    "apellido",
    "apellidos",
    "apellido_s",
    "apellido_1",
    "primer_apellido",
    "apellido_paterno",
    "cognome",
    "sobrenome",
    "apelido",
    "último_nome",
    "achternaam",
    "familienaam",
    "nazwisko",
    "efternamn",
    "efternavn",
    "etternavn",
    "sukunimi",
    "vezetéknév",
    "családnév",
    "příjmení",
    "prijmeni",
    "priezvisko",
    "soyad",
    "soyadı",
    "soyisim",
    "фамилия",
    "прізвище",
    "фамилно_име",
    "презиме",
    "επώνυμο",
    "اسم_العائلة",
    "اللقب",
    "خاندانی_نام",
    "آخری_نام",
    "نام_خانوادگی",
    "שם_משפחה",
    "उपनाम",
    "姓",
    "姓氏",
    "성",
];

const SECOND: &[&str] = &["apellido_2", "segundo_apellido", "apellido_materno", "second_last_name", "second_surname", "second_family_name"];

const EITHER: &[&str] = &["name", "nom", "nome", "naam", "nume", "نام", "الاسم", "اسم"];

/// Words that mean a part only at a name's end: `players[0][first]`, but not `last_login`.
const BARE: &[(&str, Part)] =
    &[("first", Part::Given), ("given", Part::Given), ("middle", Part::Middle), ("last", Part::Family), ("family", Part::Family)];

static KNOWN: LazyLock<HashMap<&str, Part>> = LazyLock::new(|| {
    let lists = [(GIVEN, Part::Given), (MIDDLE, Part::Middle), (FAMILY, Part::Family), (SECOND, Part::Second), (EITHER, Part::Either)];
    lists.iter().flat_map(|(words, part)| words.iter().map(|w| (*w, *part))).collect()
});

/// The part that `words` name; `last`: nothing follows them.
pub(super) fn part(words: &str, last: bool) -> Option<Part> {
    let bare = || BARE.iter().find(|(word, _)| last && *word == words).map(|(_, part)| *part);
    KNOWN.get(words).copied().or_else(bare)
}

/// Pairs of small letters that words of the vocabulary begin with, one bit of a row for each second letter.
static BEGINNINGS: LazyLock<[u32; 26]> = LazyLock::new(|| {
    let mut rows = [0; 26];
    for word in KNOWN.keys().chain(BARE.iter().map(|(word, _)| word)) {
        let mut letters = word.bytes().map(|b| usize::from(b.wrapping_sub(b'a')));
        if let Some(row) = letters.next().and_then(|first| rows.get_mut(first)) {
            *row |= letters.next().filter(|second| *second < 26).map_or(u32::MAX, |second| 1 << second);
        }
    }
    rows
});

/// May a word of `key` name a part? Almost no key of a page's data and styles does: these are told without being taken apart.
pub(super) fn may_tell(key: &str) -> bool {
    let raw = key.as_bytes();
    if !raw.is_ascii() {
        return true;
    }
    let rows = &*BEGINNINGS;
    let mut before = b' ';
    raw.iter().enumerate().any(|(at, &b)| {
        // Where a word may begin: not between two small letters.
        let begins = b.is_ascii_alphabetic() && !(before.is_ascii_lowercase() && b.is_ascii_lowercase());
        before = b;
        let next = raw.get(at + 1).map_or(0, u8::to_ascii_lowercase);
        let row = rows.get(usize::from(b.to_ascii_lowercase().wrapping_sub(b'a'))).copied().unwrap_or(0);
        // A letter alone, or with a sign behind it, begins `f_name` too.
        begins && (row == u32::MAX || (next.is_ascii_lowercase() && row >> (next - b'a') & 1 == 1))
    })
}

/// Vowel signs and joiners inside a word of Arabic, Hebrew or Indian script.
pub(super) fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36F}' | '\u{591}'..='\u{5C7}' | '\u{610}'..='\u{61A}' | '\u{64B}'..='\u{65F}' | '\u{93A}'..='\u{94D}' | '\u{200C}' | '\u{200D}')
}
