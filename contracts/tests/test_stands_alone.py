"""A partner installs this package alone: a wheel, pydantic, nothing else."""

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

ROOM = Path(__file__).parents[1]
UV = Path(sys.executable).parent / "uv"
SAYS = """
import sys
from importlib.resources import files
from contracts import broken, codec, exemplars, samples, topics
from contracts.publishing import publisher
record = codec.encode(exemplars.event(exemplars.session_held()))
assert codec.decode_inbox(record._replace(topic=topics.inbox("acme", record.topic))) == exemplars.event(
    exemplars.session_held())
foreign = {name.split(".")[0] for name in sys.modules} & {
    "schemes", "servicekit", "msgspec", "pymongo", "aiokafka", "httpx"}
assert files("contracts").joinpath("asyncapi.yaml").is_file()
print("read back, beside", sorted(foreign))
"""


def run(*arguments: str | Path) -> str:
    done = subprocess.run([str(each) for each in arguments], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_works_with_pydantic_alone(tmp_path: Path) -> None:
    run(UV, "build", "--wheel", "--no-build-isolation", "--python", sys.executable, "--out-dir", tmp_path, ROOM)
    (wheel,) = tmp_path.glob("*.whl")
    fresh = tmp_path / "fresh"
    run(UV, "venv", "--quiet", "--python", sys.executable, fresh)
    python = fresh / "bin" / "python"
    run(UV, "pip", "install", "--quiet", "--python", python, wheel, f"pydantic=={version('pydantic')}")
    assert run(python, "-I", "-W", "error", "-c", SAYS) == "read back, beside []\n"
    installed = run(UV, "pip", "list", "--python", python, "--format", "freeze").split()
    assert sorted(line.split("==")[0] for line in installed) == [
        "annotated-types", "footing-contracts", "pydantic", "pydantic-core", "typing-extensions", "typing-inspection",
    ]  # fmt: skip
