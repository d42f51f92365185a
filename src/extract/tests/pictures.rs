//! Every way of showing a picture, and what is none.

use url::Url;

use super::{pictures, read};

#[test]
fn every_way_of_showing_a_picture() {
    let one = "https://c.example/a.jpg";
    for html in [
        "<img src='//c.example/a.jpg'>",
        "<img src=https://c.example/a.jpg width=48 height=480>",
        "<IMG class=lazy data-src='https://c.example/a.jpg'>",
        "<img src='data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7' data-original='//c.example/a.jpg'>",
        "<img srcset='https://c.example/s.jpg 320w, https://c.example/a.jpg 1080w'>",
        "<img data-srcset='https://c.example/a.jpg 1x'>",
        "<picture><source srcset='https://c.example/a.jpg 1x'></picture>",
        "<noscript><img src='https://c.example/a.jpg'></noscript>",
        "<a href='https://c.example/a.jpg'>full size</a>",
        "<video poster='https://c.example/a.jpg'></video>",
        "<meta property=og:image content='https://c.example/a.jpg'>",
        "<meta name=twitter:image:src content='https://c.example/a.jpg'>",
        "<link rel=image_src href='https://c.example/a.jpg'>",
        "<link rel=preload as=image href='https://c.example/a.jpg'>",
        "<div style='background: url(&quot;https://c.example/a.jpg&quot;)'></div>",
        "<style>.x{background-image:url(//c.example/a.jpg)}</style>",
        "<script type=application/ld+json>{\"image\":[\"https:\\/\\/c.example\\/a.jpg\"]}</script>",
        "<script>push({\"u\":\"https:\\u002F\\u002Fc.example\\u002Fa.jpg\"})</script>",
        "<object type=image/jpeg data='https://c.example/a.jpg'></object>",
        "<embed src='https://c.example/a.jpg'>",
        "<input type=image src='https://c.example/a.jpg'>",
        "<svg><image xlink:href='https://c.example/a.jpg' /></svg>",
        "<td background='https://c.example/a.jpg'>",
        "<iframe srcdoc=\"<img src='https://c.example/a.jpg'>\"></iframe>",
        "<template><img src='https://c.example/a.jpg'></template>",
        "<!-- <img src='https://c.example/a.jpg'> -->",
        "<div data-whatever='https://c.example/a.jpg'></div>",
        "<div data-options='{\"full\":\"https://c.example/a.jpg\"}'></div>",
        "<a onclick=\"show('https://c.example/a.jpg')\">x</a>",
        "<input value='[img]https://c.example/a.jpg[/img]'>",
        "<p>see https://c.example/a.jpg</p>",
        "<img src='a.jpg'><base href='https://c.example/b'><base href='https://d.example/'>",
        "<span itemprop=image content='https://c.example/a.jpg'></span>",
        "<img width=48 height=48 src=s.jpg data-full='https://c.example/a.jpg'>",
        "<svg><![CDATA[<img src=no.jpg>]]></svg><img src=https://c.example/a.jpg>",
    ] {
        let content = read(html);
        assert!(pictures(&content).contains(&one), "{html}: {:?}", content.images);
    }
}

#[test]
fn what_is_no_picture() {
    for html in [
        "<img src=a.jpg width=48 height=48>",
        "<img src=pixel.gif width=1 height=1px>",
        "<link rel=icon href=a.png>",
        "<img src=a.svg><img src=favicon.ico>",
        "<img src='data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7'>",
        "<img src='ftp://a/b.jpg'><img src='blob:x'><img src=''>",
        "<img alt='IMG_1.jpg'><p>photo.jpg</p><script>x='b.jpg'</script>",
        "<a href='mailto:a@b.jpg'>x</a>",
    ] {
        assert_eq!(pictures(&read(html)), Vec::<&str>::new(), "{html}");
    }
}

#[test]
fn thumbnails_lead_on_and_addresses_come_once() {
    let content = read(
        "<p>first</p><a href=/full/1.jpg#x><img src=t1.jpg></a><a href=/view/2><img src=t2.jpg></a>\
         <li><img src=/full/1.jpg>second",
    );
    assert_eq!(
        pictures(&content),
        ["https://forum.example/full/1.jpg", "https://forum.example/t/x.1/t1.jpg", "https://forum.example/t/x.1/t2.jpg"]
    );
    let leads: Vec<_> = content.images.iter().map(|i| i.leads_to.as_ref().map(Url::path)).collect();
    assert_eq!(leads, [None, Some("/full/1.jpg"), Some("/view/2")]);
    let links: Vec<_> = content.links.iter().map(|l| l.url.path()).collect();
    assert_eq!(links, ["/view/2"]);
    assert!(content.visible);
    assert!(content.images.iter().all(|i| i.near >= 1 && i.near <= content.blocks.len()));
}
