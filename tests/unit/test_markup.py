"""HTML and LinkedIn's labels are not read; offsets stay those of the text as sent."""

import pytest

from deployments.results import Signal
from deployments.text.document import Document


def words(text: str) -> list[str]:
    document = Document.read(text)
    return [document.surface(word.start, word.end) for word in document.words]


def sentences(text: str) -> list[str]:
    document = Document.read(text)
    return [document.surface(span.start, span.end) for span in document.sentences]


@pytest.mark.parametrize(
    "text, expected",
    [
        ("<p>We <b>grew</b> again</p>", ["We", "grew", "again"]),
        ('A <a href="https://example.com/x" rel="nofollow">new site</a>.', ["A", "new", "site"]),
        ("<img src='a.png' alt='team photo'/>Hello<br />all", ["Hello", "all"]),
        ("un<em>believ</em>able", ["unbelievable"]),
        ("<style>p { color: red }</style><!-- draft -->Hi<wbr>there</p>", ["Hithere"]),
        ("Q&amp;A, M&#38;S and Tom &amp; Ann", ["Q&A", "M&S", "and", "Tom", "Ann"]),
        ("We&#39;re in a caf&eacute; &mdash; 5&nbsp;km off&hellip;",
         ["We're", "in", "a", "café", "5", "km", "off"]),
        ("co&shy;operate&#x200B;", ["cooperate"]),
        ("<b>Acme</b>&#8217;s team", ["Acme’s", "team"]),
    ],
)  # fmt: skip
def test_tags_attributes_and_entities_are_no_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "revenue < cost, and profit > 0",
        "We <3 our users, they <3 us",
        "a<b and c>d, x <- y -> z",
        "<your name here>, welcome to <Company>",
        "List<String> and vector<b>",
        "AT&T; R&D; Q&A; &unknown; &;",
        "if (a < b && c > d) { }",
        "a <b",
    ],
)
def test_plain_text_is_left_as_it_is(text: str) -> None:
    assert Document.read(text).plain == text


def test_blocks_part_sentences_and_inline_tags_do_not() -> None:
    text = "<h1>Our year</h1><p>we did <i>it</i>.</p><ul><li>more users</li><li>less noise</ul>"
    assert sentences(text) == ["Our year", "we did it.", "more users", "less noise"]
    assert sentences("one line<br>two lines<br/>three") == ["one line", "two lines", "three"]
    assert sentences("She said &quot;Go on.&quot; Then she left&excl;") == [
        'She said "Go on."', "Then she left!"
    ]  # fmt: skip


def test_signals_inside_html_are_found_where_they_stand() -> None:
    text = (
        '<p>With <a href="https://m.example/@kim" class="u-url">@<span>kim</span></a> on '
        '<a href="https://m.example/tags/rust" rel="tag">#<span>rust</span></a>: '
        '<a href="https://blog.example/a-long-way"><span class="invisible">https://</span>'
        '<span class="ellipsis">blog.example/a-lo</span><span class="invisible">ng-way</span>'
        "</a>, jo&#64;blog.example &#128512;</p>"
    )
    signals = Document.read(text).signals
    assert [s.text for s in signals.mentions] == ["@kim"]
    assert [s.text for s in signals.hashtags] == ["#rust"]
    assert [s.text for s in signals.links] == ["https://blog.example/a-long-way", "jo@blog.example"]
    assert [s.text for s in signals.emoji] == ["😀"]
    start = text.index("#<span>rust")
    assert signals.hashtags == (Signal("#rust", start, start + len("#<span>rust")),)
    assert words(text) == ["With", "on"]


@pytest.mark.parametrize(
    "text, tags, words_left",
    [
        ("hashtag#Robots hashtag#AI", ["#Robots", "#AI"], []),
        ("Hashtag#Robots.hashtag#AI", ["#Robots", "#AI"], []),
        ("Look\nhashtag\n#Robots", ["#Robots"], ["Look"]),
        ("My hashtag #AI and #hashtag", ["#AI", "#hashtag"], ["My", "hashtag", "and"]),
        ("subhashtag#AI", [], ["subhashtag", "AI"]),
    ],
)
def test_the_label_hashtag_is_not_read(text: str, tags: list[str], words_left: list[str]) -> None:
    assert [tag.text for tag in Document.read(text).signals.hashtags] == tags
    assert words(text) == words_left


def test_surface_is_what_was_sent_but_for_markup() -> None:
    document = Document.read("𝗕𝗶𝗴 R&amp;D <b>news</b>")
    assert document.surface(0, len(document.text)) == "𝗕𝗶𝗴 R&D news"
    assert len(document.plain) == len(document.text)
