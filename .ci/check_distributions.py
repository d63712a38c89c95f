"""Check what the built wheel and source distribution contain: `check_distributions.py FOLDER`."""

import sys
import tarfile
import zipfile
from pathlib import Path, PurePosixPath


def faults_of_wheel(names: set[str]) -> list[str]:
    required = {"salesprocess/__init__.py", "salesprocess/py.typed"}
    allowed = {"salesprocess", *(name.split("/")[0] for name in names if ".dist-info/" in name)}
    faults = [f"stray file: {name}" for name in sorted(names) if name.split("/")[0] not in allowed]
    faults += [f"not code: {name}" for name in sorted(names) if is_odd(name)]
    faults += [f"missing: {name}" for name in sorted(required - names)]
    if not any(name.endswith(".dist-info/licenses/LICENSE") for name in names):
        faults.append("missing: the licence")
    return faults


def is_odd(name: str) -> bool:
    path = PurePosixPath(name)
    return path.parts[0] == "salesprocess" and path.suffix != ".py" and path.name != "py.typed"


def faults_of_sdist(names: set[str]) -> list[str]:
    files = {name.partition("/")[2] for name in names}
    required = {
        "CHANGELOG.md",
        "LICENSE",
        "README.md",
        "conftest.py",
        "docs/index.md",
        "pyproject.toml",
        "src/salesprocess/py.typed",
        "tests/conftest.py",
        "tests/lowest.txt",
    }
    return [f"missing: {name}" for name in sorted(required - files)]


def main(folder: Path) -> int:
    (wheel,) = folder.glob("*.whl")
    (sdist,) = folder.glob("*.tar.gz")
    with zipfile.ZipFile(wheel) as archive:
        faults = [f"{wheel.name}: {fault}" for fault in faults_of_wheel(set(archive.namelist()))]
    with tarfile.open(sdist) as archive:
        faults += [f"{sdist.name}: {fault}" for fault in faults_of_sdist(set(archive.getnames()))]
    print("\n".join(faults) or f"{wheel.name} and {sdist.name} hold what they should")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
