"""Parameters of a request for messages."""

from typing import Final

from sptapi.parameters.body import Form, plain_fields
from sptapi.parameters.controls import known, required, single
from sptjobs.messaging.webhook_address import WebhookAddressError, parse_webhook_address
from sptjobs.settings import Settings
from sptjobs.store.notices import Medium, NoticeWish, Topic
from sptjobs.uws.errors import ParameterError

_ASKED_FOR: Final = (Topic.JOBS, Topic.REQUESTS)
_KNOWN_TOPICS: Final = f"must be one of {', '.join(_ASKED_FOR)}"


def read_notice_wish(form: Form, settings: Settings) -> NoticeWish:
    """Read CHANNEL, URL of a webhook, TOPIC, and JOB where it is about one job alone.

    Raises
    ------
    ParameterError, MultiValuedParamNotSupported
        One of them is missing, wrong, given twice, or unknown.
    """
    fields = plain_fields(form, ("CHANNEL", "URL", "TOPIC", "JOB"))
    channel = known(Medium, "CHANNEL", required(fields, "CHANNEL"))
    topic = _topic(single(fields, "TOPIC") or Topic.JOBS)
    job_id, url = single(fields, "JOB"), single(fields, "URL")
    if job_id is not None and topic is not Topic.JOBS:
        raise ParameterError(f"is accepted with TOPIC={Topic.JOBS} only", field="JOB", value=job_id)
    if channel is Medium.MAIL:
        if url is not None:
            raise ParameterError("a mail has none; leave it out", field="URL", value=url)
        return NoticeWish(channel, topic, job_id=job_id)
    url = required(fields, "URL")
    try:
        parse_webhook_address(url, settings.webhook_networks)
    except WebhookAddressError as error:
        raise ParameterError(str(error), field="URL", value=url) from error
    return NoticeWish(channel, topic, url, job_id)


def _topic(text: str) -> Topic:
    """Read what one may ask to be sent; decisions on requests for access are sent unasked."""
    topic = next((each for each in _ASKED_FOR if each == text.lower()), None)
    if topic is None:
        raise ParameterError(_KNOWN_TOPICS, field="TOPIC", value=text)
    return topic
