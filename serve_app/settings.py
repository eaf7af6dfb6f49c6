"""Typed settings: the file's ``args`` for what is not secret, the environment for what is.

Nothing here is read at import. An unknown key is an error, since Serve itself
would take it in silence.
"""

import os
import re
from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import Field, SecretStr, StringConstraints, model_validator

from deployments.calls import BatchLimits
from deployments.config import Config
from deployments.registry import AnalysisConfigs

#: Where those work who name no other, and all where there are no keys.
DEFAULT_WORKSPACE = "default"
WORKSPACE_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")

#: Without scheme, port and path.
HostName = Annotated[str, StringConstraints(pattern=r"^(\*|[A-Za-z0-9._-]+)$")]

#: As browsers send it: without a path, not even a slash.
WebOrigin = Annotated[str, StringConstraints(pattern=r"^https?://[A-Za-z0-9.:\[\]-]+$")]


class CacheSettings(Config):
    """The memory cache of one driver replica, and Redis behind it."""

    memory_size_bytes: int = Field(64 * 2**20, ge=0, description="0 turns the memory cache off")
    memory_ttl_s: float = Field(
        1_800, gt=0, description="a record stays so long after it was put; each use doubles it"
    )
    memory_ttl_max_s: float = Field(86_400, gt=0, description="up to this")
    redis_ttl_s: float = Field(86_400, gt=0, description="likewise in Redis")
    redis_ttl_max_s: float = Field(14 * 86_400, gt=0, description="likewise in Redis")
    redis_timeout_s: float = Field(0.25, gt=0, description="after this Redis counts as down")
    refresh_below: float = Field(
        0.5, ge=0, le=1, description="share of its life in Redis at which a used record is renewed"
    )
    warm_start_records: int = Field(
        2_000, ge=0, description="most used records read from Postgres at start; 0 reads none"
    )

    @model_validator(mode="after")
    def _lives_can_grow(self) -> Self:
        for level in ("memory", "redis"):
            base_s, max_s = getattr(self, f"{level}_ttl_s"), getattr(self, f"{level}_ttl_max_s")
            if max_s < base_s:
                raise ValueError(f"{level}_ttl_max_s is below {level}_ttl_s: {max_s:g}, {base_s:g}")
        return self


class StoreSettings(Config):
    """Postgres, written behind the answers."""

    pool_size: int = Field(4, ge=1, description="connections of one driver replica")
    queue_limit: int = Field(
        20_000, ge=1, description="records waiting; beyond it they are dropped and counted"
    )
    batch_size: int = Field(200, ge=1, description="records written together at most")
    flush_interval_s: float = Field(
        0.2, gt=0, description="a record waits so long for others to be written with"
    )
    retention_days: float | None = Field(
        30,
        gt=0,
        le=36_500,
        description="a text that nobody asked for so long is deleted with its results; "
        "null keeps all for ever",
    )


class DriverSettings(Config):
    """Coalescing and deadlines."""

    batches_in_flight: int = Field(
        2, ge=1, description="per analysis, and as many of bulk; texts meanwhile form the next"
    )
    batch_characters: int = Field(
        40_000, ge=1, description="a batch is closed beyond this many characters"
    )
    bulk_characters: int = Field(
        8_000, ge=1, description="a request with more new text is bulk, and gives way to others"
    )
    waiting_characters: int = Field(
        1_000_000, ge=1, description="new text of requests that are no bulk; beyond it: 503"
    )
    waiting_s: float = Field(
        1.5,
        gt=0,
        le=600,
        description="such text waits about so long at most, as fast as it is answered: beyond it, "
        "and beyond what all batches in flight can hold: 503",
    )
    waiting_bulk_characters: int = Field(
        32_000_000, ge=1, description="new text of bulk, counted apart; beyond it: 503"
    )
    call_timeout_s: float = Field(60.0, gt=0, description="a call without answer has failed")
    timeout_ms: int = Field(30_000, ge=1, description="for a request that names none")

    def batch_limits(self) -> BatchLimits:
        """What the batcher of each analysis goes by."""
        return BatchLimits(
            in_flight=self.batches_in_flight,
            characters=self.batch_characters,
            call_timeout_s=self.call_timeout_s,
        )


