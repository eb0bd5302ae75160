"""The house's own laws: names, imports, entrypoints, and documents that must say what the code does."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from babel import Locale
from hatchling.builders.wheel import WheelBuilder

from laurea import errors

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("rules", "evaluators", "notifications", "laurea", "flows")

LONG_FILES: dict[str, str] = {
    # path: why it is one purpose all the same
}
NO_COUNTRIES = {"EU", "UN", "ID", "EC"}  # two unions, a column of a data set, a kind of key
ERRORS = {name for name, one in vars(errors).items() if isinstance(one, type) and issubclass(one, Exception)}
PREFECT_MEMORY = {"cache_policy", "cache_key_fn", "persist_result"}


@cache
def tracked() -> tuple[Path, ...]:
    """What git holds or would hold: tracked files and new ones that are not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    return tuple(ROOT / name for name in sorted(set(listed.split("\0")) - {""}) if (ROOT / name).is_file())


def texts(*suffixes: str) -> Iterator[tuple[str, str]]:
    """Path and text of each tracked text file, of these suffixes where any are given."""
    for path in tracked():
        if suffixes and path.suffix not in suffixes:
            continue
        try:
            yield str(path.relative_to(ROOT)), path.read_text("utf-8")
        except UnicodeDecodeError:
            continue  # a picture or a font


def rooms_python() -> Iterator[tuple[str, str]]:
    for name, text in texts(".py"):
        if name.split("/")[0] in ROOMS:
            yield name, text


# --- Names and packages --------------------------------------------------------------------------------------


@pytest.mark.slow
def test_package_names_belong_to_us_alone() -> None:
    owners = packages_distributions()
    taken = {room: set(owners.get(room, ())) - {"laurea"} for room in ROOMS}
    assert {room: names for room, names in taken.items() if names} == {}
    for room in ROOMS:
        module = __import__(room)
        assert Path(str(module.__file__)).resolve().parent == ROOT / room


def test_classifier_keeps_the_package_private() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert "Private :: Do Not Upload" in project["classifiers"]


def test_wheel_holds_every_file_of_the_rooms(tmp_path: Path) -> None:
    built = next(WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"]))
    with zipfile.ZipFile(built) as wheel:
        held = {name for name in wheel.namelist() if name.split("/")[0] in ROOMS}
    places = {path.relative_to(ROOT).as_posix() for path in tracked()}
    assert held == {place for place in places if place.split("/")[0] in ROOMS and not place.endswith("README.md")}


def test_every_room_has_its_law_on_the_door() -> None:
    assert [room for room in ROOMS if not (ROOT / room / "README.md").is_file()] == []


def test_the_page_on_architecture_shows_every_module_of_the_house() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    floors = next(one["layers"] for one in contracts if "cli" in one["layers"])
    modules = {name for floor in floors for name in floor.split(" | ")} - {"__main__"}
    drawn = (ROOT / "docs" / "architecture.md").read_text("utf-8").split("## Inside the house")[1].split("```")[1]
    assert modules - set(re.findall(r"\w+", drawn)) == set()


# --- Imports -------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("module", ["laurea.cli", "laurea.web.app"])
def test_import_leaves_prefect_alone(module: str) -> None:
    probe = f"import sys, {module}; print(sorted(name for name in sys.modules if name.split('.')[0] == 'prefect'))"
    done = subprocess.run([sys.executable, "-c", probe], cwd="/", capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr, done.stdout.strip()) == (0, "", "[]")


def test_core_reads_no_clock() -> None:
    """import-linter keeps modules out; this keeps `now()` and `today()` out of the pure rooms."""
    readers = {"now", "utcnow", "today"}
    found = [
        f"{name}:{node.lineno} {node.func.attr}()"
        for name, text in rooms_python()
        if name.startswith(("rules/", "evaluators/"))
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in readers
    ]
    assert found == []


def test_errors_are_made_where_they_are_raised() -> None:
    """One made once and raised often keeps everything its raisers held: its trace grows by each."""
    found = [
        f"{name}:{node.lineno} {node.value.func.id}"
        for name, text in rooms_python()
        for node in ast.parse(text).body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Name) and node.value.func.id in ERRORS
    ]  # fmt: skip
    assert found == []


# --- Prefect is the engine, not the memory -------------------------------------------------------------------


def test_prefect_loads_flows_as_modules() -> None:
    """As files they would be loaded twice, and could shadow what has the same name."""
    made = (ROOT / "flows" / "serve.py").read_text("utf-8")
    assert "entrypoint_type=EntrypointType.MODULE_PATH" in made
    assert not {"FILE_PATH", "from_source", "from_storage"} & set(re.findall(r"\w+", made))


@pytest.mark.slow
def test_nobody_lets_prefect_keep_results() -> None:
    found = []
    for name, text in texts(".py"):
        if name == "tests/test_house.py":
            continue
        for node in ast.walk(ast.parse(text)):
            names = {
                getattr(node, "id", None),
                getattr(node, "attr", None),
                node.arg if isinstance(node, ast.keyword | ast.arg) else None,
            }
            if names & PREFECT_MEMORY:
                found.append(f"{name}:{getattr(node, 'lineno', '?')}")
    assert found == []


