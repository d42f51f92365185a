//! What knowing names costs, and how often a name is found that is not there.
//!
//! `cargo bench --bench names` measures speed on text that it makes itself; `cargo bench --bench names -- FILE…` counts
//! what forty names that stand in nobody's credits are found as in real text, one file a text: AUTHORS, CREDITS, saved
//! pages' text. Every find is printed, so that a namesake can be told from a mistake.

use std::hint::black_box;
use std::time::Instant;

use monitor::look::names::Names;
use monitor::model::{Block, Person, Place, Secret};

/// Words of a language, to make text from.
const LANGUAGES: [(&str, &str); 6] = [
    (
        "English",
        "every morning the old harbour watches ships arrive from distant ports while fishermen repair their nets and merchants \
         argue about prices under striped awnings nobody remembers who built the stone pier but children still jump from it when \
         summer comes and their parents pretend not to notice Anna wrote that down in Lahore before she could ask Ian",
    ),
    ("German", "der alte Hafen kann jeden Morgen sehen wie ein Kahn aus China kommt und Anna hat keine Ahnung wann sie ihn wieder sieht"),
    ("Russian", "старый порт каждое утро видит как приходит корабль из Китая и Анна не знает когда он снова уйдёт хан ханство казна"),
    ("Arabic", "الميناء القديم يرى كل صباح كيف تأتي سفينة من الصين ولا تعرف آنا متى كان الخان يعود إلى عائشة المدينة"),
    ("Hindi", "पुराना बंदरगाह हर सुबह देखता है कि चीन से जहाज कैसे आता है और अन्ना नहीं जानती कि खान कब लौटेगा"),
    ("Chinese", "老港口每天早上看到从中国来的船安娜不知道它什么时候再离开王小明也不知道"),
];

/// Texts that somebody may write to keep us busy.
const HOSTILE: [(&str, &str); 6] = [
    ("the name", "ayesha khan "),
    ("one of its words", "khan "),
    ("words that sound like it", "aisha kan "),
    ("spelled out", "a y e s h a k h a n "),
    ("ligatures", "\u{FDFA}"),
    ("percent signs", "%61%79"),
];

/// Names of many kinds whose bearers are not known to be among free software's authors.
const NAMES: [&str; 40] = [
    "Ayesha Siddiqua Rehmani",
    "Irene Hartwell",
    "Mira Sandoval",
    "Zoë Müllerschön",
    "Anna-Maria Lopez Benavente",
    "Katarzyna Wojciechowska",
    "Ольга Ветрова",
    "Мария Заречная",
    "Oksana Lytvynchuk",
    "Ekaterina Zvereva",
    "Γεωργία Παπαδήμα",
    "Eleni Karavas",
    "عائشہ قریشی",
    "فاطمة الهاشمي",
    "Fatemeh Rostami",
    "Zainab Chaudhry",
    "Mohammed Farooq",
    "Yusuf Demirtaş",
    "Gülşah Yıldırım",
    "प्रिया शर्मा",
    "Priya Raghunathan",
    "Lakshmi Banerjee",
    "Nguyễn Thị Hương",
    "Grace Okonkwo",
    "Amina Diallo",
    "Chloé Lefèvre",
    "Camille Marchand",
    "Jiří Dvořáček",
    "Łucja Żółkiewska",
    "Björn Åkesson",
    "Willem van der Zee",
    "Sinéad O'Halloran",
    "Carmen Delgado Ruiz",
    "Beatriz Nascimento",
    "Giulia Ferrante",
    "Nadia Rahman",
    "Marina Sokolova",
    "Sofia Petrova",
    "Emma Whitcombe",
    "Laura Castellano",
];

fn names(legal: &[&str]) -> Names {
    Names::new(&Person { legal_names: legal.iter().map(|n| Secret::new(*n)).collect(), ..Person::default() })
}

fn block(text: &str) -> Block {
    Block { text: text.to_owned(), place: Place::Text, section: 0 }
}

/// The best of five runs, in MB a second, and what was found.
fn speed(names: &Names, blocks: &[Block]) -> (f64, usize) {
    let bytes: usize = blocks.iter().map(|b| b.text.len()).sum();
    let mut best = f64::MAX;
    let mut found = 0;
    for _ in 0..5 {
        let start = Instant::now();
        found = black_box(names.find(black_box(blocks))).len();
        best = best.min(start.elapsed().as_secs_f64());
    }
    (bytes as f64 / 1e6 / best, found)
}

/// Two million bytes of `words` in an order that does not come again, in paragraphs of about 700 bytes.
fn text(words: &str) -> Vec<Block> {
    let words: Vec<&str> = words.split(' ').collect();
    let (mut state, mut made, mut blocks) = (1_u64, 0, Vec::new());
    while made < 2_000_000 {
        let mut paragraph = String::new();
        while paragraph.len() < 700 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            paragraph.push_str(words[(state >> 33) as usize % words.len()]);
            paragraph.push(' ');
        }
        made += paragraph.len();
        blocks.push(block(&paragraph));
    }
    blocks
}

fn memory() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|l| l.starts_with("VmRSS:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}

fn costs() {
    let persons: [(&str, Vec<&str>); 3] = [
        ("one name", vec!["Ayesha Khan"]),
        ("one name with hundreds of spellings", vec!["Mohammed Abdul Rahman Qureshi"]),
        ("twelve names in five scripts", NAMES.iter().step_by(3).take(12).copied().collect()),
    ];
    for (what, legal) in persons {
        let (before, start) = (memory(), Instant::now());
        let names = names(&legal);
        let (built, held) = (start.elapsed().as_secs_f64() * 1000.0, memory() - before);
        println!("{what}: made in {built:.0} ms, {held:.1} MiB, {names:?}");
        for (language, words) in LANGUAGES {
            let (rate, found) = speed(&names, &text(words));
            println!("  {language}: {rate:.0} MB/s, {found} found");
        }
    }
    let names = names(&["Ayesha Khan"]);
    for (what, piece) in HOSTILE {
        let (rate, found) = speed(&names, &[block(&piece.repeat(1_000_000 / piece.len()))]);
        println!("hostile, {what}: {rate:.1} MB/s, {found} found");
    }
}

fn finds(paths: &[String]) {
    let texts: Vec<String> = paths.iter().filter_map(|p| std::fs::read(p).ok()).map(|b| String::from_utf8_lossy(&b).into_owned()).collect();
    let words: usize = texts.iter().map(|t| t.split_whitespace().count()).sum();
    let mut found = 0;
    for name in NAMES {
        let one = names(&[name]);
        for text in &texts {
            let blocks = [block(text)];
            for mention in one.find(&blocks) {
                found += 1;
                println!("{name}: {:?} {:?}", text.get(mention.range).unwrap_or_default(), mention.how);
            }
        }
    }
    let per = found as f64 / NAMES.len() as f64 / (words as f64 / 1e6);
    println!("{} files, {words} words: {found} found, {per:.4} a name and million words", texts.len());
}

fn main() {
    let paths: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with("--")).collect();
    if paths.is_empty() { costs() } else { finds(&paths) }
}