class EncoderSettings(Config):
    """The deployment that encodes texts for the analyses; which encoders, they say themselves."""

    concurrent_passes: int | None = Field(
        None,
        ge=1,
        description="of one replica, each on an encoder's `threads`; as many as the machine has "
        "cores for if unset",
    )


class ApiSettings(Config):
    """HTTP."""

    allowed_hosts: tuple[HostName, ...] = Field(
        (),
        description="names by which a service without keys is called, beside IP addresses, "
        "localhost and names without a dot; behind a reverse proxy its public names; * for any",
    )
    cors_origins: tuple[WebOrigin, ...] = Field(
        (),
        description="pages of other sites that may use the service from a browser, such as "
        "https://app.example.org",
    )
    require_keys: bool = Field(
        False, description="whether every request needs an API key, as POSTLENS_REQUIRE_KEYS=1 says"
    )
    body_memory_bytes: int = Field(
        64 * 2**20, ge=8 * 2**20, description="of bodies, without 128 KiB of each; beyond it: 503"
    )
    requests_in_progress: int = Field(
        900, ge=1, description="with a post; below max_ongoing_requests; beyond it: 503"
    )
    draft_channels: int = Field(
        64,
        ge=0,
        description="open at one time, beside these requests; of one workspace at most half, and "
        "at least one; 0 opens none; beyond it: 503",
    )
    draft_idle_s: float = Field(
        120, gt=0, le=3_600, description="a channel without a text for so long is closed"
    )


class PostsSettings(Config):
    """Posts that are kept, and their analysis behind the answers."""

    pool_size: int = Field(8, ge=2, description="connections of one driver replica, for posts")
    wait_s: float = Field(
        30, gt=0, description="a request waits so long for the analysis of what it writes"
    )
    attempts: int = Field(
        5, ge=1, le=100, description="analyses of a post that fail before it is given up"
    )
    claim_size: int = Field(
        64, ge=1, le=1_000, description="pending posts that a replica analyses at a time"
    )
    lease_s: float = Field(
        60, gt=0, description="a replica that does not finish them in this time has lost them"
    )


class UploadSettings(Config):
    """Files of posts that are sent over HTTP, or fetched from a URL."""

    file_bytes: int = Field(
        2 * 2**30, ge=1, description="of one file as it is sent; beyond it: 413"
    )
    unpacked_bytes: int = Field(
        16 * 2**30, ge=1, description="of one file packed by gzip; what is beyond is not read"
    )
    at_a_time: int = Field(
        4,
        ge=1,
        description="files of one driver replica, each on its disk; of one workspace at most half, "
        "and at least one; beyond it: 503",
    )
    folder: str | None = Field(
        None, description="where they lie until they are read; the system's temporary folder"
    )
    fetch_timeout_s: float = Field(
        300, gt=0, le=3_600, description="of a file that is fetched, until its last byte"
    )
    allow_private: bool = Field(
        False,
        description="whether files may be fetched from addresses outside the public internet: for "
        "object stores in the same network, where all who may send jobs are trusted",
    )


class WebhookSettings(Config):
    """Messages to receivers that users have named."""

    allow_private: bool = Field(
        False,
        description="whether addresses outside the public internet may be called: for receivers "
        "in the same network, where all who may write webhooks are trusted",
    )
    timeout_s: float = Field(15, gt=0, le=60, description="of an attempt; after it, it has failed")
    retry_hours: float = Field(
        72, gt=0, le=720, description="for which a message is tried before it is given up"
    )
    concurrency: int = Field(64, ge=1, le=1_000, description="attempts of a replica at a time")
    workspace_concurrency: int = Field(
        4, ge=1, description="of them for one workspace, so that its receivers delay no others"
    )


