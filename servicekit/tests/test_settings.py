import ssl
from pathlib import Path

import certifi
from faststream.security import SASLScram512
from pymongo import AsyncMongoClient
from pymongo.write_concern import WriteConcern

from servicekit.settings import ServiceSettings

AUTHORITIES = Path(certifi.where())


def settings(**given: object) -> ServiceSettings:
    return ServiceSettings(
        kafka_url="broker:9092", mongo_url="mongodb://someone:hidden@db:27017/", http_port=0, **given
    )  # type: ignore[arg-type]


def test_plain_is_the_default() -> None:
    assert settings().kafka_connection() == {
        "bootstrap_servers": "broker:9092",
        "security_protocol": "PLAINTEXT",
        "ssl_context": None,
        "retry_backoff_ms": 500,
    }
    assert settings().kafka_security is None


def test_sasl_over_tls_takes_its_password_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("open sesame\n")
    given = settings(
        kafka_security_protocol="SASL_SSL",
        kafka_sasl_username="footing",
        kafka_sasl_password_file=secret,
        kafka_tls_ca_file=AUTHORITIES,
    )
    connection = given.kafka_connection()
    assert isinstance(connection.pop("ssl_context"), ssl.SSLContext)
    assert connection == {
        "bootstrap_servers": "broker:9092",
        "security_protocol": "SASL_SSL",
        "retry_backoff_ms": 500,
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "footing",
        "sasl_plain_password": "open sesame",
    }
    security = given.kafka_security
    assert isinstance(security, SASLScram512)
    assert (security.username, security.password, security.use_ssl) == ("footing", "open sesame", True)


def test_sasl_without_tls_is_not_encrypted_by_accident(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("open sesame")
    given = settings(kafka_security_protocol="SASL_PLAINTEXT", kafka_sasl_password_file=secret)
    assert given.kafka_tls is None
    assert given.kafka_security is not None
    assert given.kafka_security.use_ssl is False


async def test_mongo_is_always_asked_for_a_majority_and_bounded_in_time(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("open sesame")
    given = settings(mongo_username="footing", mongo_password_file=secret, mongo_tls_ca_file=AUTHORITIES)
    async with AsyncMongoClient(**given.mongo_connection(), connect=False) as client:
        assert client.write_concern == WriteConcern("majority", j=True)
        assert client.options.timeout == 20.0
        assert client.options.pool_options._ssl_context is not None


def test_what_is_told_at_start_holds_no_secret(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("open sesame")
    told = settings(kafka_sasl_password_file=secret).told()
    assert told["mongo_url"] == "db:27017/"
    assert told["kafka_sasl_password_file"] == str(secret)
    assert "hidden" not in str(told)
    assert "open sesame" not in str(told)
