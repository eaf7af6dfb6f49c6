"""The settings of an encoder. Importing them loads no torch."""

from typing import Literal

from pydantic import Field

from deployments.config import Config
from deployments.weights.released import ENCODER


class EncoderConfig(Config):
    """Which encoder reads the posts for all analyses, and how."""

    source: str = Field(
        default=ENCODER,
        description="a carried model, a local folder, or a hub name (org/name)",
    )
    sha256: str | None = Field(
        default=None, description="of model.safetensors; known by itself for the carried models"
    )
    precision: Literal["auto", "fp32", "bf16", "fp16"] = Field(
        default="auto",
        description="auto: bf16 where the machine computes in it, else fp32 (GPU: fp16)",
    )
    device: Literal["auto", "cpu", "cuda"] = Field(
        default="auto", description="auto: a GPU where there is one"
    )
    threads: int | None = Field(
        default=None, ge=1, description="of torch and numpy on the CPU; their own choice if unset"
    )
    max_tokens: int = Field(
        default=80, ge=16, description="in one window; longer texts take several"
    )
    batch_tokens: int = Field(default=2_048, ge=256, description="tokens in one forward pass")
    cuda_graphs: bool = Field(
        default=False,
        description="batches of few fixed shapes; on a GPU each shape is replayed as a CUDA graph",
    )