# --- Files ---------------------------------------------------------------------------------------------------


def test_no_file_grows_beyond_one_purpose() -> None:
    long = {
        name: text.count("\n")
        for name, text in texts(".py")
        if text.count("\n") > 300
        and not name.startswith(("tests/", "benchmarks/", "laurea/store/migrations/versions/"))
    }
    assert {name: lines for name, lines in long.items() if name not in LONG_FILES} == {}
    assert [name for name in LONG_FILES if name not in long] == [], "no longer long: take it off the list"


def test_no_lock_or_settings_file_names_a_registry() -> None:
    address = re.compile(r"https?://|--(extra-)?index-url|--find-links|^index-url\s*=", re.MULTILINE)
    kinds = re.compile(r"(\.lock|lock\.json|requirements[^/]*\.txt|pip\.conf|\.npmrc|uv\.toml)$")
    assert [name for name, text in texts() if kinds.search(name) and address.search(text)] == []
    assert "requirements.lock" in {name for name, _ in texts()}


def test_every_locked_package_carries_hashes() -> None:
    text = (ROOT / "requirements.lock").read_text("utf-8").replace("\\\n", " ")
    pins = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    assert len(pins) > 50
    assert [pin.split()[0] for pin in pins if "==" not in pin or "--hash=sha256:" not in pin] == []


def test_no_file_carries_a_path_of_somebodys_machine() -> None:
    places = [r"/home/\w+/", r"/Users/\w+/", re.escape(f"{Path.home()}/")]
    if str(ROOT.parent) not in {"/", "/tmp", "/opt", "/srv", "/srv/laurea"}:  # places our own pages may name
        places.append(re.escape(f"{ROOT.parent}/"))
    somebodys = re.compile(r"(?<![\w.~])(" + "|".join(places) + ")")
    found = [
        f"{name}:{number}"
        for name, text in texts()
        for number, line in enumerate(text.splitlines(), 1)
        if somebodys.search(line)
    ]
    assert found == []


# --- Rules are data ------------------------------------------------------------------------------------------


def test_no_python_names_an_award_or_an_edition() -> None:
    """Awards and editions live in rules/library and examples; only the demo's scenes may name them."""
    keys = set()
    for path in tracked():
        place = path.relative_to(ROOT).as_posix()
        if path.suffix == ".yaml" and place.startswith("rules/library/") and not path.name.endswith(".cases.yaml"):
            keys.add(path.parent.name)
            if re.search(r"[-0-9]", path.stem):  # an edition called by a plain word, such as `projects`, names nothing
                keys.add(path.stem)
    assert keys, "the library holds no rule set"
    pattern = re.compile(r"(?<![\w-])(" + "|".join(map(re.escape, sorted(keys))) + r")(?![\w-])")
    found = [
        f"{name}:{text.count(chr(10), 0, hit.start()) + 1} {hit.group()}"
        for name, text in rooms_python()
        if name != "laurea/cli/demo/scenes.py"
        for hit in pattern.finditer(text)
    ]
    assert found == []


@pytest.mark.slow
def test_no_python_names_a_country() -> None:
    territories = Locale("en").territories
    codes = {code for code in territories if len(code) == 2 and code.isalpha()} - NO_COUNTRIES
    words = codes | {territories[code] for code in codes}
    found = [
        f"{name}:{node.lineno} {node.value}"
        for name, text in rooms_python()
        if name != "laurea/cli/demo/scenes.py"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in words
    ]
    assert found == []


# --- Documents -----------------------------------------------------------------------------------------------


# One word a thing (docs/glossary.md). Left: what we do not say. Right: what we say instead.
NOT_OUR_WORDS = {
    r"reviewer": "juror",
    r"evaluator": "juror",
    r"assessor": "juror",
    r"submission": "application",
    r"scorecard": "score sheet",
    r"verdict": "decision",
    r"tenant": "authority",
    r"workflow run": "round",
}
SAID_TO_PEOPLE = (".j2", ".html", ".txt", ".po")


def test_pages_and_letters_use_our_words() -> None:
    found = []
    for name, text in texts(*SAID_TO_PEOPLE):
        if not name.startswith(("laurea/web/templates/", "notifications/")):
            continue
        spoken = "\n".join(re.findall(r'^msgid "(.*)"$', text, re.MULTILINE)) if name.endswith(".po") else text
        spoken = re.sub(r"\{#.*?#\}|\{%.*?%\}|<[^>]*>", " ", spoken, flags=re.DOTALL)
        for word, ours in NOT_OUR_WORDS.items():
            if re.search(rf"\b{word}s?\b", spoken, re.IGNORECASE):
                found.append(f"{name}: says {word!r}, we say {ours!r}")
    assert found == []
