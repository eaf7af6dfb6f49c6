"""Corrections of single answers: made, listed, taken back.

The post is found and counted by its corrected answer from the same transaction on.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from serve_app.corrections import correction_repository
from serve_app.corrections.in_force import RulesInForce
from serve_app.corrections.overlay import Analysis, overlay
from serve_app.corrections.refinding import ReplaceFindable
from serve_app.corrections.rule_set import RuleSet
from serve_app.corrections.sections.keywords import places_of
from serve_app.corrections.values import SECTIONS, Correction, CorrectionKind
from serve_app.posts.drafts import findable_of
from serve_app.posts.repository import LockedPost, lock
from serve_app.problems import quote
from serve_app.request.fields import invalid_request
from serve_app.store.connection import Connection
from serve_app.store.database import Database

#: Of one text of a post.
MAX_CORRECTIONS = 200


class PostCorrections:
    """What people say of the answers of kept posts."""

    def __init__(
        self, database: Database, rules: RulesInForce, replace_findable: ReplaceFindable
    ) -> None:
        """For a replica.

        Args:
            database: where posts and corrections are.
            rules: in force.
            replace_findable: writes what posts are found by.
        """
        self._database = database
        self._rules = rules
        self._replace_findable = replace_findable

    async def make(self, workspace: int, correction: Correction) -> Correction:
        """Correct the answer of a post, in the place of an earlier correction of the same.

        Args:
            workspace: whose post it is.
            correction: of whatever revision; it is made of the present one.

        Raises:
            InvalidRequest: there is no such post or no such place in it, or it has no answer.
            StoreUnavailable: nothing was changed, or nobody can tell.
        """
        async with self._database.transaction(workspace) as connection:
            rules = await self._rules.locked(connection, workspace)
            locked = await _lock_one(connection, workspace, correction.post_id)
            correction = replace(correction, revision=locked.post.revision)
            own = await _own(connection, workspace, locked)
            _check(correction, locked, rules, own)
            now = datetime.now(UTC)
            id = await correction_repository.save_correction(connection, workspace, correction, now)
            await self._follow(connection, workspace, locked, rules)
        return replace(correction, id=id, created_at=now)

    async def take_back(self, workspace: int, correction_id: UUID) -> None:
        """Have a post's answer as it was without a correction.

        Raises:
            InvalidRequest: there is none.
            StoreUnavailable: nothing was changed, or nobody can tell.
        """
        async with self._database.transaction(workspace) as connection:
            rules = await self._rules.locked(connection, workspace)
            correction = await _find(connection, workspace, correction_id)
            locked = await _lock_one(connection, workspace, correction.post_id)
            await correction_repository.delete_correction(connection, workspace, correction_id)
            await self._follow(connection, workspace, locked, rules)

    async def find(self, workspace: int, correction_id: UUID) -> Correction:
        """A correction.

        Raises:
            InvalidRequest: there is none.
            StoreUnavailable: Postgres cannot be asked.
        """
        async with self._database.transaction(workspace) as connection:
            return await _find(connection, workspace, correction_id)

    async def list(
        self, workspace: int, *, post_id: UUID | None, before: UUID | None, limit: int
    ) -> list[Correction]:
        """Corrections of a post, or of any, the newest first.

        Raises:
            StoreUnavailable: Postgres cannot be asked.
        """
        async with self._database.transaction(workspace) as connection:
            return await correction_repository.list_corrections(
                connection, workspace, post_id, before, limit
            )

    async def _follow(
        self, connection: Connection, workspace: int, locked: LockedPost, rules: RuleSet
    ) -> None:
        """Have the post found and counted by its answer as it is now."""
        if locked.post.encoded_analysis:
            own = await _own(connection, workspace, locked)
            answer = _answer(locked, rules, own)
            refound = [(locked, findable_of(locked.post, answer))]
            await self._replace_findable(connection, workspace, refound)


async def _find(connection: Connection, workspace: int, correction_id: UUID) -> Correction:
    correction = await correction_repository.find_correction(connection, workspace, correction_id)
    if correction is None:
        raise unknown_correction(correction_id)
    return correction


async def _lock_one(connection: Connection, workspace: int, post_id: UUID) -> LockedPost:
    locked = await lock(connection, workspace, [post_id])
    if not locked:
        raise invalid_request("unknown-post", f"There is no post {post_id}.", "/post_id")
    return locked[0]


async def _own(connection: Connection, workspace: int, locked: LockedPost) -> list[Correction]:
    """The corrections of the post's present text."""
    post = locked.post
    by_post = await correction_repository.corrections_of(connection, workspace, [post.id])
    return [each for each in by_post.get(post.id, ()) if each.revision == post.revision]


