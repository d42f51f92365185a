//! The room as a whole: tables of texts that are the person, and of texts that are not.

use super::*;

mod spellings;

pub(super) fn secrets(entries: &[&str]) -> Vec<Secret> {
    entries.iter().map(|e| Secret::new(*e)).collect()
}

fn legal(name: &str) -> Names {
    Names::new(&Person { legal_names: secrets(&[name]), ..Person::default() })
}

fn block(text: &str, place: Place) -> Block {
    Block { text: text.to_owned(), place, section: 0 }
}

fn mentions(names: &Names, text: &str, place: Place) -> Vec<Mention> {
    let found = names.find(&[block(text, place)]);
    for m in &found {
        assert!(text.get(m.range.clone()).is_some_and(|t| !t.is_empty()), "{text}: {m:?}");
    }
    found
}

/// Each text has the name once; the words of `how` are as given.
fn found(name: &str, texts: &[(&str, &[&str])]) {
    let names = legal(name);
    let mut wrong = Vec::new();
    for (text, how) in texts {
        let place = if text.starts_with("http") { Place::Link } else { Place::Text };
        let got = mentions(&names, text, place);
        if got.len() != 1 || got.first().is_some_and(|m| m.how != *how) {
            wrong.push(format!("{text:?}: {:?}", got.iter().map(|m| &m.how).collect::<Vec<_>>()));
        }
    }
    assert!(wrong.is_empty(), "{name}: {wrong:#?}");
}

fn none(name: &str, texts: &[&str]) {
    let names = legal(name);
    let place = |t: &str| {
        if t.starts_with("http") { Place::Link } else { Place::Text }
    };
    let wrong: Vec<_> = texts.iter().filter(|t| !mentions(&names, t, place(t)).is_empty()).collect();
    assert!(wrong.is_empty(), "{name}: {wrong:#?}");
}

#[test]
fn plain_and_order() {
    found(
        "Ayesha Khan",
        &[
            ("Ayesha Khan", &[]),
            ("this is AYESHA KHAN's account", &[]),
            ("ayesha   khan", &[]),
            ("Ayesha\u{a0}Khan.", &[]),
            ("(Ayesha Khan)", &[]),
            ("d'Ayesha Khan", &[]),
            ("Name: Khan, Ayesha", &["order"]),
            ("KHAN Ayesha", &["order"]),
            ("by Khan, Ayesha; Smith, Peter", &["order"]),
            ("Ayesha\nKhan", &["split"]),
            ("**Ayesha** Khan", &[]),
        ],
    );
    found(
        "Ayesha Noor Khan",
        &[
            ("Ayesha Noor Khan", &[]),
            ("Ayesha Khan", &["middle name"]),
            ("Ayesha N. Khan", &["initial"]),
            ("Khan, Ayesha N.", &["order", "initial"]),
        ],
    );
    found(
        "Maria de la Cruz",
        &[("Maria de la Cruz", &[]), ("De la Cruz, María", &["order", "diacritics"]), ("Cruz, Maria de la", &["order"])],
    );
    found("Anna-Maria O’Hara", &[("Anna Maria O'Hara", &[]), ("AnnaMaria OHara", &[]), ("anna-maria o hara", &[])]);
    found("Irenko", &[("I am Irenko.", &[]), ("1renk0", &["leet"]), ("I r e n k o", &["spaced out"])]);
}

