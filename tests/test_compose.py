"""docker-compose.yml names only what there is, and gives nobody more than it needs. No engine is asked."""

import importlib
import re
from importlib.util import find_spec
from typing import Any

import pytest
import yaml
from support.compose import BOARD, PARTS, ROOT, SERVICES, compose, container, image_environment, published

from contracts.topics import CANONICAL_TOPICS, receipts
from ops.localstack import kafka
from ops.localstack.containers import KAFKA_IMAGE, MONGO_IMAGE
from ops.services import SERVICES as STARTED_BY_THE_DEMO
from servicekit.settings import ServiceSettings

OURS = (*SERVICES, BOARD)
EVERY = (*PARTS, *OURS)
OF_THE_PROCESS = {
    "PATH",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONSAFEPATH",
    "PYTHONUNBUFFERED",
    "SCHEMES_DIR",
    "CONTRACTS_DIR",
    "VENDOR_DIR",
    "MONITORING_DIR",
    "RUNBOOKS_DIR",
}
ADDRESSES = {f"{service.upper()}_URL" for service in SERVICES}  # which the board is told


def settings_class(service: str) -> type[ServiceSettings]:
    """The settings of a service, by the one class of its module that adds to what every service has."""
    module = importlib.import_module("ops.board.settings" if service == BOARD else f"{service}_service.settings")
    classes = [each for each in vars(module).values() if isinstance(each, type) and each.__module__ == module.__name__]
    (found,) = [each for each in classes if issubclass(each, ServiceSettings)]
    return found


def listeners(setting: str) -> dict[str, str]:
    """Name and address of each listener that a setting of the broker names."""
    return dict(each.split("://") for each in container("kafka")["environment"][setting].split(","))


def test_there_are_the_two_parts_the_five_services_and_the_board_and_nothing_else() -> None:
    assert sorted(compose()["services"]) == sorted(EVERY)
    assert sorted(STARTED_BY_THE_DEMO) == sorted(SERVICES)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_run_as_the_module_that_there_is(service: str) -> None:
    assert container(service)["command"] == ["python", "-m", f"{service}_service"]
    assert find_spec(f"{service}_service.__main__") is not None


def test_the_board_is_run_as_the_module_that_there_is_and_knows_every_service_by_its_name_and_port() -> None:
    assert container(BOARD)["command"] == ["python", "-m", "ops.board"]
    assert find_spec("ops.board.__main__") is not None
    said = container(BOARD)["environment"]
    assert {name: said[f"{name.upper()}_URL"] for name in SERVICES} == {
        name: f"http://{name}:{container(name)['environment']['HTTP_PORT']}" for name in SERVICES
    }


@pytest.mark.parametrize("service", OURS)
def test_every_setting_of_a_service_is_a_field_of_its_settings(service: str) -> None:
    fields = {name.upper() for name in settings_class(service).model_fields}
    assert set(container(service)["environment"]) <= fields | (ADDRESSES if service == BOARD else set())


def test_every_setting_of_the_image_is_a_field_of_some_service_or_of_the_process() -> None:
    fields = {name.upper() for service in OURS for name in settings_class(service).model_fields}
    assert set(image_environment()) <= fields | OF_THE_PROCESS


