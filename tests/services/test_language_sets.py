"""The public sets in other languages are read by language, and only as their licences allow."""

import json
from pathlib import Path
from typing import Any

import pytest

from deployments.results import EMOTIONS
from tests.labelled_data import DATA, needs_data
from training.datasets import corpora, entity_sets, keyphrases, label_maps
from training.datasets.sources import measuring_sets, read_manifest, trainable_sets


def lay(data: Path, corpus: str, file: str, rows: list[dict[str, Any]]) -> None:
    (data / corpus).mkdir()
    (data / corpus / file).write_text("\n".join(map(json.dumps, rows)))


def test_a_language_has_its_own_file(tmp_path: Path) -> None:
    rows = [{"text": "@user ¡qué bien! http", "label": "positive"}]
    lay(tmp_path, "xlmt_sentiment", "train.es.jsonl", rows)
    [row] = corpora.read(tmp_path, "xlmt_sentiment", "train", language="es")
    assert (row.text, label_maps.POLARITY[label_maps.polarity(row)]) == ("¡qué bien!", "positive")
    assert corpora.has_split(tmp_path, "xlmt_sentiment", "train", language="es")
    assert not corpora.has_split(tmp_path, "xlmt_sentiment", "train", language="it")


def test_a_set_for_measuring_gives_no_names_to_train_on(tmp_path: Path) -> None:
    for corpus in measuring_sets():
        with pytest.raises(PermissionError, match="may not be trained on"):
            entity_sets.read(tmp_path, corpus, "train", language="es")
    with pytest.raises(PermissionError, match="may be trained on"):
        entity_sets.read_for_measuring(tmp_path, "uner", "da")
    assert set(entity_sets.LABEL_MAPS) <= trainable_sets()


def test_names_for_measuring_have_our_labels(tmp_path: Path) -> None:
    entities = [{"start": 0, "end": 6, "label": "PER"}, {"start": 18, "end": 23, "label": "LOC"}]
    lay(
        tmp_path,
        "wikineural_sample",
        "validation.it.jsonl",
        [{"text": "Chiara lavora per Siena.", "entities": entities}],
    )
    [text] = entity_sets.read_for_measuring(tmp_path, "wikineural_sample", "it")
    assert text.spans == {(0, 6, "PERSON"), (18, 23, "LOC")}


def test_tweets_that_another_set_trains_on_are_not_measured(tmp_path: Path) -> None:
    tweets = [{"text": f"good {n}", "label": "positive"} for n in range(4)]
    lay(tmp_path, "tweeteval_sentiment", "validation.jsonl", tweets)
    assert len(corpora.read_unseen(tmp_path, "tweeteval_sentiment")) == 4
    lay(tmp_path, "xlmt_sentiment", "train.en.jsonl", tweets[:3])
    [row] = corpora.read_unseen(tmp_path, "tweeteval_sentiment")
    assert row.text == "good 3"


def test_a_set_of_one_file_is_split_by_its_texts(tmp_path: Path) -> None:
    texts = [f"Hos {number} vänner" for number in range(100)]
    rows: list[dict[str, Any]] = [{"text": text, "entities": []} for text in texts]
    lay(tmp_path, "swedish_news_ner", "train.sv.jsonl", rows)
    train, validation = (
        [text.text for text in entity_sets.read(tmp_path, "swedish_news_ner", split, language="sv")]
        for split in ("train", "validation")
    )
    assert validation == [text for text in texts if corpora.is_held_out(text)]
    assert sorted(train + validation) == sorted(texts)


def test_one_half_of_the_french_abstracts_measures(tmp_path: Path) -> None:
    rows = [{"text": f"Thèse {n}", "keyphrases": ["Réseaux électriques"]} for n in range(200)]
    lay(tmp_path, "papyrus_fr", "train.fr.jsonl", rows)
    halves = [keyphrases.papyrus(tmp_path, split) for split in ("train", "validation")]
    train, validation = ({each.document.text for each in half} for half in halves)
    assert not train & validation
    assert len(train | validation) == 200
    assert 70 < len(validation) < 130


def test_french_phrases_are_compared_by_french_stems() -> None:
    assert keyphrases.stemmed("Réseaux électriques", "fr") == keyphrases.stemmed(
        "réseau électrique", "fr"
    )
    assert keyphrases.stemmed("Networks") == "network"


def test_plutchiks_emotions_take_in_all_of_ours_but_neutral() -> None:
    ours = [emotion for emotions in label_maps.PLUTCHIK.values() for emotion in emotions]
    assert set(EMOTIONS) - set(ours) == {"neutral"}
    row = corpora.LabelledText("", {"labels": ["joy", "anger"]})
    assert label_maps.plutchik(row) == (1, 0, 0, 0, 1, 0, 0, 0)


def test_the_manifest_knows_the_languages_of_a_set() -> None:
    manifest = read_manifest()
    assert manifest["xlmt_sentiment"].languages("train") == ("de", "en", "es", "fr", "it", "pt")
    assert manifest["sst5"].languages("train") == ()


@needs_data
def test_every_language_file_is_read() -> None:
    manifest = read_manifest()
    for language in manifest["xlmt_sentiment"].languages("train"):
        rows = corpora.read(DATA, "xlmt_sentiment", "train", language=language)
        assert {label_maps.polarity(row) for row in rows} == {0, 1, 2}
    for language in manifest["xed"].languages("validation"):
        rows = corpora.read(DATA, "xed", "validation", language=language)
        assert all(map(any, zip(*map(label_maps.plutchik, rows), strict=True)))
    for corpus in ("uner", "germeval2014", "swedish_news_ner", "kpwr_ner", "europeana_ner"):
        for language in manifest[corpus].languages("train"):
            texts = entity_sets.read(DATA, corpus, "validation", language=language)
            labels = {span.label for text in texts for span in text.spans}
            assert {"PERSON", "ORG", "LOC"} <= labels <= {"PERSON", "ORG", "LOC", "MISC"}