#[test]
fn letters_in_disguise() {
    found(
        "Zoë Müller",
        &[("Zoe Muller", &["diacritics"]), ("Zoe Mueller", &["diacritics"]), ("ZOË MÜLLER", &[]), ("Zoe\u{308} Mu\u{308}ller", &[])],
    );
    found("Jürgen Weiß", &[("Juergen Weiss", &["diacritics"]), ("JÜRGEN WEISS", &["diacritics"])]);
    found("Łucja Đorđević", &[("Lucja Dordevic", &["diacritics"]), ("Lucja Djordjevic", &["diacritics"])]);
    found("Işıl Çelik", &[("Isil Celik", &["diacritics"]), ("IŞIL ÇELİK", &["diacritics"])]);
    found("Karin Mueller", &[("Karin Müller", &["diacritics"])]);
    found(
        "Ayesha Khan",
        &[
            ("Аyеshа Кhаn", &["look-alike"]),
            ("Ａｙｅｓｈａ　Ｋｈａｎ", &["look-alike"]),
            ("𝓐𝔂𝓮𝓼𝓱𝓪 𝓚𝓱𝓪𝓷", &["look-alike"]),
            ("Ⓐⓨⓔⓢⓗⓐ Ⓚⓗⓐⓝ", &["look-alike"]),
            ("ᴀʏᴇꜱʜᴀ ᴋʜᴀɴ", &["look-alike"]),
            ("🅰🆈🅴🆂🅷🅰 🅺🅷🅰🅽", &["look-alike"]),
            ("4y35h4 Kh4n", &["leet"]),
            ("@ye$ha kh@n", &["leet"]),
            ("A\u{200b}y\u{200b}esha Kh\u{ad}an", &["split"]),
            ("A y e s h a  K h a n", &["spaced out"]),
            ("A.y.e.s.h.a K.h.a.n", &["spaced out"]),
            ("Aye.sha Kh_an", &["split"]),
            ("Ayesha🌸Khan", &["split"]),
            ("Aye-\nsha Khan", &["split"]),
            ("Áyęshä Khån", &["diacritics"]),
        ],
    );
    found("Emma Wilson", &[("Ernrna VViIson", &["look-alike"]), ("Emma WiIson", &["look-alike"])]);
    found("Ольга Петрова", &[("Oльгa Пeтpoвa", &["look-alike"]), ("ОЛЬГА ПЕТРОВА", &[])]);
    found("Νίκη Ράλλη", &[("ΝΙΚΗ ΡΑΛΛΗ", &["diacritics"]), ("Νίκη Ράλλη", &[])]);
    found(
        "عائشہ خان",
        &[
            ("عائشه خان", &["diacritics"]),
            ("عائشة\u{200c}خان", &["diacritics", "split"]),
            ("عَائِشَہ خـان", &["diacritics"]),
            ("ﻋﺎﺋﺸﺔ ﺧﺎﻥ", &["diacritics"]),
        ],
    );
    found("王小明", &[("我叫王小明吗", &[])]);
}

#[test]
fn handles_and_links() {
    found(
        "Ayesha Khan",
        &[
            ("@ayeshakhan", &["handle"]),
            ("ayesha_khan92", &["handle"]),
            ("#AyeshaKhanLeaked", &["handle"]),
            ("realayeshakhan", &["handle"]),
            ("ayesha.khan@mail.example", &["handle"]),
            ("Ayesha-Khan", &["handle"]),
            ("ayesha_khan_01.jpg", &["handle"]),
            ("https://x.example/ayesha-khan-leaked", &["handle", "link"]),
            ("https://x.example/?q=ayesha+khan", &["link"]),
            ("https://x.example/?q=Ayesha%20Khan&x=1", &["link"]),
            ("https://x.example/?first=Ayesha&last=Khan", &["link"]),
            ("https://x.example/%D0%90yesha_Khan", &["look-alike", "handle", "link"]),
            ("https://ayeshakhan.example/", &["handle", "link"]),
        ],
    );
    found("Zoë Müller", &[("https://xn--zo-mller-u1a6o.example/", &["handle", "link"])]);
    found(
        "Ольга Петрова",
        &[("https://x.example/%D0%9E%D0%BB%D1%8C%D0%B3%D0%B0_%D0%9F%D0%B5%D1%82%D1%80%D0%BE%D0%B2%D0%B0", &["handle", "link"])],
    );
}

