"""Train the encoder of sentiment and tone with their heads: ``python -m training.affect``.

One encoder for both: tweets, reviews and business sentences for sentiment; GoEmotions,
politeness, formality and subjectivity for tone; three further sets that only teach it (irony,
tweets' emotions, valence). Some of the business sentences imitate the form of
financial_phrasebank, which is never trained on. About an hour on 2 cores with bf16.
"""

from dataclasses import replace
from functools import partial
from pathlib import Path

from deployments.weights import delta
from deployments.weights.released import sha256_of
from training.affect.examples import AffectExamples
from training.affect.tasks import ANALYSES, TASKS
from training.affect.validation import calibrated_head, report
from training.fitting.averaging import copy_of, mix
from training.fitting.command_line import training_options
from training.fitting.finetuning import Hyperparameters, fine_tune
from training.fitting.head_file import save_heads
from training.fitting.layers_file import save_layers
from training.fitting.span_model import SpanModel

STAGES = (
    Hyperparameters(epochs=3),
    Hyperparameters(epochs=1, learning_rate=5e-5, head_rate=3e-4),
)
#: What the second stage counts in the mean of both: it knows posts better, the first knows
#: reviews better (SST-2 0.883 and 0.880 by themselves, 0.888 together).
SECOND_STAGE_SHARE = 0.6


def main() -> None:
    """Train, calibrate and write encoder and heads."""
    options = training_options(str(__doc__))
    stages = [replace(each, seed=options.seed) for each in STAGES]
    examples, model = AffectExamples(options.data), SpanModel(TASKS, stages[0])
    for stage, hyperparameters in enumerate(stages):
        before = copy_of(model)
        fine_tune(model, partial(examples.epoch, stage), len, model.loss, hyperparameters)
        report(model, examples)
    mix(model, before, SECOND_STAGE_SHARE)
    report(model, examples)
    write(model, examples, options.out)


def write(model: SpanModel, examples: AffectExamples, out: Path) -> None:
    """The encoder's file and the two of heads, calibrated; prints their SHA-256."""
    layers = out / "affect" / delta.DELTA_FILE
    encoder_sha256 = save_layers(layers, model.bert)
    print(f"wrote {layers}: {sha256_of(layers)}")
    for analysis, names in ANALYSES.items():
        heads = {name: calibrated_head(model, name, examples) for name in names}
        path = save_heads(out / analysis, heads, encoder_sha256, (-1,))
        print(f"wrote {path}: {sha256_of(path)}")


if __name__ == "__main__":
    main()
