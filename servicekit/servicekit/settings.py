"""Where a service finds Kafka and MongoDB and how it proves who it is. Everything comes from the environment."""

import ssl
from pathlib import Path
from typing import Any, Final, Literal

from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

# Between two tries to reach Kafka. Each client tries at this pace as long as it is away, and each loop has several: at
# the libraries' 100 ms five services began 130 connections a second.
KAFKA_PAUSE_MS: Final = 500


def secret_of(file: Path | None) -> str:
    """What a secret's file says, without the newline that editors add; nothing where no file is named."""
    return file.read_text().strip() if file else ""


class ServiceSettings(BaseSettings):
    """One frozen object a service. Names in the environment are the field names in capitals.

    Secrets are never given as values, only as paths of files that hold them.
    """

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    kafka_url: str = Field(description="host:port[,host:port]")
    mongo_url: str = Field(description="mongodb://host:port/?replicaSet=...")
    http_host: str = "127.0.0.1"
    http_port: int = Field(ge=0, le=65535, description="port of health, metrics and API; 0 takes a free one")
    database_prefix: str = Field(default="footing_", description="database of a service is prefix + its name")
    log_format: Literal["auto", "json", "console"] = "auto"

    kafka_replication: int = Field(default=1, ge=1, description="copies of each topic that is created")
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    kafka_sasl_username: str = ""
    kafka_sasl_password_file: Path | None = None
    kafka_tls_ca_file: Path | None = None
    kafka_tls_certificate_file: Path | None = None
    kafka_tls_key_file: Path | None = None

    mongo_username: str = ""
    mongo_password_file: Path | None = None
    mongo_tls_ca_file: Path | None = None
    mongo_tls_certificate_key_file: Path | None = None

    mongo_timeout_seconds: float = Field(default=20, gt=0, description="bound of one operation; then it is retried")
    batch_records: int = Field(default=5000, ge=1, le=20000)
    batch_timeout_ms: int = Field(default=10, ge=1, le=1000)
    session_timeout_ms: int = Field(default=10_000, ge=1000)

    @property
    def kafka_tls(self) -> ssl.SSLContext | None:
        """The TLS context of the Kafka connection, if it is to be encrypted."""
        if "SSL" not in self.kafka_security_protocol.replace("SASL", ""):
            return None
        context = ssl.create_default_context(cafile=self.kafka_tls_ca_file)
        if self.kafka_tls_certificate_file:
            context.load_cert_chain(self.kafka_tls_certificate_file, self.kafka_tls_key_file)
        return context

    @property
    def kafka_security(self) -> BaseSecurity | None:
        """The same for FastStream's broker."""
        tls = self.kafka_tls
        if not self.kafka_security_protocol.startswith("SASL"):
            return BaseSecurity(ssl_context=tls) if tls else None
        kind = {"PLAIN": SASLPlaintext, "SCRAM-SHA-256": SASLScram256, "SCRAM-SHA-512": SASLScram512}
        return kind[self.kafka_sasl_mechanism](
            username=self.kafka_sasl_username, password=secret_of(self.kafka_sasl_password_file), ssl_context=tls
        )

    def kafka_connection(self) -> dict[str, Any]:
        """Keyword arguments for any aiokafka client."""
        connection: dict[str, Any] = {
            "bootstrap_servers": self.kafka_url,
            "security_protocol": self.kafka_security_protocol,
            "ssl_context": self.kafka_tls,
            "retry_backoff_ms": KAFKA_PAUSE_MS,
        }
        if self.kafka_security_protocol.startswith("SASL"):
            connection |= {
                "sasl_mechanism": self.kafka_sasl_mechanism,
                "sasl_plain_username": self.kafka_sasl_username,
                "sasl_plain_password": secret_of(self.kafka_sasl_password_file),
            }
        return connection

    def mongo_connection(self) -> dict[str, Any]:
        """Keyword arguments for the MongoDB client: majority always, every operation bounded in time.

        They prevail over options of the same name in the URL, so that `w=1` there weakens nothing.
        """
        connection: dict[str, Any] = {
            "host": self.mongo_url,
            "tz_aware": True,
            "w": "majority",
            "journal": True,
            "readPreference": "primary",
            "readConcernLevel": "majority",
            "timeoutMS": int(self.mongo_timeout_seconds * 1000),
            "retryWrites": True,
        }
        if self.mongo_username:
            connection |= {"username": self.mongo_username, "password": secret_of(self.mongo_password_file)}
        if self.mongo_tls_ca_file:
            connection |= {"tls": True, "tlsCAFile": str(self.mongo_tls_ca_file)}
        if self.mongo_tls_certificate_key_file:
            connection["tlsCertificateKeyFile"] = str(self.mongo_tls_certificate_key_file)
        return connection

    def told(self) -> dict[str, str]:
        """The settings as the start-up banner shows them: no secret, and no credential inside a URL."""
        shown = {name: str(value) for name, value in self.model_dump().items() if not isinstance(value, SecretStr)}
        shown["mongo_url"] = shown["mongo_url"].split("@")[-1].removeprefix("mongodb://")
        return {name: value for name, value in shown.items() if value not in ("", "None")}