#[test]
fn near_misses() {
    none(
        "Irene Hartwell",
        &[
            "Irene Hartwellson",
            "Irenée Hartwell",
            "Irene and Hartwell",
            "Irene. Hartwell",
            "Irene; Hartwell",
            "Irene | Hartwell",
            "Irene",
            "Hartwell",
            "Irene said Hartwell",
            "Irene\n\nHartwell",
            "Irene, Hartwell",
            "Peter Hartwell, Irene Smith",
            "Irene / Hartwell",
            "Irene Hart well-known",
            "Sirene Hartwell",
            "Irene O'Hartwell",
            "Irene Hartwell-Jones",
            "Irene Hartwell5on",
            "Irene Hartnell",
            "Irina Hartwell",
            "Irene Smith Hartwell",
            "Eileen Hartwell",
            "Irene: Hartwell",
            "Smith, Hartwell, Irene, Jones",
            "Irene! Hartwell",
            "Irene? Hartwell",
            "Irene • Hartwell",
            "Irene – Hartwell",
            "http://x.example/irene/2024/hartwell",
            "http://x.example/irene-hartwellson",
        ],
    );
    none("Ayesha Khan", &["Ayesha Khanna", "Ayesha Khanum", "Imran Khan, Ayesha Omar", "Salman Khan Ayesha Takia"]);
    none("عائشہ خان", &["عائشہ خانم", "عائشہ اور خان"]);
    none("Michael Novak", &["Michal Novak", "Michaela Novak"]);
    none("Ana", &["banana", "an a.", "A n a", "Anna", "Diana"]);
    none("Lea Bo", &["134 80", "1 3 4 8 0"]);
}

#[test]
fn blocks_part() {
    let blocks = [block("Irene", Place::Text), block("Hartwell", Place::Text)];
    assert!(legal("Irene Hartwell").find(&blocks).is_empty());
}

#[test]
fn other_lists() {
    let names = Names::new(&Person {
        legal_names: secrets(&["Ayesha Khan"]),
        stage_names: secrets(&["Luna Velvet", "Siren"]),
        private: secrets(&["+92 300 1234567", "12 Canal Road, Lahore", "a.khan@example.org", "@luna_v92"]),
        context: secrets(&["Lahore"]),
        other_people: secrets(&["Dr Ayesha Khan"]),
        ..Person::default()
    });
    let of = |text: &str| {
        let got = mentions(&names, text, Place::Text);
        got.iter().map(|m| (m.list, m.entry, m.other_person)).collect::<Vec<_>>()
    };
    assert_eq!(of("Dr. Ayesha Khan"), [(List::Legal, 0, false)]);
    assert_eq!(of("dr ayesha khan"), [(List::Legal, 0, true)]);
    assert_eq!(of("@LunaVelvet"), [(List::Stage, 0, false)]);
    assert_eq!(of("a siren sang"), [(List::Stage, 1, false)]);
    assert_eq!(of("s1ren sirens"), []);
    assert_eq!(of("0300 123 45 67"), [(List::Private, 0, false)]);
    assert_eq!(of("Canal Rd. 12"), [(List::Private, 1, false)]);
    assert_eq!(of("12, canal rd, LAHORE"), [(List::Private, 1, false), (List::Context, 0, false)]);
    assert_eq!(of("112 Canal Road, 12 Canal Roads"), []);
    assert_eq!(of("a.khan at example dot org"), [(List::Private, 2, false)]);
    assert_eq!(of("t.me/Luna_V92 luna_v921"), [(List::Private, 3, false)]);
    assert!(!format!("{names:?}").contains("Khan"));
}

#[test]
fn a_page_that_is_one_name_is_bounded_and_told() {
    let names = legal("Ayesha Khan");
    let many: Vec<Block> = (0..MOST_MENTIONS + 5).map(|_| block("Ayesha Khan", Place::Text)).collect();
    let (kept, left_out) = names.find_and_count(&many);
    assert_eq!((kept.len(), left_out), (MOST_MENTIONS, 5));
    let (kept, left_out) = names.find_and_count(&[block(&"Ayesha Khan, ".repeat(40_000), Place::Text)]);
    assert!((500..4000).contains(&kept.len()) && left_out == 0, "{}", kept.len());
}

#[test]
fn windows_meet_without_a_seam() {
    let names = legal("Ayesha Khan");
    for shift in [0, 1, 2, 3, 700, 1023, 1024, 1025, 2048, 3000, 4096] {
        let mut text = "x ".repeat((WINDOW - shift) / 2);
        text.push_str(&"Ayesha Khan, é ".repeat(400));
        assert_eq!(mentions(&names, &text, Place::Text).len(), 400, "{shift}");
    }
}

