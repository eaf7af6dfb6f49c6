"""What every component's configuration is: frozen, and deaf to no misspelt key."""

from pydantic import BaseModel, ConfigDict


class Config(BaseModel):
    """Base of the components' configurations; an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class AnalysisConfig(Config):
    """How one analysis is computed."""

    @property
    def needs_readings(self) -> bool:
        """Whether the analysis answers from what the encoder reads."""
        return False
