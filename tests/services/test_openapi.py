"""The documentation is valid, complete, and true of what is really answered."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from deployments.results import ANALYSES, RESULT_TYPES, Status
from serve_app.api.application import build_api
from serve_app.problems import PROBLEM_TYPES
from serve_app.request.batch import parse_batch
from serve_app.request.post import parse_post
from serve_app.settings import ApiKey
from tests.services.rule_service import RuleService

OpenApiDocument = dict[str, Any]

POST = "Proud of our team in Berlin! 🎉\r\nThank you, @annika. https://a.example #hiring"


@pytest.fixture
def service() -> RuleService:
    return RuleService()


@pytest.fixture
async def client(service: RuleService) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=build_api(service))
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        yield client


@pytest.fixture
async def document(client: httpx.AsyncClient) -> OpenApiDocument:
    document: OpenApiDocument = (await client.get("/openapi.json")).json()
    return document


def complaints(document: OpenApiDocument, name: str, value: object) -> list[str]:
    """What a schema says against a value."""
    schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
    return [error.message for error in Draft202012Validator(schema).iter_errors(value)]


def operations(document: OpenApiDocument) -> list[dict[str, Any]]:
    return [op for methods in document["paths"].values() for op in methods.values()]


def test_it_is_valid_openapi(document: OpenApiDocument) -> None:
    validate(document)


async def test_with_keys_it_names_the_lock_and_is_valid_too() -> None:
    api = build_api(RuleService(), api_keys=(ApiKey.parse("k"),))
    transport = httpx.ASGITransport(app=api)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        document = (await client.get("/openapi.json")).json()
    validate(document)
    analyze = document["paths"]["/v1/analyze"]["post"]
    assert analyze["security"] == [{"key": []}]
    [media] = analyze["responses"]["401"]["content"].values()
    assert "unauthorized" in media["examples"]
    assert "security" not in document["paths"]["/v1/health/live"]["get"]


def test_every_kind_of_problem_has_an_example_of_its_shape(document: OpenApiDocument) -> None:
    uris = document["components"]["schemas"]["Problem"]["properties"]["type"]["enum"]
    assert uris == [kind.uri for kind in PROBLEM_TYPES.values()]
    for operation in operations(document):
        for status, response in operation["responses"].items():
            for media in response["content"].values():
                if status != "200":
                    for example in media["examples"].values():
                        assert complaints(document, "Problem", example["value"]) == []
                        assert str(example["value"]["status"]) == status


def test_every_operation_is_described(document: OpenApiDocument) -> None:
    names = [operation["operationId"] for operation in operations(document)]
    assert len(names) == len(set(names)) == 7
    assert all("500" in operation["responses"] for operation in operations(document))


@pytest.mark.parametrize("status", list(Status))
async def test_answers_are_as_their_schema_says(
    client: httpx.AsyncClient, service: RuleService, document: OpenApiDocument, status: Status
) -> None:
    service.statuses = {"tone": status}
    answer = (await client.post("/v1/analyze", json={"text": POST})).json()
    assert answer["tone"]["status"] == status
    assert complaints(document, "Analysis", answer) == []
    posts = {"posts": [{"text": POST}, {"text": ""}], "analyses": ["tone"]}
    batch = (await client.post("/v1/analyze/batch", json=posts)).json()
    assert complaints(document, "BatchAnswer", batch) == []


async def test_an_answer_in_another_language_is_as_its_schema_says(
    client: httpx.AsyncClient, document: OpenApiDocument
) -> None:
    text = "Wir freuen uns sehr, dass unsere neue Kollegin im Oktober bei uns anfängt."
    answer = (await client.post("/v1/analyze", json={"text": text})).json()
    assert {"lix", "flesch_amstad"} < answer["readability"].keys()
    assert complaints(document, "Analysis", answer) == []
    null = answer["readability"] | {"lix": None}
    assert complaints(document, "Analysis", answer | {"readability": null})


@pytest.mark.parametrize("name", ANALYSES)
async def test_the_schema_of_a_section_is_strict_enough_to_miss_a_field(
    client: httpx.AsyncClient, document: OpenApiDocument, name: str
) -> None:
    answer = (await client.post("/v1/analyze", json={"text": POST})).json()
    slots: tuple[str, ...] = RESULT_TYPES[name].__slots__
    present = [field for field in slots if field in answer[name]]
    required = document["components"]["schemas"][RESULT_TYPES[name].__name__]["required"]
    assert set(present) >= set(required) - {"status", "model", "took_ms", "languages"}
    for field in set(present) & set(required):
        lacking = {key: value for key, value in answer[name].items() if key != field}
        assert complaints(document, "Analysis", answer | {name: lacking})


async def test_health_is_as_its_schema_says(
    client: httpx.AsyncClient, document: OpenApiDocument
) -> None:
    assert complaints(document, "Live", (await client.get("/v1/health/live")).json()) == []
    assert complaints(document, "Ready", (await client.get("/v1/health/ready")).json()) == []
    page = (await client.get("/problems/internal")).json()
    assert complaints(document, "ProblemKind", page) == []


def examples(document: OpenApiDocument, where: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The examples of every operation's request (or 200), as (schema, value)."""
    for operation in operations(document):
        for media in operation.get(where, operation["responses"]["200"])["content"].values():
            for example in media.get("examples", {}).values():
                yield media["schema"]["$ref"].rsplit("/", 1)[-1], example["value"]


def test_examples_fit_their_schemas(document: OpenApiDocument) -> None:
    schema_examples = [*examples(document, "requestBody"), *examples(document, "none")]
    assert {name for name, _ in schema_examples} >= {
        "Post",
        "Batch",
        "Analysis",
        "BatchAnswer",
        "Ready",
    }
    for name, value in schema_examples:
        assert complaints(document, name, value) == []


def test_example_requests_are_taken(document: OpenApiDocument) -> None:
    for name, value in examples(document, "requestBody"):
        if name == "Post":
            assert parse_post(value).text == value["text"]
        elif name == "Batch":
            assert len(parse_batch(value)) == len(value["posts"])


def test_example_offsets_point_at_what_they_name(document: OpenApiDocument) -> None:
    text = next(
        value["text"] for name, value in examples(document, "requestBody") if name == "Post"
    )
    answers = [value for name, value in examples(document, "none") if name == "Analysis"]
    spans = [span for answer in answers for span in _spans(answer)]
    assert len(spans) > 5
    for span in spans:
        assert text[span["start"] : span["end"]] == span["text"]


def _spans(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if {"text", "start", "end"} <= value.keys():
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _spans(inner)


@pytest.mark.parametrize(
    "body",
    [
        {"text": ""}, {"text": "a", "top_n": 51}, {"text": "a", "top_n": "5"}, {"texts": "a"},
        {"text": "a", "analyses": []}, {"text": "a", "analyses": ["x"]}, {},
        {"text": "a", "analyses": ["tone", "tone"]}, {"text": "a", "offsets": "utf32"},
        {"text": "x" * 20_001}, {"text": "a", "id": "x" * 201}, {"text": "a", "timeout_ms": 0},
    ],
)  # fmt: skip
async def test_what_the_service_refuses_the_schema_refuses_too(
    client: httpx.AsyncClient, document: OpenApiDocument, body: dict[str, object]
) -> None:
    assert (await client.post("/v1/analyze", json=body)).status_code == 422
    assert complaints(document, "Post", body)