class AlertSettings(Config):
    """Rules that watch a trend."""

    interval_s: float = Field(
        30, gt=0, le=3_600, description="a rule is evaluated so often, and sooner after writes"
    )


class JobSettings(Config):
    """Jobs: many posts, analysed beside the requests."""

    in_driver: bool = Field(
        True,
        description="whether the drivers work on jobs themselves; otherwise the deployment `jobs` "
        "does, in processes of its own",
    )
    concurrency: int = Field(
        2, ge=1, le=64, description="chunks that one worker has analysed at a time"
    )
    chunk_posts: int = Field(50, ge=50, le=200, description="posts of a chunk, at most")
    lease_s: float = Field(
        20, ge=1, le=600, description="a worker that does not renew its claim so long has lost it"
    )
    attempts: int = Field(
        10, ge=1, le=100, description="of a chunk, lost ones included, before it is given up"
    )
    max_posts: int = Field(
        1_000_000,
        ge=1,
        le=10_000_000,
        description="of a job; beyond it: 422, or of kept posts it is cancelled",
    )
    active_jobs: int = Field(
        100, ge=1, le=10_000, description="of a workspace that have not ended; beyond it: 409"
    )
    retention_days: int = Field(
        30, ge=1, le=3_650, description="after its end at which a job is deleted"
    )


class UsageSettings(Config):
    """What callers have asked for, by day and key."""

    retention_days: int = Field(
        800, ge=62, le=36_500, description="for which the usage of a day is kept"
    )


class Settings(Config):
    """All of the service's settings; ``args`` of the application in a Serve config file."""

    analyses: AnalysisConfigs = AnalysisConfigs()
    encoder: EncoderSettings = EncoderSettings()
    cache: CacheSettings = CacheSettings()
    store: StoreSettings = StoreSettings()
    posts: PostsSettings = PostsSettings()
    uploads: UploadSettings = UploadSettings()
    alerts: AlertSettings = AlertSettings()
    webhooks: WebhookSettings = WebhookSettings()
    jobs: JobSettings = JobSettings()
    usage: UsageSettings = UsageSettings()
    driver: DriverSettings = DriverSettings()
    api: ApiSettings = ApiSettings()


class ApiKey(Config):
    """A key, and the workspace that its holders work in."""

    key: SecretStr
    workspace: str = DEFAULT_WORKSPACE

    @classmethod
    def parse(cls, value: str) -> "ApiKey":
        """The key behind ``KEY`` or ``WORKSPACE:KEY``."""
        workspace, colon, key = value.partition(":")
        if colon and key and WORKSPACE_NAME.fullmatch(workspace):
            return cls(key=SecretStr(key), workspace=workspace)
        return cls(key=SecretStr(value))


class Secrets(Config):
    """What only the environment may hold."""

    database_url: SecretStr | None = None
    redis_url: SecretStr | None = None
    api_keys: tuple[ApiKey, ...] = ()
    require_keys: bool = False

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Secrets":
        """Read ``POSTLENS_DATABASE_URL``, ``_REDIS_URL``, ``_API_KEYS``, ``_REQUIRE_KEYS``.

        The third has keys separated by commas, each with its workspace if it is not the default
        one: ``acme:KEY``. The last is 1 where every request needs a key, of these or of Postgres.
        """
        keys = [key.strip() for key in environment.get("POSTLENS_API_KEYS", "").split(",")]
        return cls(
            database_url=_secret(environment.get("POSTLENS_DATABASE_URL")),
            redis_url=_secret(environment.get("POSTLENS_REDIS_URL")),
            api_keys=tuple(ApiKey.parse(key) for key in keys if key),
            require_keys=environment.get("POSTLENS_REQUIRE_KEYS", "") not in ("", "0"),
        )


def _secret(value: str | None) -> SecretStr | None:
    return SecretStr(value) if value else None
