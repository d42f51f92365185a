//! Names that stand in parts, and names that must not be put together.

use super::{read, read_as, texts};
use crate::model::Content;

const NAME: &str = "Ayesha Khan";

fn holds(content: &Content, text: &str) -> bool {
    content.blocks.iter().any(|b| b.text == text)
}

/// Every one holds the name as one block; and with the two parts in two people's fields, none does.
fn joined(pages: &[&str]) {
    for html in pages {
        let content = read(html);
        assert!(holds(&content, NAME), "{html}: {:?}", content.blocks);
    }
}

fn parted(pages: &[&str]) {
    for html in pages {
        let content = read(html);
        let crossed = content.blocks.iter().find(|b| b.text.contains("Ayesha") && b.text.contains("Khan"));
        assert_eq!(crossed, None, "{html}");
    }
}

#[test]
fn objects() {
    for json in [
        r#"{"givenName":"Ayesha","familyName":"Khan"}"#,
        r#"{"last_name":"Khan","id":7,"first_name":"Ayesha"}"#,
        r#"{"a":[{"b":{"firstName":"Ayesha","tags":["x",{"y":"z"}],"lastName":"Khan"}}]}"#,
        r#"{"fname":"Ayesha", "lname" : "Khan"}"#,
        r#"{"prenom":"Ayesha","nom":"Khan"}"#,
        r#"{"Vorname":"Ayesha","Nachname":"Khan"}"#,
        r#"{"nombre":"Ayesha","apellidos":"Khan"}"#,
        r#"{"имя":"Ayesha","фамилия":"Khan"}"#,
        r#"{"name":{"title":"Ms","first":"Ayesha","last":"Khan"}}"#,
        r#"{"name":"Ayesha","surname":"Khan"}"#,
        r#"{"name":[{"use":"official","family":"Khan","given":["Ayesha"]}]}"#,
        r#"{"firstName":{"value":"Ayesha"},"lastName":{"value":"Khan"}}"#,
        r#"[{"name":"first_name","value":"Ayesha"},{"name":"last_name","value":"Khan"}]"#,
        r#"[{"label":"First name","value":"Ayesha"},{"label":"Last name","value":"Khan"}]"#,
        r#"{"author_first_name":"Ayesha","editor_first_name":"Sara","author_last_name":"Khan"}"#,
        r#"{"first_name":"\u0041yesha","last_name":"Khan""#,
        r#"{"state":"{\"user\":{\"first_name\":\"Ayesha\",\"last_name\":\"Khan\"}}"}"#,
    ] {
        let content = read_as(json, "application/json");
        assert!(holds(&content, NAME), "{json}: {:?}", content.blocks);
        for kind in ["application/ld+json", "application/json id=__NEXT_DATA__", "text/javascript"] {
            let content = read(&format!("<script type={kind}>{json}</script>"));
            assert!(holds(&content, NAME), "{kind} {json}: {:?}", content.blocks);
        }
    }
    joined(&[
        "<script>var user = {first_name: 'Ayesha', last_name: \"Khan\"};</script>",
        "<script>user.firstName = 'Ayesha'; if (a == 'b') {}; user.lastName = 'Khan';</script>",
        "<script>fbq('init', '1', {fn: 'Ayesha', ln: 'Khan'})</script>",
        "<script>x = JSON.parse('{\"first_name\":\"Ayesha\",\"last_name\":\"Khan\"}')</script>",
        "<script>self.__next_f.push([1,\"5:[\\\"$\\\",{\\\"firstName\\\":\\\"Ayesha\\\",\\\"lastName\\\":\\\"Khan\\\"}]\"])</script>",
        "<div data-user='{\"first_name\":\"Ayesha\",\"last_name\":\"Khan\"}'></div>",
    ]);
    let full = read_as(r#"{"firstName":"Ayesha","middleName":"Noor","lastName":"Khan"}"#, "application/json");
    assert!(holds(&full, "Ayesha Noor Khan"));
    let spanish = read_as(r#"{"nombre":"Ana","apellido1":"Gil","apellido2":"Paz"}"#, "application/json");
    assert!(holds(&spanish, "Ana Gil Paz"));
}

#[test]
fn two_objects_are_two_people() {
    for json in [
        r#"[{"first_name":"Ayesha"},{"last_name":"Khan"}]"#,
        r#"[{"first_name":"Ayesha","last_name":"Malik"},{"first_name":"Sara","last_name":"Khan"}]"#,
        r#"[{"last_name":"Malik","first_name":"Ayesha"},{"last_name":"Khan","first_name":"Sara"}]"#,
        r#"{"first_name":"Ayesha","last_name":null,"friend":{"last_name":"Khan"}}"#,
        r#"{"author_first_name":"Ayesha","editor_last_name":"Khan"}"#,
        r#"[{"name":"first_name","value":"Ayesha"},{"name":"last_name","value":"Malik"},{"name":"first_name","value":"Sara"},{"name":"last_name","value":"Khan"}]"#,
        r#"{"first_name":"Ayesha","last_name":"","x":"Khan"}"#,
    ] {
        for kind in ["application/json", "text/html"] {
            let body = if kind == "text/html" { format!("<script type=application/ld+json>{json}</script>") } else { json.to_owned() };
            let content = read_as(&body, kind);
            let crossed = content.blocks.iter().find(|b| b.text.contains("Ayesha") && b.text.contains("Khan"));
            assert_eq!(crossed, None, "{json}");
        }
    }
    parted(&["<script>a.first_name='Ayesha'; b.last_name='Khan'; function f() { b.first_name = 'Sara' }</script>"]);
}

#[test]
fn meta() {
    joined(&[
        "<meta property='profile:first_name' content=Ayesha><meta property='profile:last_name' content=Khan>",
        "<meta name=profile:last_name content=Khan><meta name=x content=y><meta name=profile:first_name content=Ayesha>",
        "<meta itemprop=givenName content=Ayesha><meta itemprop=familyName content=Khan>",
    ]);
    parted(&[
        "<meta property='profile:first_name' content=Ayesha><meta property='profile:last_name' content=Malik>\
         <meta property='profile:first_name' content=Sara><meta property='profile:last_name' content=Khan>",
        "<meta name=author:first_name content=Ayesha><meta name=editor:last_name content=Khan>",
    ]);
}

#[test]
fn items() {
    joined(&[
        "<div itemscope><div itemprop=familyName>Khan</div><div itemprop=givenName>Ayesha</div></div>",
        "<table><tr itemscope><td itemprop=givenName>Ayesha<td>x<td itemprop=familyName>Khan<tr></table>",
        "<div itemscope><table><tr><td itemprop=givenName>Ayesha<tr><td itemprop='http://schema.org/familyName'>Khan</table></div>",
        "<div class=vcard><div class='fn n'><div class=given-name>Ayesha</div><div class=family-name>Khan</div></div></div>",
        "<div class=h-card><p class=p-family-name>Khan<p class='x p-given-name'>Ay<b>esha</b></div>",
        "<tr><td class=given-name>Ayesha<td class=family-name>Khan",
        "<div typeof=Person><p property='foaf:givenName'>Ayesha</p><p property='foaf:familyName'>Khan</p></div>",
        "<div itemscope><meta itemprop=givenName content=Ayesha><p itemprop=familyName>Khan</div>",
        "<li><p id=firstName>Ayesha</p><p id=lastName>Khan</p></li>",
        "<div class=field-first-name>a<p class=first-name>Ayesha</p></div><p class=last-name>Khan</p>",
    ]);
    let full = read("<div itemscope><p itemprop=givenName>Ayesha<p itemprop=additionalName>Noor<p itemprop=familyName>Khan</div>");
    assert!(holds(&full, "Ayesha Noor Khan"));
    parted(&[
        "<div itemscope><p itemprop=givenName>Ayesha</div><div itemscope><p itemprop=familyName>Khan</div>",
        "<tr><td class=given-name>Ayesha<td class=family-name><tr><td class=given-name><td class=family-name>Khan",
        "<tr itemscope><td itemprop=givenName>Ayesha<td itemprop=familyName>Malik<tr itemscope><td itemprop=givenName>Sara<td itemprop=familyName>Khan",
        "<div class=vcard><p class=given-name>Ayesha<div class=vcard><p class=family-name>Khan</div></div>",
        "<p class=first>Ayesha<p class=last>Khan",
    ]);
}

#[test]
fn forms() {
    joined(&[
        "<input name=first_name value=Ayesha><input name=last_name value=Khan>",
        "<form><input id=lname value=Khan><div><input id=fname value=' Ayesha '></div></form>",
        "<input autocomplete='billing given-name' value=Ayesha><input autocomplete='billing family-name' value=Khan>",
        "<input placeholder='First name' value=Ayesha><input placeholder='Last name' value=Khan>",
        "<input type=hidden name='user[0][first]' value=Ayesha><input type=hidden name='user[0][last]' value=Khan>",
        "<textarea name=firstname>Ayesha</textarea><select name=lastname><option>Malik<option selected>Khan<option>Zia</select>",
        "<label>First name</label><input name=f1 value=Ayesha><label>Last name</label><input name=f2 value=Khan>",
        "<form>Vorname: <input value=Ayesha> Nachname: <input value=Khan></form>",
        "<table><tr><td>First name<td><input value=Ayesha><tr><td>Surname<td><input value=Khan></table>",
    ]);
    parted(&[
        "<form><input name=first_name value=Ayesha></form><form><input name=last_name value=Khan></form>",
        "<input name=first_name value=Ayesha><input name=last_name><input name=first_name><input name=last_name value=Khan>",
        "<input name=a[first_name] value=Ayesha><input name=b[last_name] value=Khan>",
        "<input type=submit name=first_name value=Ayesha><input name=last_name value=Khan>",
    ]);
}

#[test]
fn labels_and_values() {
    for (given, family) in [
        ("First name", "Last name"),
        ("Given name:", "Family name:"),
        ("Vorname", "Nachname"),
        ("Prénom", "Nom"),
        ("Nombre", "Apellidos"),
        ("Имя", "Фамилия"),
        ("نام", "خاندانی نام"),
        ("First name *", "Surname *"),
    ] {
        for html in [
            format!("<table><tr><th>{given}</th><td>Ayesha</td></tr><tr><td>Age<td>7<tr><th>{family}</th><td>Khan</td></tr></table>"),
            format!("<table><tr><td>{family}<td>Khan<td>{given}<td>Ayesha</table>"),
            format!("<dl><dt>{given}<dd>Ayesha<dt>{family}<dd>Khan</dl>"),
            format!("<div>{given}</div><div>Ayesha</div><div>{family}</div><div>Khan</div>"),
            format!("<table><tr><th>Id<th>{given}<th>{family}<th>City<tr><td>1<td>Ayesha<td>Khan<td>Lahore</table>"),
        ] {
            assert!(holds(&read(&html), NAME), "{html}: {:?}", read(&html).blocks);
        }
    }
    joined(&["<p>First name: Ayesha<br>Last name: Khan</p>", "<ul><li><b>First name:</b> Ayesha<li><b>Last name:</b>\n Khan</ul>"]);
    parted(&[
        "<dl><dt>First name<dd>Ayesha<dt>Last name<dd></dl><dl><dt>First name<dd><dt>Last name<dd>Khan</dl>",
        "<dl><dt>First name<dd>Ayesha</dl><dl><dt>Last name<dd>Khan</dl>",
        "<table><tr><th>First name<th>Last name<tr><td>Ayesha<td>Malik<tr><td>Sara<td>Khan</table>",
        "<table><tr><th>First name<th>Last name<tr><td>Ayesha<td><tr><td><td>Khan</table>",
        "<table><tr><td>First name<td>Ayesha<td>Last name<td>Malik<tr><td>First name<td>Sara<td>Last name<td>Khan</table>",
        "<table><tr><td>First name<td>Ayesha<tr><td>City<td>Khan</table>",
        "<table><tr><td>First name<td>Ayesha<td>Last name<td><td>Khan</table>",
        "<table><tr><td>Ayesha<td>Khan</table><ul><li>Ayesha<li>Khan</ul>",
    ]);
}

#[test]
fn queries() {
    joined(&["<a href='/u?x=1&first=Ayesha&id=2&last=Khan'>x</a>"]);
    parted(&["<p data-x='?first=Ayesha'></p><a href='/u?last=Khan&x=1'>x</a>"]);
}

#[test]
fn attributes_in_one_word() {
    for value in [
        "anna-maria-lopez-garcia",
        "malgorzata-zolkiewska",
        "ayesha_khan",
        "ayeshakhan99",
        "an-li",
        "写真家",
        "ayesha-khan-1a2b3c4d5e6f7a8b",
    ] {
        let content = read(&format!("<div data-author={value}></div><x-card user='{value}'></x-card>"));
        assert_eq!(content.blocks.iter().filter(|b| b.text == value).count(), 2, "{value}: {:?}", content.blocks);
    }
    for value in ["12", "true", "3f2a9c0d1b7e4f60", "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXI", "a1b2c3d4e5f6g7h8"] {
        let content = read(&format!("<div data-author={value}></div>"));
        assert_eq!(content.blocks, [], "{value}");
    }
    assert!(holds(&read("<div data-href='/u/ayesha-khan'></div>"), "https://forum.example/u/ayesha-khan"));
}

#[test]
fn every_place_is_read() {
    for html in [
        "<i aria-label='Ayesha Khan'></i>",
        "<i title='Ayesha Khan'></i>",
        "<img alt='Ayesha Khan'>",
        "<input placeholder='Ayesha Khan'>",
        "<span content='Ayesha Khan'></span>",
        "<track label='Ayesha Khan'>",
        "<table summary='Ayesha Khan'>",
        "<input value='Ayesha Khan'>",
        "<button value='Ayesha Khan'></button>",
        "<param value='Ayesha Khan'>",
        "<select><option>Ayesha Khan</select>",
        "<noscript>Ayesha Khan</noscript>",
        "<!-- Ayesha Khan -->",
        "<template>Ayesha Khan</template>",
        "<iframe srcdoc='<p>Ayesha Khan'></iframe>",
        "<div data-by='Ayesha Khan'></div>",
        "<div data-by='[Ayesha Khan]'></div>",
        "<textarea>Ayesha Khan</textarea>",
    ] {
        let content = read(html);
        assert!(content.blocks.iter().any(|b| b.text.contains(NAME)), "{html}: {:?}", content.blocks);
    }
}

#[test]
fn escapes_in_scripts() {
    for code in [
        r#"var a = "\u00c5sa S\u00f6derstr\u00f6m""#,
        r#"var a = '\xc5sa S\xf6derstr\xf6m'"#,
        r#"var a = "\u{c5}sa So\u0308derstr\u{f6}m""#.replace("So\\u0308", "S\\u00F6").as_str(),
        r#"var a = JSON.parse("{\"name\": \"\\u00c5sa S\\u00f6derstr\\u00f6m\"}")"#,
    ] {
        let content = read(&format!("<script>{code}</script>"));
        assert!(content.blocks.iter().any(|b| b.text.contains("Åsa Söderström")), "{code}: {:?}", content.blocks);
    }
    assert!(texts(&read("<script>a = 'x y'</script>"), crate::model::Place::Data).contains(&"x y"));
}
