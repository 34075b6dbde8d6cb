"""Settings of storage."""

from pathlib import Path
from typing import ClassVar

from pydantic import Field, SecretStr

from mesh.settings import ServiceSettings, disk_min_mb


class Settings(ServiceSettings):
    """What storage can be told."""

    service: ClassVar[str] = "storage"

    storage_dir: Path = Field(default=Path("data/objects"), description="Folder of the objects, unless S3 is set.")
    s3_bucket: str = Field(default="", description="Bucket of an S3-compatible store; empty: the folder.")
    s3_endpoint: str = Field(default="", description="Address of the store, such as http://minio:9000; empty: AWS.")
    s3_region: str = Field(default="us-east-1", description="Region of the bucket.")
    s3_access_key_id: str = Field(default="", description="Access key of the store.")
    s3_secret_access_key: SecretStr = Field(default=SecretStr(""), description="Secret key of the store.")
    speech_max_mb: float = Field(default=500, gt=0, description="Synthesised speech kept, MiB; least used goes first.")
    speech_days: float = Field(default=30, gt=0, description="Days after which synthesised speech is deleted.")
    recordings_max_mb: float = Field(default=50_000, gt=0, description="Recordings kept, MiB; the oldest goes first.")
    recordings_days: float = Field(default=90, gt=0, description="Days after which a recording is deleted.")
    fetch_deadline_s: float = Field(default=10.0, gt=0, description="Longest wait for a file's address, seconds.")
    fetch_allowed_hosts: list[str] = Field(
        default=[], description='Hosts ("host" or "host:port") that an audio_url may name though they are private.'
    )
    sweep_interval_s: float = Field(default=600, gt=0, description="Time between two retention sweeps, seconds.")
    disk_min_mb: float = disk_min_mb()
