//! Other scripts, other spellings, case endings, and the people who are somebody else.

use super::*;

/// Each pair is one name twice.
fn same(pairs: &[(&str, &str)]) {
    let missed: Vec<_> = pairs.iter().filter(|(name, text)| mentions(&legal(name), text, Place::Text).is_empty()).collect();
    assert!(missed.is_empty(), "{missed:#?}");
}

/// Each pair is two people.
fn two(pairs: &[(&str, &str)]) {
    let taken: Vec<_> = pairs.iter().filter(|(name, text)| !mentions(&legal(name), text, Place::Text).is_empty()).collect();
    assert!(taken.is_empty(), "{taken:#?}");
}

#[test]
fn spelled_by_way_of_another_language() {
    same(&[
        ("Taras Shevchenko", "Taras Schewtschenko"),
        ("Taras Shevchenko", "Taras Szewczenko"),
        ("Taras Shevchenko", "Taras Chevtchenko"),
        ("Nikita Khrushchev", "Nikita Chruschtschow"),
        ("Marina Tsvetaeva", "Marina Zwetajewa"),
        ("Yulia Kuznetsova", "Julija Kusnezowa"),
        ("Olga Zelenska", "Olha Selenska"),
        ("Usman Qureshi", "Othman Koreshi"),
        ("Ayesha Chaudhry", "Aisha Chowdhury"),
        ("Jamal Rehman", "Gamal Rahman"),
        ("Abdul Rahman Malik", "Abdelrahman Malik"),
        ("Umar Benali", "Omar Ben Ali"),
        ("Georgios Papadopoulos", "Yiorgos Papadopulos"),
        ("Lakshmi Agarwal", "Laxmi Aggarwal"),
        ("Željko Jovanović", "Zeljko Jovanovich"),
    ]);
}

#[test]
fn written_in_another_script() {
    same(&[
        ("Gregory Johnson", "Γκρέγκορι Τζόνσον"),
        ("Emily Johnson", "إميلي جونسون"),
        ("Omar Haddad", "عمر حداد"),
        ("Ahmed Al-Hashimi", "أحمد الهاشمي"),
        ("Mustafa Mansour", "مصطفى منصور"),
        ("محمد شیخ", "Muhammad Sheikh"),
        ("فاطمة القاسمي", "Fatima Al-Qasimi"),
        ("Hossein Moradi", "حسین مرادی"),
        ("Віра Ковальчук", "Vira Koval'chuk"),
        ("Тарас Гриценко", "Taras Hrytsenko"),
        ("Дмитрий Жуков", "Dmitrij Žukov"),
        ("Priya Sharma", "प्रिया शर्मा"),
        ("Katerina Karamanlis", "Κατερίνα Καραμανλής"),
        // Joined and disguised as well.
        ("Екатерина Смирнова", "@ekaterinasmirnova92"),
        ("عائشہ خان", "ayeshakhan.example"),
        ("राजेश वर्मा", "@rajeshverma"),
        ("Екатерина Смирнова", "E.k.a.t.e.r.i.n.a S.m.i.r.n.o.v.a"),
    ]);
}

#[test]
fn in_any_case() {
    same(&[
        ("Тарас Шевченко", "Тараса Шевченка"),
        ("Павел Громов", "Павлу Громову"),
        ("Anna Kowalska", "Anny Kowalskiej"),
        ("Krzysztof Wróbel", "Krzysztofem Wróblem"),
        ("Agnieszka Wójcik", "Agnieszki Wójcik"),
        ("Martin Černý", "Martina Černého"),
        ("Jonas Kazlauskas", "Jonui Kazlauskui"),
        ("Ilze Liepiņa", "Ilzes Liepiņas"),
        ("Nagy Péter", "Nagy Péternek"),
        ("Matti Virtanen", "Matti Virtaselle"),
        ("Guðrún Jónsdóttir", "Guðrúnar Jónsdóttur"),
        ("Νίκος Παπαδόπουλος", "Νίκου Παπαδόπουλου"),
    ]);
}

#[test]
fn other_people() {
    two(&[
        ("Marina Petrova", "Martina Petrova"),
        ("Marina Petrova", "Maria Petrova"),
        ("Hassan Karim", "Hassan Karam"),
        ("Nadia Rahman", "Nada Rahman"),
        ("Lars Hansen", "Lars Jansen"),
        ("Lars Hansen", "Lars Hanson"),
        ("Ayesha Khan", "Ayesha Chan"),
        ("Christian Weber", "Christina Weber"),
        ("Rajesh Gupta", "Ramesh Gupta"),
        ("Anna Schmidt", "Hanna Schmidt"),
        ("Jan Kowalski", "Jan Kowalewski"),
        ("Omar al-Rashid", "Vikram Al-Rashid, Omar Durrani"),
        ("Irene Hartwell", "Jessop, Irene\nHartwell, Stuart"),
        ("Elena Ilyina", "Elena\nEliana\nElianna"),
        ("رضا کریمی", "جمال کریمی\nرضا منصور"),
        ("Ayesha Khan", "ως αν"),
        ("Ayesha Khan", "واقع اهن"),
        ("Anaïs Chauvin", "haben eines"),
        ("Nguyễn Thị Hương", "Hồng Nguyễn"),
    ]);
}

#[test]
fn more_disguises() {
    found(
        "Peter Hartwell",
        &[
            ("Peter M. Hartwell", &["initial"]),
            ("Peter H a r t w e l l", &["spaced out"]),
            ("P\ne\nt\ne\nr\n\nH\na\nr\nt\nw\ne\nl\nl", &["spaced out"]),
            ("p373r h@r7w3||", &["leet"]),
            ("peter+hartwell", &[]),
        ],
    );
    found(
        "Anna-Maria Lopez Garcia",
        &[
            ("LOPEZ GARCIA, Anna Maria", &["order"]),
            ("Anna-Maria Lopez", &["middle name"]),
            ("Lopez, Anna-Maria", &["order", "middle name"]),
        ],
    );
    found("Willem van der Berg", &[("Willem vd Berg", &["initial"]), ("Willem v.d. Berg", &["initial"])]);
    found("Екатерина Смирнова", &[("Екатерина СМИРНОВА", &[]), ("СМИРНОВА, Екатерина", &["order"])]);
    found("Omar al-Rashid", &[("Omar Rashid", &[]), ("Rashid, Omar al-", &["order"])]);
    none("Peter Hartwell", &["Peter M. Smith Hartwell", "Peter M N Hartwell"]);
}

proptest::proptest! {
    // Each case makes the forms and spellings of a name anew.
    #![proptest_config(proptest::test_runner::Config::with_cases(64))]
    #[test]
    fn any_script(
        name in "[a-zа-яα-ωآ-یअ-ह'ُ -]{0,16}", text in "[a-zA-ZА-яΑ-ωآ-یअ-्'\u{200b}\u{ad}\u{301}@$|!.,\n %-]{0,120}",
    ) {
        let names = legal(&name);
        for text in [format!("{text}{name}{text}"), format!("{text} {name}\n{text}"), text] {
            for place in [Place::Text, Place::Link] {
                for mention in mentions(&names, &text, place) {
                    // What is found holds at least two letters, and can be shown.
                    proptest::prop_assert!(!excerpt(&text, mention.range, 20).is_empty());
                }
            }
        }
    }
}