@pytest.mark.parametrize("service", OURS)
def test_a_service_takes_its_settings_and_keeps_its_usual_port(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = settings_class(service)
    for name, value in {**image_environment(), **container(service)["environment"]}.items():
        if name not in OF_THE_PROCESS:
            monkeypatch.setenv(name, value)
    taken: Any = kind()
    assert taken.http_host == "0.0.0.0"
    assert taken.http_port == kind.model_fields["http_port"].default
    assert taken.kafka_url == listeners("KAFKA_ADVERTISED_LISTENERS")["INTERNAL"]


@pytest.mark.parametrize("name", EVERY)
def test_a_container_has_no_more_rights_than_it_needs(name: str) -> None:
    said = container(name)
    assert said["cap_drop"] == ["ALL"]
    assert said["security_opt"] == ["no-new-privileges:true"]
    assert said["init"] is True
    assert said["mem_limit"]
    assert said["restart"] == "unless-stopped"
    assert not said.keys() & {"privileged", "cap_add", "network_mode", "pid", "devices"}


@pytest.mark.parametrize("service", OURS)
def test_a_service_writes_only_where_it_is_given_room(service: str) -> None:
    said = container(service)
    assert said["read_only"] is True
    assert "user" not in said  # the image's own, which is nobody's
    assert said.get("volumes", []) == (["told:/var/lib/footing/notify"] if service == "notify" else [])


def test_the_room_of_notify_is_where_it_writes() -> None:
    assert image_environment()["NOTIFY_FOLDER"] == "/var/lib/footing/notify"


@pytest.mark.parametrize("service", OURS)
def test_a_service_starts_once_both_parts_are_healthy(service: str) -> None:
    assert container(service)["depends_on"] == {part: {"condition": "service_healthy"} for part in PARTS}
    assert all(container(part)["healthcheck"]["test"] for part in PARTS)


def test_all_of_ours_share_one_image_that_is_built_here() -> None:
    assert {(container(service)["build"], container(service)["image"]) for service in OURS} == {
        (".", "footing-services")
    }


def test_the_parts_are_those_of_the_local_stack() -> None:
    assert (container("kafka")["image"], container("mongo")["image"]) == (KAFKA_IMAGE, MONGO_IMAGE)


def test_the_broker_is_set_as_the_local_one() -> None:
    said = container("kafka")["environment"]
    own_names = {"listener.security.protocol.map", "inter.broker.listener.name"}
    for name, value in kafka.common_settings().items():
        if name not in own_names:
            assert said[f"KAFKA_{name.replace('.', '_').upper()}"] == value, name


def test_every_listener_is_mapped_and_none_has_a_name_that_the_image_takes_for_a_protocol() -> None:
    said = container("kafka")["environment"]
    mapped = dict(each.split(":") for each in said["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"].split(","))
    assert mapped == dict.fromkeys(["INTERNAL", "CLIENT", "CONTROLLER"], "PLAINTEXT")
    assert listeners("KAFKA_LISTENERS").keys() == mapped.keys()
    assert listeners("KAFKA_ADVERTISED_LISTENERS").keys() == {"INTERNAL", "CLIENT"}


def test_clients_on_this_machine_are_told_the_address_that_is_published() -> None:
    ((address, outside, inside),) = published("kafka")
    assert listeners("KAFKA_ADVERTISED_LISTENERS")["CLIENT"] == f"{address}:{outside}"
    assert listeners("KAFKA_LISTENERS")["CLIENT"] == f":{inside}"


def test_the_replica_set_has_one_name_and_a_member_that_the_services_can_find() -> None:
    command = container("mongo")["command"]
    name = command[command.index("--replSet") + 1]
    initiates = container("mongo")["healthcheck"]["test"][-1]
    assert f'_id: "{name}"' in initiates
    assert 'host: "mongo:27017"' in initiates
    urls = {container(service)["environment"]["MONGO_URL"] for service in OURS}
    assert urls == {f"mongodb://mongo:27017/?replicaSet={name}"}


def test_only_the_parts_the_door_the_dashboard_and_the_board_are_published_and_on_loopback_only() -> None:
    ports = {name: published(name) for name in EVERY if published(name)}
    assert ports == {
        "kafka": [("127.0.0.1", 9092, 9092)],
        "mongo": [("127.0.0.1", 27017, 27017)],
        "outcomes": [("127.0.0.1", 8103, 8103)],
        "door": [("127.0.0.1", 8100, 8100)],
        "board": [("127.0.0.1", 8105, 8105)],
    }
    for service in ("outcomes", "door", "board"):
        assert container(service)["environment"]["HTTP_PORT"] == str(published(service)[0][2])


def test_what_is_kept_is_kept_in_named_volumes_that_are_declared() -> None:
    mounts = [mount.split(":")[0] for name in EVERY for mount in container(name).get("volumes", ())]
    assert sorted(mounts) == sorted(compose()["volumes"])
    assert container("kafka")["environment"]["KAFKA_LOG_DIRS"] in container("kafka")["volumes"][0]


def test_no_secret_stands_in_the_file() -> None:
    for name in EVERY:
        for setting, value in container(name).get("environment", {}).items():
            assert setting.endswith("_FILE") or not re.search("PASSWORD|SECRET|TOKEN|CREDENTIAL", setting)
            assert "@" not in re.sub(r"^1@localhost", "", value)  # no credential inside an address


PAGE = (ROOT / "docs" / "operate" / "compose.md").read_text(encoding="utf-8")


def test_the_page_about_it_names_settings_that_the_service_has_and_secrets_that_are_declared() -> None:
    said = yaml.safe_load(re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[0])
    for service, more in said["services"].items():
        fields = {name.upper() for name in settings_class(service).model_fields}
        assert set(more["environment"]) <= fields
        assert sorted(more["secrets"]) == sorted(said["secrets"])
        files = {value for value in more["environment"].values() if value.startswith("/run/secrets/")}
        assert files == {f"/run/secrets/{secret}" for secret in more["secrets"]}


def test_the_page_about_it_names_topics_that_there_are() -> None:
    named = re.findall(r"-t ([a-z.-]+)", PAGE)
    assert sorted(named) == ["receipts.northgate", "referral-made"]
    assert receipts("northgate") in named
    assert "referral-made" in CANONICAL_TOPICS


def test_the_page_about_it_tells_the_ports_and_the_variables_that_change_them() -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    for variable, port in set(re.findall(r"\$\{(\w+):-(\d+)\}", text)):
        assert re.search(rf"\| {port}\b.*`{variable}`", PAGE)
