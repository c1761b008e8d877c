"""Web addresses: one spelling for one page, whatever is thrown at it."""

from __future__ import annotations

import string
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphwatch.load.addresses import MAX_LENGTH, bundled_rules, shared
from graphwatch.load.hashtags import folded_word, tag
from graphwatch.load.numbers import bilibili_video, weibo_status
from graphwatch.load.objects import canonical, media

PAGE = "https://news.example.org/a/1?id=7"
HOSTS = sorted(
    {
        *bundled_rules().wrappers,
        *bundled_rules().pages,
        *bundled_rules().mirrors,
        "example.org",
        "例え.jp",
        "www.www.com",
        "[::1]",
        "0x7f.1",
    }
)

names = st.sampled_from(["id", "v", "q", "url", "u", "kw", "utm_source", "fbclid", "s", "containerid", "modal_id", "", "%", "名"])
values = st.one_of(
    st.sampled_from(["1", "#夜跑#", "%23a%23", PAGE, quote(PAGE), "100808" + "a" * 32, "javascript:alert(1)"]), st.text(max_size=12)
)
paths = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        [
            "",
            "/url",
            "/watch",
            "/video/av170001",
            "/i/status/12",
            "/status/4885639100630954",
            "/1/MzVRA2E8G",
            "/amp/s/x.example/%%341",
            "/r/A/comments/b/c",
        ]
    ),
    st.lists(st.sampled_from(["..", ".", "%2e", "a", "%41", "%", "x;jsessionid=1", "网"]), max_size=5).map("/".join),
)
addresses = st.builds(
    lambda scheme, user, host, port, path, query, end: (
        f"{scheme}://{user}{host.replace('*', 'co')}{port}/{path.removeprefix('/')}?{query}{end}"
    ),
    st.sampled_from(["http", "https", "HTTPS"]),
    st.sampled_from(["", "user:pw@", "www.", "m."]),
    st.sampled_from(HOSTS),
    st.sampled_from(["", ":80", ":443", ":8080"]),
    paths,
    st.lists(st.tuples(names, values), max_size=4).map(lambda pairs: "&".join(f"{name}={value}" for name, value in pairs)),
    st.sampled_from(["", "#top", "&", "."]),
)


@settings(deadline=None, max_examples=600)
@given(st.one_of(addresses, st.text(max_size=60), st.text(string.printable, max_size=60).map("http://".__add__)))
def test_canonical_objects_are_fixed_points(text: str) -> None:
    for found in (shared(text), canonical(f"url:{text}"), media(text), tag(text)):
        assert found is None or canonical(found) == found
    found = shared(text)
    assert found is None or (len(found) <= MAX_LENGTH + 4 and found.isprintable())


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=40))
def test_folded_words_fold_to_themselves(text: str) -> None:
    assert folded_word(folded_word(text)) == folded_word(text)