proptest::proptest! {
    // Each case makes the forms and spellings of a name anew.
    #![proptest_config(proptest::test_runner::Config::with_cases(64))]
    #[test]
    fn any_text_any_name(
        name in "(\\PC{0,12}|[A-Za-zа-яü ,.-]{0,14})", text in "(\\PC{0,80}|[a-m%А-я0-9 @.,-]{0,80})", link: bool,
    ) {
        let person = Person {
            legal_names: secrets(&[&name]),
            stage_names: secrets(&[&name]),
            private: secrets(&[&name]),
            other_people: secrets(&[&text]),
            ..Person::default()
        };
        let names = Names::new(&person);
        let place = if link { Place::Link } else { Place::Text };
        let both = format!("{text} {name} {text}");
        for text in [&text, &both, &name] {
            let found = mentions(&names, text, place);
            proptest::prop_assert!(found.is_sorted_by_key(|m| m.range.start));
        }
    }
}

#[test]
fn by_sound_and_script() {
    found(
        "Ayesha Khan",
        &[
            ("Aisha Khan", &["sound-alike"]),
            ("Khan, Aicha", &["order", "sound-alike"]),
            ("Аиша Хан", &["transliteration"]),
            ("عائشہ خان", &["transliteration"]),
            ("عائشة خان", &["transliteration"]),
            ("आयशा ख़ान", &["transliteration"]),
            ("Ayesha \"Luna\" Khan", &["nickname"]),
            ("Ayesha Khan's page", &[]),
        ],
    );
    found(
        "Ayesha Qureshi",
        &[
            ("Aisha Quraishi", &["sound-alike"]),
            ("Ayesha Qurashi", &["sound-alike"]),
            ("AishaQuraishi", &["handle", "sound-alike"]),
            ("عائشہ قریشی", &["transliteration"]),
        ],
    );
    found(
        "Ольга Петрова",
        &[
            ("Olga Petrova", &["transliteration"]),
            ("у Ольги Петровой", &["inflected"]),
            ("Olgi Petrovoy", &["transliteration", "inflected"]),
            ("Petrova Olga", &["order", "transliteration"]),
            ("Όλγα Πετρόβα", &["transliteration"]),
        ],
    );
    found("Olga Petrova", &[("Ольга Петрова", &["transliteration"]), ("Ольге Петровой", &["transliteration", "inflected"])]);
    found("Ivan Petrov", &[("Иваном Петровым", &["transliteration", "inflected"])]);
    found(
        "Irene Hartwell",
        &[("Irene Hratwell", &["typo"]), ("Hartwel, Irene", &["order", "sound-alike"]), ("Ирен Хартвелл", &["transliteration"])],
    );
    found("Karin Müller", &[("Karin Müllers Haus", &["inflected"])]);
    found("عائشہ خان", &[("Ayesha Khan", &["transliteration"]), ("Aisha Khan", &["transliteration"])]);
    found(
        "Mohammed Farooq",
        &[("Muhammad Farooq", &["sound-alike"]), ("Mohamed Faruq", &["sound-alike"]), ("محمد فاروق", &["transliteration"])],
    );
    none("Ayesha Khan", &["Aisha can", "Asha Kahn", "Aisha. Khan", "Ayesha Kahn", "Aisha and Khan", "Ася Ханова"]);
    none("Noël Köthe", &["cause NULL", "Noel kites"]);
    none("Mark Reed", &["mark RAID", "Mark read"]);
    none("Anna Robert", &["Anna Roberts", "Anne Robert"]);
    none("Alexandra Petrova", &["Александр Петров", "Alexander Petrov"]);
}

#[test]
fn entries_without_letters_are_never_found() {
    for entry in ["", " ", "-@-.-", "...", "'", ",", "+", "@"] {
        let all = secrets(&[entry]);
        let names = Names::new(&Person {
            legal_names: all.clone(),
            stage_names: all.clone(),
            private: all.clone(),
            context: all.clone(),
            other_people: all,
            ..Person::default()
        });
        assert!(mentions(&names, "a -@-.- b ' , + 12", Place::Text).is_empty(), "{entry}");
    }
}
