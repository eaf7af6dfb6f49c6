"""Document: what it finds, where it cuts, and what holds for every text."""

import pickle
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from deployments.results import Signal, Span
from deployments.text.document import Document, digest
from tests.growth import grows_linearly

KINDS = ("hashtags", "mentions", "links", "emoji")


def sentences(text: str) -> list[str]:
    return [text[span.start : span.end] for span in Document.read(text).sentences]


def words(text: str) -> list[str]:
    return [text[span.start : span.end] for span in Document.read(text).words]


def found(kind: str, text: str) -> list[str]:
    return [signal.text for signal in getattr(Document.read(text).signals, kind)]


@pytest.mark.parametrize(
    "text, expected",
    [
        ("Big day for #AI and #MachineLearning!", ["#AI", "#MachineLearning"]),
        ("#AI#ML#Data", ["#AI", "#ML", "#Data"]),
        ("Full width ＃東京 and #Größe", ["＃東京", "#Größe"]),
        ("We are #1 in C# and &#39; quoting", []),
        ("#5G is not #2024", ["#5G"]),
        ("See https://example.com/a#section", []),
        ("#under_score, (#bracketed).", ["#under_score", "#bracketed"]),
        ("We did it ✈️#Travel 1️⃣#One ✌🏿️#Peace", ["#Travel", "#One", "#Peace"]),
        ("#https://example.com/a", []),
    ],
)
def test_hashtags(text: str, expected: list[str]) -> None:
    assert found("hashtags", text) == expected


@pytest.mark.parametrize(
    "text, expected",
    [
        ("Thanks @jane_doe and @6sense!", ["@jane_doe", "@6sense"]),
        ("@Jane's talk, via @acme.labs.", ["@Jane", "@acme.labs"]),
        ("Write to jane@example.com", []),
        ("Meet @5pm or @ home", []),
        ("Cheers ☀️@kim and **@Kim**, .@kim RT@kim", ["@kim", "@Kim", "@kim", "@kim"]),
        ("@kim@social.example wrote", ["@kim@social.example"]),
        ("wh@t the h#@k, @@you and @_@", []),
    ],
)
def test_mentions(text: str, expected: list[str]) -> None:
    assert found("mentions", text) == expected


@pytest.mark.parametrize(
    "text, expected",
    [
        ("Read https://example.com/a?b=c#d.", ["https://example.com/a?b=c#d"]),
        ("(see www.example.org)", ["www.example.org"]),
        ("Sign up: lnkd.in/xyz-1, bit.ly/3Wb!", ["lnkd.in/xyz-1", "bit.ly/3Wb"]),
        ("At example.com/path and shop.example.co.uk.", ["example.com/path", "shop.example.co.uk"]),
        ("Mail jane.doe+x@example.co now.", ["jane.doe+x@example.co"]),
        ("https://en.wikipedia.org/wiki/Ray_(film)", ["https://en.wikipedia.org/wiki/Ray_(film)"]),
        ("HTTPS://EXAMPLE.COM/A🎉", ["HTTPS://EXAMPLE.COM/A"]),
        ("We use Node.js.In short, it works.So be it. e.g.this", []),
        ("http:// and www. alone", []),
        (
            "Book: cal.example/kim, wa.me/123 or g.page/r/Ab",
            ["cal.example/kim", "wa.me/123", "g.page/r/Ab"],
        ),
        ("SHOP AT ACME.COM OR BIT.LY/ACME", ["ACME.COM", "BIT.LY/ACME"]),
        (
            "Try acme.store, kim.dk and Acme.com ⚙️acme.io",
            ["acme.store", "kim.dk", "Acme.com", "acme.io"],
        ),
        ("In Node.js/Vue.js and ASP.NET, at 90.km/h, e.g.him/her and/or p.m./a.m.", []),
        ("Cost $acme.com #acme.com", []),
        (
            "https://example.com/kim's page, https://example.com/Lotka–Volterra_model",
            ["https://example.com/kim", "https://example.com/Lotka–Volterra_model"],
        ),
    ],
)
def test_links(text: str, expected: list[str]) -> None:
    assert found("links", text) == expected


