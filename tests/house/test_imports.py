"""Who may import whom."""

import sys

import pytest

from tests.house.tree import EXTRACTION, MESH, SERVICES, circles, imports, sources


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_imports_mesh_and_itself_but_no_other_service(service: str) -> None:
    others = set(SERVICES) - {service} | {"launcher", "bench", "simulator", "healthcheck", "tests"}
    for path in sources(service):
        tops = {name.split(".")[0] for name in imports(path)}
        assert not tops & others, path


def test_the_simulator_knows_no_service_from_inside() -> None:
    """The demo, the benches and the tests share it: what it did to a service by other ways than a caller's would hide."""
    others = {*SERVICES, "launcher", "bench", "healthcheck", "tests"}
    for path in sources("simulator"):
        assert not {name.split(".")[0] for name in imports(path)} & others, path


def test_the_product_does_not_import_its_benches_and_tests() -> None:
    for path in [*sources("launcher"), *sources("healthcheck")]:
        assert not {name.split(".")[0] for name in imports(path)} & {"bench", "tests"}, path


def test_the_layers_of_mesh_import_downwards_only() -> None:
    for path in sources(MESH / "wire"):
        outside = {n for n in imports(path) if n.startswith("mesh") and not n.startswith("mesh.wire")}
        assert not outside, path
        assert not {n.split(".")[0] for n in imports(path)} & {"fastapi", "httpx2", "starlette"}, path
    assert not {n for n in imports(MESH / "client.py") if n.startswith(("fastapi", "starlette", "mesh.service"))}


@pytest.mark.parametrize("package", [*SERVICES, "launcher", "bench", "simulator", "extraction", "mesh"])
def test_no_circle_of_modules_inside_a_package(package: str) -> None:
    """Whoever reads one module need not have read all of them; an import inside a function counts like any other."""
    found = circles(package)
    assert not found, "\n".join(" <-> ".join(sorted(circle)) for circle in found)


def test_extraction_stands_alone() -> None:
    """What people say, as values: it knows no service, no wire and no web, so that any service can read with it."""
    known = {"extraction", "phonenumbers", "pydantic", "yaml"}
    for path in sources(EXTRACTION):
        tops = {name.split(".")[0] for name in imports(path)} - set(sys.stdlib_module_names)
        assert tops <= known, (path, tops - known)
