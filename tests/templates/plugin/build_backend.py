"""The hooks that pip asks for a wheel (PEP 517), with nothing but the standard library."""

import tomllib
from pathlib import Path
from zipfile import ZipFile

HERE = Path(__file__).parent
PACKAGE = HERE / "nordic_templates"


def get_requires_for_build_wheel(config_settings: object = None) -> list[str]:
    return []


def build_wheel(wheel_directory: str, config_settings: object = None, metadata_directory: object = None) -> str:
    project = tomllib.loads((HERE / "pyproject.toml").read_text("utf-8"))["project"]
    stem = f"{project['name'].replace('-', '_')}-{project['version']}"
    groups = (
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in points.items())
        for group, points in project["entry-points"].items()
    )
    files = {
        **{path.relative_to(HERE).as_posix(): path.read_text("utf-8") for path in PACKAGE.iterdir() if path.is_file()},
        f"{stem}.dist-info/METADATA": "Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".format_map(project),
        f"{stem}.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{stem}.dist-info/entry_points.txt": "\n".join(groups),
    }
    record = f"{stem}.dist-info/RECORD"
    wheel = f"{stem}-py3-none-any.whl"
    with ZipFile(Path(wheel_directory) / wheel, "w") as archive:
        for name, text in {**files, record: "".join(f"{name},,\n" for name in (*files, record))}.items():
            archive.writestr(name, text)
    return wheel
