"""The index finds every post in which a phrase stands by itself; how much it finds besides."""

import random
from uuid import UUID

import asyncpg
import pytest

from deployments.text.document import Document
from serve_app.corrections.candidates import Candidates, candidates_of
from serve_app.corrections.phrases import Phrase, PhraseFinder
from serve_app.corrections.rule_set import RuleSet, read_plain
from serve_app.corrections.values import Rule, RuleKind
from serve_app.posts.searched_text import searched_text
from serve_app.posts.terms import PLAIN_TEXT_SEARCH, TEXT_SEARCH
from serve_app.store.database import Database
from tests.services.databases import empty_database
from tests.unit.analysed_texts import Text

PHRASES = (
    "War Zone", "Target", "U.S.", "C++", "AT&T", "node.js", "24/7", "Series A", "Coca-Cola", "3.5",
    "the who", "v1.2", "Müller", "L'Oréal", "10%", "#ad", "@anna", "R&D", "1e5", "$5", "İstanbul",
    "Straße", ".NET", "Yahoo!", "zone", "com", "example.com", "A/B test", "user_name", "+49 170",
    "1,000", "Ph.D.", "Łódź", "Ελλάς", "Привет", "½ price", "iPhone 15", "us", "not", "die", "x",
)  # fmt: skip
SIGNS = (
    " ", " ", " ", ".", ", ", "/", "-", "_", "@", "&", "+", ":", "~", "=", "?", "#", "%", "'", "’",
    "“", "(", ")", "<", ">", "\n", "\u00a0", "\u200b", "\ufe0f", "\u0301", "…", "–", "—", "·", "|",
    "!", "🚀", "1", "e", "ß", "²", "://", "..", "--", "€", "\u00ad", ";", "*", "<b>", "&amp;",
)  # fmt: skip
WORDS = ("we", "the", "http", "com", "org", "foo", "12", "v", "growth", "Ünal")
LANGUAGES = ("en", "de", "fr", "pl")
_MISSED = """
SELECT text, phrase
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
        AS pair (text, phrase, search, sure, pattern),
    to_tsvector($6::regconfig, text) AS words, array_to_tsvector(ARRAY['l:' || $7]) AS terms
WHERE NOT ((words || terms) @@ search::tsquery
    AND (sure IS NULL OR (words || terms) @@ sure::tsquery OR text ILIKE pattern))
"""


@pytest.mark.parametrize("seed", range(4))
async def test_no_occurrence_escapes_the_index(database_url: str, seed: int) -> None:
    """Of a hundred thousand made up of what is parted in odd ways, all."""
    chosen = random.Random(seed)
    async with empty_database(database_url) as url:
        database = await Database.open(url, pool_size=2)
        connection = await asyncpg.connect(url)
        await database.migrate()
        try:
            checked = 0
            for language in LANGUAGES:
                rules = {text: _rule(text, language) for text in PHRASES}
                async with database.transaction(1) as own:
                    found = {text: await candidates_of(own, rule) for text, rule in rules.items()}
                texts = [_text(chosen) for _ in range(1_500)]
                pairs = [(text, phrase) for text in texts for phrase in _phrases_in(text)]
                checked += len(pairs)
                assert await _missed(connection, language, pairs, found) == []
            assert checked > 1_000
        finally:
            await connection.close()
            await database.close()


def _rule(phrase: str, language: str) -> Rule:
    return Rule(UUID(int=1), RuleKind.ENTITY, (phrase,), "ORG", language=language)


def _text(chosen: random.Random) -> str:
    parts = (chosen.choice(chosen.choice((PHRASES, SIGNS, SIGNS, WORDS))) for _ in range(9))
    return "".join(parts)


def _phrases_in(text: str) -> set[str]:
    """Phrases that a rule finds in a text: none within a link, which is one word to Postgres."""
    document = Document.read(text)
    names = ("hashtags", "mentions", "links")
    signals = {
        name: [{"start": s.start, "end": s.end} for s in getattr(document.signals, name)]
        for name in names
    }
    rules = [_rule(phrase, "en") for phrase in PHRASES]
    marks = RuleSet(rules).marks(Text(text, "en"), {"signals": signals})
    finder = PhraseFinder([Phrase.of(phrase, match_case=False) for phrase in PHRASES])
    by_key = {Phrase.of(phrase, match_case=False): phrase for phrase in PHRASES}
    spans = {(mark.start, mark.end) for mark in marks.of(RuleKind.ENTITY)}
    return {by_key[p] for p, start, end in finder.find(read_plain(text)) if (start, end) in spans}


async def _missed(
    connection: asyncpg.Connection,
    language: str,
    pairs: list[tuple[str, str]],
    found: dict[str, Candidates],
) -> list[tuple[str, str]]:
    configuration = TEXT_SEARCH.get(language, PLAIN_TEXT_SEARCH)
    rows = await connection.fetch(
        _MISSED,
        [searched_text(text) for text, _ in pairs],
        [phrase for _, phrase in pairs],
        [found[phrase].search for _, phrase in pairs],
        [found[phrase].sure for _, phrase in pairs],
        [next(iter(found[phrase].patterns), None) for _, phrase in pairs],
        configuration,
        language,
    )
    return [(row["text"], row["phrase"]) for row in rows]