@pytest.mark.parametrize(
    "text, expected",
    [
        ("👩‍👩‍👧‍👦 family", ["👩‍👩‍👧‍👦"]),
        ("👍🏽👍", ["👍🏽", "👍"]),
        ("🇫🇮🇸🇪", ["🇫🇮", "🇸🇪"]),
        ("1️⃣ 2️⃣ #️⃣", ["1️⃣", "2️⃣", "#️⃣"]),
        ("❤️ ✔ 🏴󠁧󠁢󠁳󠁣󠁴󠁿", ["❤️", "✔", "🏴󠁧󠁢󠁳󠁣󠁴󠁿"]),
        ("© 2024 Acme™ ® 1 2 3 * #", []),
        ("‼️ but not ‼ nor ❤\ufe0e", ["‼️"]),
        ("ℹ️ readℹ️ Ⓜ️ 🅿️ x2️⃣", ["ℹ️", "ℹ️", "Ⓜ️", "🅿️", "2️⃣"]),
    ],
)
def test_emoji_are_whole_graphemes(text: str, expected: list[str]) -> None:
    assert found("emoji", text) == expected


def test_styled_letters_are_read_as_letters() -> None:
    document = Document.read("𝗕𝗶𝗴 𝐧𝐞𝐰𝐬: ＡＩ ⓐ x² ½ ﬁ ’")
    assert document.plain == "Big news: AI a x2 ½ ﬁ ’"
    assert Document.read("🅒🅐🅛🅜 🅢🅔🅐 🆂🄴🅰 ⒮⒠⒜ ꜱᴇᴀ ᵗʰᵉ Ⓜ️").plain == "CALM SEA SEA sea sea the Ⓜ️"
    assert [document.plain[w.start : w.end] for w in document.words][:3] == ["Big", "news", "AI"]


