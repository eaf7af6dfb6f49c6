"""Calibration of the affect encoder's heads and a report, both on validation splits."""

import numpy as np

from deployments.encoder.heads import Head
from training.affect.examples import AffectExamples
from training.affect.tasks import TRAINING_SETS
from training.datasets import label_maps
from training.evaluation import metrics
from training.fitting.calibration import platt, rescaled, temperature
from training.fitting.span_model import SpanModel


def calibrated_head(model: SpanModel, name: str, examples: AffectExamples) -> Head:
    """The head with its logits rescaled on the validation splits of its main sets."""
    head = model.head(name)
    if name == "sentiment":
        sets = ("tweeteval_sentiment", "sst5")
        predictions = [model.predict(examples.validation_examples(corpus)) for corpus in sets]
        logits = np.concatenate([logits[name] for logits in predictions])
        truth = np.array([label_maps.polarity(t) for s in sets for t in examples.validation[s]])
        factor = temperature(logits, truth)
        print(f"temperature {1 / factor:.2f}")
        return rescaled(head, np.full(len(head.outputs), factor), np.zeros(len(head.outputs)))
    if name == "emotions":
        logits = model.predict(examples.validation_examples("goemotions"))[name]
        truth = np.array([label_maps.emotions(t) for t in examples.validation["goemotions"]])
        return rescaled(head, *platt(logits, truth))
    return head


def report(model: SpanModel, examples: AffectExamples) -> None:
    """Print how the validation splits come out, before calibration and the service's rules."""
    _report_sentiment(model, examples)
    _report_tone(model, examples)


def _report_sentiment(model: SpanModel, examples: AffectExamples) -> None:
    for name, texts in examples.validation.items():
        if TRAINING_SETS[name].lessons[0].task != "sentiment":
            continue
        logits = model.predict(examples.validation_examples(name))["sentiment"]
        truth = np.array([label_maps.polarity(text) for text in texts])
        print(f"  {name}: macro recall {metrics.macro_recall(logits.argmax(1), truth):.3f}")
        if name == "sst5":
            polar = truth != label_maps.POLARITY.index("neutral")
            right = (logits[polar, 0] > logits[polar, 2]) == (truth[polar] == 0)
            print(f"  sst2: accuracy {right.mean():.3f}")


def _report_tone(model: SpanModel, examples: AffectExamples) -> None:
    def predict(corpus: str, task: str) -> metrics.Array:
        return model.predict(examples.validation_examples(corpus))[task]

    truth = np.array([label_maps.emotions(t) for t in examples.validation["goemotions"]])
    probabilities = 1 / (1 + np.exp(-predict("goemotions", "emotions")))
    print(f"  goemotions: macro F1 {metrics.cross_thresholded_f1(probabilities, truth):.3f}")
    labels = np.array([t.fields["label"] for t in examples.validation["stanford_politeness"]])
    outer = labels != "neutral"
    scores = predict("stanford_politeness", "politeness")[outer, 0]
    print(f"  politeness: AUC {metrics.auc(scores, labels[outer] == 'polite'):.3f}")
    subjective = np.array([label_maps.subjectivity(t) > 0.5 for t in examples.validation["subj"]])
    right = (predict("subj", "subjectivity")[:, 0] > 0) == subjective
    print(f"  subj: accuracy {right.mean():.3f}", flush=True)
