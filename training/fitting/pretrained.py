"""The carried encoder as training starts from it."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from deployments.encoder.loading import choose_dtype
from deployments.weights.released import MINILM, locate
from training.fitting.batching import LENGTHS

# Emulated, bf16 takes forty times as long as fp32.
_COMPUTES_BF16 = choose_dtype("auto", "cpu") == torch.bfloat16

# One for each of LENGTHS, for learning and for predicting, in two models.
torch._dynamo.config.recompile_limit = 4 * len(LENGTHS)


def carried_encoder() -> Any:
    """The encoder of every install, in fp32, with attention that compiles well."""
    from transformers import AutoModel

    folder = locate(MINILM)
    return AutoModel.from_pretrained(folder, attn_implementation="eager", local_files_only=True)


def trainable_encoder(*, embeddings: bool) -> Any:
    """The carried encoder ready to learn: no dropout inside, the pooler fixed.

    Args:
        embeddings: whether the word embeddings learn too.
    """
    bert = carried_encoder()
    bert.train()
    for module in bert.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    bert.embeddings.word_embeddings.weight.requires_grad_(embeddings)
    for value in bert.pooler.parameters():
        value.requires_grad_(False)
    return bert


def last_hidden_states(bert: Any, embeddings: Tensor, mask: Tensor) -> Tensor:
    """The last hidden states in fp32, computed in bf16 where the machine has it.

    Their shape is (n, length, hidden size).

    Args:
        bert: the encoder.
        embeddings: of the tokens, (n, length, hidden size).
        mask: 1 for each token to attend to, (n, length).
    """
    with torch.autocast("cpu", torch.bfloat16, enabled=_COMPUTES_BF16):
        states = bert(inputs_embeds=embeddings, attention_mask=mask).last_hidden_state
    exact: Tensor = states.float()
    return exact


def compiled(function: Callable[..., Tensor], *, enabled: bool) -> Callable[..., Tensor]:
    """The function compiled for each shape that it is called with, or as it is."""
    compiled_function: Callable[..., Tensor] = torch.compile(
        function, dynamic=False, disable=not enabled
    )
    return compiled_function