def _answer(locked: LockedPost, rules: RuleSet, own: Sequence[Correction]) -> Analysis:
    return overlay(rules, own, locked.post.content, locked.post.analysis() or {})


def _check(
    correction: Correction, locked: LockedPost, rules: RuleSet, own: Sequence[Correction]
) -> None:
    """Raise InvalidRequest unless there is what the correction is of."""
    analysis = locked.post.analysis()
    if analysis is None:
        detail = f"The post is {locked.post.state}: it has no analysis."
        raise invalid_request("nothing-to-correct", detail, "/post_id")
    name = SECTIONS[correction.kind]
    if analysis.get(name, {}).get("status") != "ok":
        detail = f"The section '{name}' of the post has no result."
        raise invalid_request("nothing-to-correct", detail, "/kind")
    if len(own) >= MAX_CORRECTIONS and correction.target not in [each.target for each in own]:
        detail = f"The post has {len(own)} corrections; the limit is {MAX_CORRECTIONS}."
        raise invalid_request("too-many-rules", detail, "", fix="Take some of them back.")
    if correction.kind is CorrectionKind.SENTENCE:
        _check_sentence(correction, analysis)
    elif correction.kind is CorrectionKind.ENTITY:
        _check_entity(correction, locked, rules, own)
    elif correction.kind is CorrectionKind.KEYWORD:
        _check_keyword(correction, locked, rules, own)


def _check_sentence(correction: Correction, analysis: Analysis) -> None:
    spans = [(each["start"], each["end"]) for each in analysis["sentiment"]["sentences"]]
    if (correction.start, correction.end) not in spans:
        detail = f"No sentence of the post is from {correction.start} to {correction.end}."
        fix = "Send 'start' and 'end' of one of the answer's sentences."
        raise invalid_request("nothing-to-correct", detail, "/start", fix=fix)


def _check_entity(
    correction: Correction, locked: LockedPost, rules: RuleSet, own: Sequence[Correction]
) -> None:
    text, start, end = locked.post.content.text, correction.start or 0, correction.end or 0
    if not text[start:end].strip() or end > len(text):
        detail = f"From {start} to {end} the post, of {len(text):,} characters, has no name."
        fix = "Send 'start' and 'end' of the name, in code points."
        raise invalid_request("nothing-to-correct", detail, "/start", fix=fix)
    if correction.value is not None:
        return
    others = [each for each in own if each.target != correction.target]
    items = _answer(locked, rules, others)["entities"]["items"]
    if (start, end) not in [(item["start"], item["end"]) for item in items]:
        detail = f"No entity of the answer is from {start} to {end}."
        fix = "Send 'start' and 'end' of one of the answer's entities."
        raise invalid_request("nothing-to-correct", detail, "/start", fix=fix)


def _check_keyword(
    correction: Correction, locked: LockedPost, rules: RuleSet, own: Sequence[Correction]
) -> None:
    phrase = correction.phrase or ""
    if correction.value:
        if not places_of(phrase, locked.post.content.text):
            detail = f"{quote(phrase)} does not stand in the post by itself."
            raise invalid_request("nothing-to-correct", detail, "/phrase")
        return
    others = [each for each in own if each.target != correction.target]
    probe = _answer(locked, rules, [*others, correction])
    if probe == _answer(locked, rules, others):
        detail = f"{quote(phrase)} is no keyword of the answer."
        raise invalid_request("nothing-to-correct", detail, "/phrase")


def unknown_correction(correction_id: object) -> Exception:
    """The exception for a correction that is not there."""
    detail = f"There is no correction {quote(str(correction_id))}."
    return invalid_request("unknown-correction", detail, "")