@pytest.mark.parametrize(
    "text",
    [
        "http://www.News.Example.org/a/1/?id=7",
        "https://news.example.org:443/a/./b/../1?id=7#part",
        "https://user:pw@news.example.org/a/%31?id=%37",
        "https://news.example.org/a/1?utm_source=x&fbclid=y&id=7&spm=1.2&share_token=z",
        "https:\\\\news.example.org\\a\\1?id=7",
        "https://news.ex\tample.org/a/1?id=7",
        "https://news.example.org./a/1?id=7&id=7",
        f"https://www.google.com/url?sa=t&q={quote(PAGE, safe='')}&ved=1",
        f"https://l.facebook.com/l.php?u={quote(PAGE, safe='')}&h=x",
        f"https://out.reddit.com/t3_x?url={quote(PAGE, safe='')}&token=x",
        f"https://link.zhihu.com/?target={quote(PAGE, safe='')}",
        f"https://link.zhihu.com/?target={quote(quote(PAGE, safe=''), safe='')}",
        f"https://passport.weibo.com/visitor/visitor?entry=x&url={quote(PAGE, safe='')}&_rand=1",
        f"https://weibo.cn/sinaurl?u={quote(PAGE, safe='')}",
        f"https://www.youtube.com/redirect?event=x&q={quote(PAGE, safe='')}",
        f"https://l.facebook.com/l.php?u={quote('https://www.google.com/url?q=' + quote(PAGE, safe=''), safe='')}",
        f"https://web.archive.org/web/20200101000000/{PAGE}",
    ],
)
def test_one_page_is_one_object(text: str) -> None:
    assert shared(text) == f"url:{PAGE}"


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (
            ["https://youtu.be/aBcDeFgHiJk?t=3", "https://m.youtube.com/watch?v=aBcDeFgHiJk&list=x"],
            "url:https://youtube.com/watch?v=aBcDeFgHiJk",
        ),
        (["https://twitter.com/a/status/12?s=20", "https://mobile.x.com/i/web/status/12/photo/1"], "url:https://x.com/i/status/12"),
        (["https://bilibili.com/video/av170001?p=1", "https://b23.tv/BV17x411w7KC"], "url:https://bilibili.com/video/BV17x411w7KC"),
        (
            ["https://weibo.com/1234567890/MzVRA2E8G?from=x", "https://m.weibo.cn/detail/4885639100630954"],
            "url:https://weibo.com/detail/4885639100630954",
        ),
        (["https://www.reddit.com/r/a/comments/b1/title/", "https://redd.it/b1"], "url:https://reddit.com/comments/b1"),
        (["https://s.weibo.com/weibo?q=%23%E5%A4%9C%E8%B7%91%23", "https://m.weibo.cn/search?q=%23夜跑%23"], "tag:夜跑"),
        (["https://www.zhihu.com/question/12?utm_id=0"], "topic:zhihu/question/12"),
        (["https://tieba.baidu.com/f?kw=%E5%A4%9C%E8%B7%91", "http://tieba.baidu.com/f?kw=%D2%B9%C5%DC"], "topic:tieba/夜跑"),
        (["http://t.cn/A1", "https://t.cn/A1/"], "url:https://t.cn/A1"),
        (["https://preview.redd.it/a-b-v0-abcdefgh123.jpg?width=1&s=x", "https://i.redd.it/abcdefgh123.jpg"], "media:redd.it/abcdefgh123"),
        (["http://example.org:8080/"], "url:http://example.org:8080"),
        (["https://xn--r8jz45g.jp/", "http://例え.jp"], "url:https://xn--r8jz45g.jp"),
    ],
)
def test_pages_with_several_addresses(texts: list[str], found: str) -> None:
    assert {shared(text) for text in texts} == {found}


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)", "data:text/html,x", "ftp://a.example", "http://", "http://localhost/a", "http://a..b/", "http://[::1", "",
        "https://x.example/" + "a" * 10_000, "http://\x00.example/", "//a.example", "a.example", "http://\ud800.example",
    ],
)  # fmt: skip
def test_what_is_no_address_is_no_object(text: str) -> None:
    assert shared(text) is None


def test_wrappers_in_wrappers_end() -> None:
    text = PAGE
    for _ in range(10):
        text = f"https://link.zhihu.com/?target={text}"
    assert shared(text) == f"url:{PAGE}"
    for _ in range(100):
        text = f"https://link.zhihu.com/?target={text}"
    assert shared(text) is None
    assert shared("https://www.google.com/url?q=javascript:alert(1)") == "url:https://google.com/url?q=javascript:alert%281%29"


def test_order_of_parameters_has_no_influence() -> None:
    assert shared("https://a.example/?b=2&a=1&c") == shared("https://a.example/?c=&a=1&b=2") == "url:https://a.example?a=1&b=2&c"


def test_rules_are_sound() -> None:
    rules = bundled_rules()
    assert not set(rules.mirrors.values()) & set(rules.mirrors)
    assert all(
        not host.startswith("www.") and host == host.lower()
        for host in [*rules.mirrors, *rules.mirrors.values(), *rules.pages, *rules.wrappers]
    )
    assert {name for name in rules.tracking if name != name.lower()} == set()


def test_numbers_written_in_two_ways() -> None:
    assert weibo_status("K3fnuEfZK") == "4607741009594608"
    assert bilibili_video("av111298867365120") == "BV1L9Uoa9EUx"
    assert (weibo_status("中"), bilibili_video("av0"), bilibili_video("BV1")) == (None, None, None)


def test_pictures_lose_what_expires() -> None:
    assert media("https://cdn.example/f?id=7&Expires=9&x-oss-process=a") == "media:https://cdn.example/f?id=7"
    assert media("//wx1.sinaimg.cn/large/006abcdefgh1234567890.jpg") == "media:sinaimg.cn/006abcdefgh1234567890"
