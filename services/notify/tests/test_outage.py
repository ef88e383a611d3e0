"""MongoDB away: what sends begins anew as often as it must."""

import gc
import warnings

import pytest
from pymongo.errors import PyMongoError

from notify_service.app import build
from notify_service.settings import NotifySettings
from servicekit.running import put_on_its_feet

NOBODY = "mongodb://%2Fnowhere%2Fmongodb.sock/?directConnection=true"


async def test_what_sends_can_be_begun_again_after_an_outage() -> None:
    settings = NotifySettings(kafka_url="127.0.0.1:1", mongo_url=NOBODY, http_port=0, mongo_timeout_seconds=0.1)
    service = build(settings)
    running = put_on_its_feet(service)
    (sending,) = service.background
    for _ in range(2):
        with pytest.raises(PyMongoError):
            await sending(running)
    await running.client.close()
    with warnings.catch_warnings():  # the driver leaves the socket of an attempt that closing cut short
        warnings.simplefilter("ignore", ResourceWarning)
        del running, service, sending
        gc.collect()