@pytest.mark.parametrize(
    "text, expected",
    [
        ("It's a well-known fact", ["It's", "a", "well-known", "fact"]),
        ("Don’t pay $1,000.50 to R&D", ["Don’t", "pay", "1,000.50", "to", "R&D"]),
        ("The U.S. market", ["The", "U.S", "market"]),
        ("snake_case 'quoted' naïve", ["snake", "case", "quoted", "naïve"]),
        ("e\u0301cole", ["e\u0301cole"]),
        ("Hi @jane see #AI at example.com or a@b.io", ["Hi", "see", "at", "or"]),
        ("@Jane's and example.com’s", ["and"]),
        ("ℹ️ aℹ️b 1️⃣", ["a", "b"]),
        ("🎉 ... !", []),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    "text, expected",
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("Dr. Smith met Mrs. Lee at St. Paul. He left.",
         ["Dr. Smith met Mrs. Lee at St. Paul.", "He left."]),
        ("Use tools, e.g. Ray, i.e. Serve. Good.", ["Use tools, e.g. Ray, i.e. Serve.", "Good."]),
        ("The U.S. economy grew. The U.S. The end.",
         ["The U.S. economy grew.", "The U.S.", "The end."]),
        ("Acme Inc. CEO spoke. I joined Acme Inc. The team is great.",
         ["Acme Inc. CEO spoke.", "I joined Acme Inc.", "The team is great."]),
        ("No. 5 on Jan. 3 vs. last year.", ["No. 5 on Jan. 3 vs. last year."]),
        ("J. K. Rowling wrote it. Yes.", ["J. K. Rowling wrote it.", "Yes."]),
        ("Up 26.4% to 3.5x. Wow.", ["Up 26.4% to 3.5x.", "Wow."]),
        ("Wait... what? Really?! Yes… Next.", ["Wait... what?", "Really?!", "Yes…", "Next."]),
        ('He said "Go." Then he left. (Truly.) "Why?" he asked.',
         ['He said "Go."', "Then he left.", "(Truly.)", '"Why?" he asked.']),
        ("We made it here 🎉 Thank you all 🙏", ["We made it here 🎉", "Thank you all 🙏"]),
        ("Great! 🎉🎉 Next one.", ["Great! 🎉🎉", "Next one."]),
        ("We ❤️ Chicago", ["We ❤️ Chicago"]),
        ("i love this. it works.", ["i love this.", "it works."]),
        ("we built it. so proud. see no. five of it.",
         ["we built it.", "so proud.", "see no. five of it."]),
        ("The call is at 4 p.m. Questions are welcome. It ends at 5 p.m. Pacific.",
         ["The call is at 4 p.m.", "Questions are welcome.", "It ends at 5 p.m. Pacific."]),
        ("At 6 a.m. Kim left. They left at 7 a.m. We'll wait.",
         ["At 6 a.m. Kim left.", "They left at 7 a.m.", "We'll wait."]),
        ("I joined Acme Corp. You're next. The U.K. Parliament sat.",
         ["I joined Acme Corp.", "You're next.", "The U.K. Parliament sat."]),
        ("It costs Rs. 900, see Fig. 2 and Ext. 17. N°. 12 too.",
         ["It costs Rs. 900, see Fig. 2 and Ext. 17.", "N°. 12 too."]),
        ("It shipped.Now rest.I did.It's 2030.Wow!Great",
         ["It shipped.", "Now rest.", "I did.", "It's 2030.", "Wow!", "Great"]),
        ("With Vue.Js, app.Main(x), Mr.Kim, St.Moritz, v3.Beta1 and U.S.Tours",
         ["With Vue.Js, app.Main(x), Mr.Kim, St.Moritz, v3.Beta1 and U.S.Tours"]),
        ("So . . . perhaps. Then . . . I did. The end . . . . New start.",
         ["So . . . perhaps.", "Then . . . I did.", "The end . . . .", "New start."]),
        ('He "left [...] early" (he said). P.S. Call me.',
         ['He "left [...] early" (he said).', "P.S. Call me."]),
        ("I use Joomla! at work.", ["I use Joomla! at work."]),
        ("これは文です。次の文！", ["これは文です。", "次の文！"]),
        ("Read example.com/a.b. Then act.", ["Read example.com/a.b.", "Then act."]),
    ],
)  # fmt: skip
def test_sentences_end_at_punctuation(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


WRAPPED = (
    "my mail program breaks every line that I write\n"
    "at forty or fifty signs, wherever this is\nin it"
)


@pytest.mark.parametrize(
    "text, expected",
    [
        ("A line\nAnother line", ["A line", "Another line"]),
        ("A hard-wrapped\nline of text.\r\nNext.", ["A hard-wrapped\nline of text.", "Next."]),
        ("We offer:\nspeed\n\nquality", ["We offer:", "speed", "quality"]),
        ("• fast\n• cheap", ["fast", "cheap"]),
        ("- one\n– two\n* three", ["one", "two", "three"]),
        ("1. First thing\n2) Second\n(3) Third\na) Fourth",
         ["First thing", "Second", "Third", "Fourth"]),
        ("✅ Done\n→ Next\n🚀🚀 Launch", ["Done", "Next", "Launch"]),
        ("1️⃣ Plan\n2️⃣ Act", ["Plan", "Act"]),
        ("1.) Plan\n2.) Act\n③ Rest\n4/ Go\n5.Again", ["Plan", "Act", "Rest", "Go", "Again"]),
        ("1. Plan. 2. Act. 3. Rest.", ["Plan.", "Act.", "Rest."]),
        ("4) plan 5) act", ["plan", "act"]),
        ("a. plan b. act c. rest", ["plan", "act", "rest"]),
        ("Two steps: 1. Plan well. 2. Act. Done.", ["Two steps:", "Plan well.", "Act.", "Done."]),
        ("• plan • act • 3. rest", ["plan", "act", "rest"]),
        ("We (1) plan and (2) act", ["We (1) plan and (2) act"]),
        ("our plan\nact fast\nrest\nplan again", ["our plan", "act fast", "rest", "plan again"]),
        (WRAPPED, [WRAPPED]),
        ("Words here.\n\n#AI #ML\n\n🎉\nhttps://example.com", ["Words here."]),
        ("Words here. #AI #ML", ["Words here."]),
        ("Words with #AI inside", ["Words with #AI inside"]),
        ("a\u2028B\x0bC", ["a", "B", "C"]),
        ("", []),
        (" \n\t ", []),
    ],
)  # fmt: skip
def test_sentences_follow_the_layout(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_masked_blanks_only_what_is_asked() -> None:
    document = Document.read("Hi @jo: #AI 𝗮𝘁 x.com 🎉")
    assert document.masked() == "Hi @jo: #AI at x.com 🎉"
    assert document.masked("mentions", "emoji") == "Hi    : #AI at x.com  "
    assert document.masked("hashsigns", "links") == "Hi @jo:  AI at       🎉"


def test_language_is_that_of_the_prose() -> None:
    german = "Wir freuen uns sehr über die neue Partnerschaft. #TheBestTeam #JoinOurTeam"
    assert Document.read(german).language.code == "de"
    assert Document.read("#hiring 🎉 https://example.com").language.code == "und"


def test_digest_is_sha256_and_takes_any_text() -> None:
    assert digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert len(digest("\ud800")) == 64


PIECES = st.sampled_from(
    ["👩‍👩‍👧‍👦", "👍🏽", "🇫🇮", "1️⃣", "❤️", "‼️",
     "e\u0301", "\u0301", "\u200d", "\ufe0f", "𝗕𝗼𝗹𝗱", "Ａ", "²",
     "\r\n", "\n", "\n\n", "\u2028", " ", "\xa0", ". ",
     "... ", "! ", "?!", "。", "•", "- ", "1. ", "a) ",
     "#tag", "#", "@you", "@",
     "https://example.com/a_(b).", "www.", "x.com", "a@b.co", "lnkd.in/x",
     "Word", "word", "it’s", "e.g.", "U.S.", "Dr.", "Inc.",
     "3.14", "(", ")", "\"", "”", "\ue000", "\ue001",
     "<p>", "</b>", "<br/>", "<a href='x'>", "&amp;", "&#39;", "&hellip;", "&shy;", "hashtag#",
     "\u2060", "\ud800", "\x00"]
)  # fmt: skip
TEXTS = st.one_of(
    st.lists(PIECES, max_size=24).map("".join),
    st.text(st.characters(), max_size=60),
)


@given(TEXTS)
@example("\ue000 \ue001")
@example("é。&#39;𝗕𝗼𝗹𝗱")
@example("<b>é。&#39;</b>&amp;𝗕𝗼𝗹𝗱")
@example("\u2060 𝗕𝗼𝗹𝗱")
@settings(max_examples=300, deadline=None)
def test_every_offset_points_at_its_surface(text: str) -> None:
    document = Document.read(text)
    assert len(document.plain) == len(text) == len(document.masked(*KINDS, "hashsigns"))
    for kind in KINDS:
        for signal in getattr(document.signals, kind):
            assert document.surface(signal.start, signal.end) == signal.text != ""
    everything = [s for kind in KINDS for s in getattr(document.signals, kind)]
    apart(sorted([*everything, *document.words], key=lambda span: span.start), text)
    apart(document.sentences, text)
    for sentence in document.sentences:
        surface = text[sentence.start : sentence.end]
        assert surface == surface.strip()
        assert any(inside(word, sentence) for word in document.words)
    for word in document.words:
        in_sentence = any(inside(word, sentence) for sentence in document.sentences)
        assert in_sentence or word.end - word.start <= 2  # a list marker: "12.", "a)"


def inside(word: Span, sentence: Span) -> bool:
    return sentence.start <= word.start and word.end <= sentence.end


def apart(spans: Sequence[Span | Signal], text: str) -> None:
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert all(left.end <= right.start for left, right in pairwise(spans))


@given(TEXTS)
@settings(max_examples=100, deadline=None)
def test_pickling_gives_the_same_document(text: str) -> None:
    document = Document.read(text)
    assert pickle.loads(pickle.dumps(document)) == document


def test_a_pickle_is_small_also_beyond_16_bits() -> None:
    text = "We are happy to announce 𝗯𝗶𝗴 news 🎉 #AI at example.com. " * 1500
    document = Document.read(text)
    assert len(text) > 0xFFFF
    assert pickle.loads(pickle.dumps(document)) == document
    short = Document.read(text[:573])
    assert len(pickle.dumps(short)) < 2 * len(short.text.encode()) + len(short.plain) + 600


@pytest.mark.no_cover
@pytest.mark.parametrize(
    "unit",
    [
        "a", "a.", "a@", "@a", "#a", "#", "1", "1,",
        ".", "!", "! ", "🎉", "🎉 ", "🎉 a", "a\n", " ", "\n",
        "(", "http://", "http://a(", "http://!", "www.", "a-",
        "-", "a.b-", "- ", "1. ", "U.S. ", "'", "a'",
        "👩‍", "🇫", "\u0301", "a\u0301", "\ufe0f",
        "x.com/", "https://x.co/((((", "a.co.", "\"", ".\" ", "_",
        "\u20e3", "1\ufe0f", "\r\n ", "\t\n", "。", "&", "\ue000 ",
        "<", "<p ", "<p>", "<a b=\"", "<a b='", "<!--", "</p", "&a", "&amp;", "&#1", "hashtag#",
        "1.) ", "(1) ", "• ", "a. b. ", "Ab.", "ab.Cd", ". .", " .", "a.m. M", "No. 1", "a\nb",
        "a)\n",
        "a.b/", "A.", "@a@", "@a@b.", "RT@a", "|a", "http://a–b", "\u2060", "#\u2060", "a·",
        "ℹ️", "'s",
    ],
)  # fmt: skip
def test_time_grows_no_faster_than_the_text(unit: str) -> None:
    assert grows_linearly(lambda length: Document.read((unit * length)[:length]), 10_000)
