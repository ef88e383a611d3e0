"""Makes a started mongod a replica set of one member that goes by the address its clients use."""

from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from ops.localstack import ports
from ops.localstack.mongod import REPLICA_SET

ALREADY_INITIALISED = 23


def becomes_primary(port: int) -> bool:
    """Say whether the mongod on this port accepts writes; make it a replica set of one if it is not yet."""
    if not ports.answers(port):
        return False
    with MongoClient[dict[str, Any]](ports.HOST, port, directConnection=True, serverSelectionTimeoutMS=500) as client:
        try:
            hello = client.admin.command("hello")
            if hello.get("isreplicaset"):
                _make_member(client, f"{ports.HOST}:{port}")
            return bool(hello.get("isWritablePrimary"))
        except PyMongoError:
            return False  # not up yet, or between two states: the caller looks again


def answers(url: str) -> bool:
    """Say whether a database at this address answers and accepts writes."""
    try:
        with MongoClient[dict[str, Any]](url, serverSelectionTimeoutMS=5000) as client:
            return bool(client.admin.command("hello").get("isWritablePrimary"))
    except PyMongoError:
        return False


def _make_member(client: "MongoClient[dict[str, Any]]", address: str) -> None:
    """Make new data a replica set; write the address into data made on another port, since clients go where it says."""
    try:
        member = {"_id": 0, "host": address}
        client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": [member]})
    except OperationFailure as refusal:
        if refusal.code != ALREADY_INITIALISED:
            raise
        config = client.admin.command("replSetGetConfig")["config"]
        config["members"][0]["host"] = address
        config["version"] += 1
        client.admin.command("replSetReconfig", config, force=True)
