"""Absolute addresses, built from the public URL and the base path."""

from dataclasses import dataclass
from urllib.parse import quote

from sptjobs.settings import Settings


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses as clients see them; ``base`` has no slash at its end."""

    base: str

    @classmethod
    def of(cls, settings: Settings) -> "Links":
        """Make the links of a deployment."""
        return cls(settings.public_url + settings.base_path)

    @property
    def home(self) -> str:
        """The landing page."""
        return f"{self.base}/"

    @property
    def callback(self) -> str:
        """Where the identity provider sends browsers back to."""
        return f"{self.base}/account/callback"

    @property
    def jobs(self) -> str:
        """The job list."""
        return f"{self.base}/api/v1/cutout/async"

    @property
    def shared_jobs(self) -> str:
        """The list of jobs that others share with the user."""
        return f"{self.base}/api/v1/cutout/shared"

    @property
    def sync(self) -> str:
        """Cutouts at once."""
        return f"{self.base}/api/v1/cutout/sync"

    @property
    def maps(self) -> str:
        """The list of maps."""
        return f"{self.base}/api/v1/maps"

    @property
    def sia(self) -> str:
        """Queries for maps."""
        return f"{self.base}/api/v1/sia"

    @property
    def datalink(self) -> str:
        """Links of maps."""
        return f"{self.base}/api/v1/links"

    def map_links(self, publisher_did: str) -> str:
        """Links of one map."""
        return f"{self.datalink}?ID={quote(publisher_did, safe='')}"

    def job(self, job_id: str) -> str:
        """A job."""
        return f"{self.jobs}/{job_id}"

    def result(self, job_id: str, result_id: str) -> str:
        """One of a job's UWS results; the address needs no percent escapes."""
        return f"{self.job(job_id)}/results/{result_id}"

    def tar(self, job_id: str) -> str:
        """Everything that a job made, as one tar."""
        return f"{self.base}/files/jobs/{job_id}/out.tar"

    def out(self, job_id: str, path: str = "") -> str:
        """A file or a folder of a job."""
        return f"{self.base}/files/jobs/{job_id}/out/{quote(path)}"
