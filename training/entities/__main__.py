"""Train the encoder of entities with its heads: ``python -m training.entities``.

Token classification on the carried encoder, which is taught capitals (``encoder.casing``).
The sets do not give the same labels: what a set does not label may be anything that it does
not know, and the loss counts every such tag as right. About 15 minutes on 2 cores with bf16.
"""

from dataclasses import replace

from deployments.encoder.config import EncoderConfig
from deployments.encoder.encoder import Encoder
from deployments.weights import delta
from deployments.weights.released import sha256_of
from training.entities.confidence import confidence_head
from training.entities.examples import EntityExamples
from training.entities.model import TaggingModel
from training.fitting.command_line import training_options
from training.fitting.finetuning import Hyperparameters, fine_tune
from training.fitting.head_file import save_heads
from training.fitting.layers_file import save_layers

HYPERPARAMETERS = Hyperparameters(epochs=3, learning_rate=1.5e-4, masked=0.05)


def main() -> None:
    """Train, calibrate and write encoder and heads."""
    options = training_options(str(__doc__))
    hyperparameters = replace(HYPERPARAMETERS, seed=options.seed)
    model = TaggingModel(hyperparameters)
    examples = EntityExamples(options.data)
    fine_tune(model, examples.epoch, len, model.loss, hyperparameters)
    folder = options.out / "entities"
    layers = folder / delta.DELTA_FILE
    encoder_sha256 = save_layers(
        layers, model.bert, [(delta.CASING_EMBEDDINGS, model.casings.weight)]
    )
    tags = model.head()
    save_heads(folder, {"names": tags}, encoder_sha256, (-1,))
    encoder = Encoder(EncoderConfig(source=str(folder), max_tokens=128))
    confidence = confidence_head(encoder, tags, options.data)
    path = save_heads(folder, {"names": tags, "sureness": confidence}, encoder_sha256, (-1,))
    for file in (layers, path):
        print(f"wrote {file}: {sha256_of(file)}")


if __name__ == "__main__":
    main()
